//! The shell that cleans up, whatever happens to the process that started it.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use rustix::process::Pid;

/// Reads lines until whoever has the other end of the pipe closes it or dies. The last line names the
/// process group to end, and the tenths of a second between SIGTERM and SIGKILL; or it is empty.
/// Argument: the folder to remove afterwards, or nothing.
///
/// A process that has ended exists until its new parent waits for it, which may be never. Linux shows
/// its state.
///
/// A process in the folder that does not belong to the group may still write to it, so removing it is
/// tried for 15 s.
const SCRIPT: &str = r#"
group= grace=
while read -r next_group next_grace; do
    group=$next_group grace=$next_grace
done
if [ -n "$group" ]; then
    kill -s TERM -- "-$group"
    waited=0
    while kill -s 0 -- "-$group" && [ "$waited" -lt "$grace" ] &&
        ! grep -qs '^State:.*Z' "/proc/$group/status"; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -s KILL -- "-$group"
fi
tries=0
until [ -z "$1" ] || rm -rf -- "$1"; do
    [ "$tries" -lt 150 ] || exit 1
    sleep 0.1
    tries=$((tries + 1))
done
"#;

/// Cleans up once this is dropped, and also when this process is killed. Dropping it waits until it
/// has.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    /// `None` only while this is being dropped.
    lifeline: Option<ChildStdin>,
}

impl Watchdog {
    pub(crate) fn start(folder: Option<&Path>) -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // It must outlive a Ctrl-C in the terminal, because there is something to clean up then.
            .process_group(0)
            .spawn()?;
        Ok(Self {
            lifeline: shell.stdin.take(),
            shell,
        })
    }

    /// From now on this process group ends with this process. It has `grace` to do so before it is
    /// killed, in steps of 0.1 s.
    pub(crate) fn watch(&mut self, group: Pid, grace: Duration) -> io::Result<()> {
        let tenths = grace.as_millis().div_ceil(100);
        self.tell(&format!("{} {tenths}\n", group.as_raw_nonzero()))
    }

    /// The group has ended, and another one may have its number soon.
    pub(crate) fn forget(&mut self) {
        // A shell that is gone will signal nobody.
        let _ = self.tell("\n");
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        match &mut self.lifeline {
            Some(lifeline) => lifeline.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Whatever cannot be removed stays.
        let _ = self.shell.wait();
    }
}
