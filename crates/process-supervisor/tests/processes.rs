//! Processes end with their handles, and so does what they have started.

#![cfg(unix)]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use process_supervisor::{Options, Output, Process, TemporaryFolder};

const SHORT: Duration = Duration::from_millis(200);

struct Shell {
    process: Process,
    output: Output,
}

impl Shell {
    fn spawn(script: &str, options: Options) -> Self {
        let output = Output::new().unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::null())
            .stdout(output.writer().unwrap())
            .stderr(output.writer().unwrap());
        let process = Process::spawn(command, options).unwrap();
        Self { process, output }
    }

    fn with_grace(script: &str, grace: Duration) -> Self {
        let options = Options {
            grace,
            ..Options::default()
        };
        Self::spawn(script, options)
    }

    /// The first line that the script writes.
    fn line(&self) -> String {
        loop {
            if let Some((line, _)) = self.output.text().split_once('\n') {
                return line.to_owned();
            }
            thread::yield_now();
        }
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        loop {
            if let Some(status) = self.process.ended().unwrap() {
                return status;
            }
            thread::yield_now();
        }
    }
}

/// A killed process that is nobody's child here may stay for a moment.
fn is_gone(id: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        match fs::read_to_string(format!("/proc/{id}/status")) {
            Ok(status) if !status.contains("State:\tZ") => thread::yield_now(),
            _ => return true,
        }
    }
    false
}

#[test]
fn stopped_process_is_asked_to_end_and_its_folder_is_removed() {
    let folder = TemporaryFolder::new("supervised-").unwrap();
    let path = folder.path().to_owned();
    let options = Options {
        folder: Some(folder),
        ..Options::default()
    };
    let script = "trap 'echo asked; exit 3' TERM; echo up; while :; do sleep 0.01; done";
    let mut shell = Shell::spawn(script, options);
    shell.line();
    assert!(shell.process.ended().unwrap().is_none());
    assert!(path.exists());
    let status = shell.process.stop().unwrap();
    assert_eq!(status.code(), Some(3));
    // A shell may say that its `sleep` was ended too.
    assert!(shell.output.text().ends_with("asked\n"));
    assert!(!path.exists());
}

#[test]
fn process_that_ignores_the_request_is_killed() {
    let script = "trap '' TERM; echo $$; while :; do sleep 0.01; done";
    let mut shell = Shell::with_grace(script, SHORT);
    let id = shell.line();
    let status = shell.process.stop().unwrap();
    assert_eq!(status.code(), None, "{status}");
    assert!(is_gone(&id));
}

#[test]
fn process_that_ends_by_itself_leaves_its_status_and_output() {
    let mut shell = Shell::spawn("echo out of memory >&2; exit 7", Options::default());
    assert_eq!(shell.wait().code(), Some(7));
    assert_eq!(shell.output.text(), "out of memory\n");
    assert_eq!(shell.process.ended().unwrap().unwrap().code(), Some(7));
    assert_eq!(shell.process.stop().unwrap().code(), Some(7));
}

#[test]
fn what_a_process_leaves_running_ends_with_it() {
    let script =
        "(trap '' TERM; sh -c 'echo $PPID'; while :; do sleep 0.01; done) & sleep 0.1; exit 7";
    let mut shell = Shell::spawn(script, Options::default());
    let id = shell.line();
    assert_eq!(shell.wait().code(), Some(7));
    assert!(is_gone(&id));
}

#[test]
fn dropped_process_is_gone_with_its_grandchildren() {
    let script = "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.01; done' & wait";
    let shell = Shell::spawn(script, Options::default());
    let (id, grandchild) = (shell.process.id().to_string(), shell.line());
    assert!(Path::new(&format!("/proc/{grandchild}")).exists());
    drop(shell);
    assert!(is_gone(&id));
    assert!(is_gone(&grandchild));
}

#[test]
fn process_is_out_of_reach_of_a_terminals_interrupt() {
    let shell = Shell::spawn("echo up; exec sleep 1000", Options::default());
    shell.line();
    let stat = fs::read_to_string(format!("/proc/{}/stat", shell.process.id())).unwrap();
    // The fields after the program's name: state, parent, process group.
    let group = stat.rsplit(')').next().unwrap().split_whitespace().nth(2);
    assert_eq!(group, Some(shell.process.id().to_string().as_str()));
}

#[test]
fn program_that_does_not_exist_is_an_error_and_its_folder_is_removed() {
    let folder = TemporaryFolder::new("supervised-").unwrap();
    let path = folder.path().to_owned();
    let options = Options {
        folder: Some(folder),
        ..Options::default()
    };
    let error = Process::spawn(Command::new("/no/such/program"), options).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(!path.exists());
}

#[test]
fn dropped_folder_is_gone_with_what_is_in_it() {
    let folder = TemporaryFolder::new("supervised-").unwrap();
    let path = folder.path().to_owned();
    fs::write(path.join("file"), "").unwrap();
    drop(folder);
    assert!(!path.exists());
}
