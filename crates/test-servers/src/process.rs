//! A server process that ends with the process that started it.
//!
//! A shell stands between the two. It holds the reading end of a pipe whose
//! only writing end is in the starting process, so it reads the end of file
//! when a [`Process`] is stopped or dropped, and just as well when the starting
//! process is killed. Then it ends the server and removes the server's folder.
//! Unlike `PR_SET_PDEATHSIG` this does not depend on the starting *thread*.

use std::{
    ffi::OsString,
    fs::{self, File},
    os::unix::{fs::FileExt, process::CommandExt},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    Error,
    error::{cannot_read, cannot_write},
};

/// Arguments: the folder, then the server's command.
///
/// The server gets 10 s to shut down. The loop that watches over this ends with
/// the server, so that a process id that somebody else got meanwhile is never
/// signalled.
const SUPERVISOR: &str = r#"
folder=$1
shift
exec 3<&0 0</dev/null
"$@" 3<&- &
server=$!
echo "$server" >"$folder/process-id"
{
    read -r _ <&3
    kill -TERM "$server"
    waited=0
    while kill -0 "$server" && [ "$waited" -lt 100 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -KILL "$server"
} 2>/dev/null &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
rm -rf -- "$folder"
exit "$status"
"#;

/// How long the supervisor may take: the server's 10 s and then some.
const STOP_DEADLINE: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running server process.
#[derive(Debug)]
pub(crate) struct Process {
    supervisor: Child,
    /// The server lives as long as this is open.
    lifeline: Option<ChildStdin>,
    log: File,
    folder: TempDir,
}

impl Process {
    /// Runs a command that logs to its standard error output. The folder is
    /// removed when it ends.
    pub(crate) fn spawn(
        command: &[OsString],
        environment: &[(&str, OsString)],
        folder: TempDir,
    ) -> Result<Self, Error> {
        let path = folder.path().join("log");
        let output = File::create_new(&path).map_err(|error| cannot_write(&path, error))?;
        let log = File::open(&path).map_err(|error| cannot_read(&path, error))?;
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(folder.path())
            .args(command)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(output)
            // A Ctrl-C in the terminal reaches the starting process only: the
            // supervisor must live on to clean up.
            .process_group(0)
            .spawn()
            .map_err(|error| Error::caused_by("cannot run `sh`", error))?;
        Ok(Self {
            lifeline: supervisor.stdin.take(),
            supervisor,
            log,
            folder,
        })
    }

    /// The server's process id, once it was started.
    pub(crate) fn id(&self) -> Option<u32> {
        let text = fs::read_to_string(self.folder.path().join("process-id")).ok()?;
        text.strip_suffix('\n')?.parse().ok()
    }

    /// How the server ended, if it did.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.supervisor
            .try_wait()
            .map_err(|error| Error::caused_by("cannot wait for the server", error))
    }

    /// What the server logged so far, also after its folder was removed.
    pub(crate) fn log(&self) -> String {
        let mut text = Vec::new();
        let mut chunk = [0; 8192];
        while let Ok(length @ 1..) = self.log.read_at(&mut chunk, text.len() as u64) {
            text.extend_from_slice(&chunk[..length]);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Ends the server and waits until its process and its folder are gone.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        self.lifeline = None;
        let deadline = Instant::now() + STOP_DEADLINE;
        while self.ended()?.is_none() {
            if Instant::now() > deadline {
                return Err(Error::new(format!(
                    "the server process {:?} does not end: kill it by hand",
                    self.id()
                )));
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "a server was left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spawn(script: &str) -> Process {
        let command = ["sh", "-c", script].map(OsString::from);
        Process::spawn(&command, &[], tempfile::tempdir().unwrap()).unwrap()
    }

    fn wait_until_up(process: &Process) -> u32 {
        loop {
            if let (Some(id), true) = (process.id(), process.log().contains("up")) {
                return id;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn a_stopped_process_was_asked_to_end_and_its_folder_is_gone() {
        let mut process =
            spawn("trap 'echo asked >&2; exit' TERM; echo up >&2; while :; do :; done");
        wait_until_up(&process);
        assert!(process.ended().unwrap().is_none());
        process.stop().unwrap();
        assert!(process.log().contains("asked"), "{}", process.log());
        assert!(!process.folder.path().exists());
    }

    #[test]
    fn a_process_that_ends_by_itself_tells_its_status_and_its_last_words() {
        let mut process = spawn("echo out of memory >&2; exit 7");
        let status = loop {
            if let Some(status) = process.ended().unwrap() {
                break status;
            }
            thread::yield_now();
        };
        assert_eq!(status.code(), Some(7));
        assert_eq!(process.log(), "out of memory\n");
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let process = spawn("echo up >&2; exec sleep 1000");
        let entry = format!("/proc/{}", wait_until_up(&process));
        assert!(fs::exists(&entry).unwrap());
        drop(process);
        assert!(!fs::exists(&entry).unwrap());
    }
}
