//! Processes whose parent ended before them.

use std::{fs, io, thread, time::Duration};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// From now on, what outlives the process that has started it becomes a child of this one, so that
/// [`wait_for_all`] finds it. On systems other than Linux this does nothing: there the system's first
/// process gets it.
///
/// <https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html>
///
/// # Errors
///
/// If the system refuses.
pub fn adopt() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Waits until this process has no children left, kills those that are still there after `patience`,
/// and returns how many.
///
/// It takes the exit status of every child. So it is to be called when nobody waits for one elsewhere
/// and no [`Process`](crate::Process) or [`TemporaryFolder`](crate::TemporaryFolder) is left.
pub fn wait_for_all(patience: Duration) -> usize {
    let mut killed = 0;
    let mut waited = Duration::ZERO;
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => continue,
            Ok(None) => {}
            Err(_no_child) => return killed,
        }
        thread::sleep(POLL_INTERVAL);
        waited += POLL_INTERVAL;
        if waited > patience {
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
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let status = fs::read_to_string(entry.path().join("status")).ok()?;
            is_child(&status).then(|| Pid::from_raw(id))?
        })
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_is_found_among_all_processes() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let found = children().contains(&Pid::from_child(&child));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found);
    }
}
