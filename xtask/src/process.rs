//! Processes that are ended with whatever they have started.

use std::{io, process::ExitStatus, time::Duration};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, wait};
use tokio::process::{Child, Command};

/// How long a process has to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// Longer than a database server has to shut down.
const ORPHANS_DEADLINE: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A program in a process group of its own: a Ctrl-C in the terminal does not reach it, and what it
/// has started ends when it ends or this is dropped.
pub(crate) struct Group {
    leader: Child,
    /// `None` once all of it was ended.
    id: Option<Pid>,
}

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        let id = leader
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?));
        Ok(Self { leader, id })
    }

    /// Waits for the program, and ends what it has left running.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.leader.wait().await;
        self.kill();
        status
    }

    /// Asks all of it to end, and kills what does not.
    pub(crate) async fn end(&mut self) {
        if let Some(id) = self.id {
            // It may have ended just now.
            let _ = kill_process_group(id, Signal::TERM);
            let _ = tokio::time::timeout(GRACE, self.leader.wait()).await;
            self.kill();
            let _ = self.leader.wait().await;
        }
    }

    fn kill(&mut self) {
        if let Some(id) = self.id.take() {
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// From now on, what outlives the process that has started it becomes a child of this one, so that
/// [`wait_for_orphans`] finds it.
#[cfg(target_os = "linux")]
pub(crate) fn adopt_orphans() -> io::Result<()> {
    let own_id = rustix::process::getpid();
    Ok(rustix::process::set_child_subreaper(Some(own_id))?)
}

/// Elsewhere they go to the system's first process.
#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// Waits until this process has no children left, and kills those that stay. Real servers are among
/// them, which were just told to shut down. Gives how many had to be killed.
///
/// To be called when no child is waited for elsewhere: it takes the status of all.
pub(crate) fn wait_for_orphans() -> usize {
    let mut killed = 0;
    let mut waited = Duration::ZERO;
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => continue,
            Ok(None) => {}
            Err(_no_child) => return killed,
        }
        std::thread::sleep(POLL_INTERVAL);
        waited += POLL_INTERVAL;
        if waited > ORPHANS_DEADLINE {
            for child in children() {
                killed += 1;
                let _ = kill_process(child, Signal::KILL);
            }
            waited = Duration::ZERO;
        }
    }
}

/// The processes whose parent is this one. Only Linux tells.
fn children() -> Vec<Pid> {
    let own_id = std::process::id().to_string();
    let is_child = |status: &str| {
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        parent.is_some_and(|parent| parent.trim() == own_id)
    };
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
            is_child(&status).then(|| Pid::from_raw(id))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        time::{Duration, Instant},
    };

    use super::*;

    fn shell(script: &str, folder: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder);
        command
    }

    /// Waits for a file in which a process has written its id, and gives its folder in `/proc`.
    async fn process(file: &Path) -> String {
        loop {
            match fs::read_to_string(file) {
                Ok(id) if id.ends_with('\n') => return format!("/proc/{}", id.trim()),
                _ => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    /// A killed process may stay for a moment as one that nobody has waited for.
    async fn is_gone(process: &str) -> bool {
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            match fs::read_to_string(format!("{process}/status")) {
                Ok(status) if !status.contains("State:\tZ") => {}
                _ => return true,
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        false
    }

    #[tokio::test]
    async fn a_process_that_ignores_the_request_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap '' TERM; echo $$ >id; while :; do sleep 1; done";
        let mut group = Group::spawn(&mut shell(script, folder.path())).unwrap();
        let process = process(&folder.path().join("id")).await;
        assert!(!is_gone_now(&process));
        group.end().await;
        assert!(is_gone(&process).await);
    }

    #[tokio::test]
    async fn what_a_process_leaves_running_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let script = "(trap '' TERM; sh -c 'echo $PPID >id'; while :; do sleep 1; done) & \
                      until [ -s id ]; do :; done; exit 7";
        let mut group = Group::spawn(&mut shell(script, folder.path())).unwrap();
        let status = group.wait().await.unwrap();
        assert_eq!(status.code(), Some(7));
        assert!(is_gone(&process(&folder.path().join("id")).await).await);
    }

    #[tokio::test]
    async fn a_dropped_group_is_gone_with_its_grandchildren() {
        let folder = tempfile::tempdir().unwrap();
        let script = "sh -c 'trap \"\" TERM; echo $$ >id; while :; do sleep 1; done' & wait";
        let group = Group::spawn(&mut shell(script, folder.path())).unwrap();
        let process = process(&folder.path().join("id")).await;
        assert!(!is_gone_now(&process));
        drop(group);
        assert!(is_gone(&process).await);
    }

    fn is_gone_now(process: &str) -> bool {
        !Path::new(process).exists()
    }

    #[test]
    fn a_child_is_found_among_all_processes() {
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .spawn()
            .unwrap();
        let id = i32::try_from(child.id()).unwrap();
        assert!(children().iter().any(|it| it.as_raw_nonzero().get() == id));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
