//! Neither a process nor a folder outlives the process that holds its handle.

#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use process_supervisor::{Options, Process, TemporaryFolder, orphans};

/// Nobody has to wait for this long: what was asked to end does so.
const LONG_GRACE: Duration = Duration::from_secs(20);
const SHORT_GRACE: Duration = Duration::from_millis(200);

/// Set for the process that this test starts and kills: a copy of itself.
const HOLDER: &str = "PROCESS_SUPERVISOR_HOLDER";

#[test]
fn killed_holder_takes_processes_and_folders_down() {
    if std::env::var_os(HOLDER).is_some() {
        hold();
    }
    // This process inherits what the killed one leaves, and waits for none of it.
    orphans::adopt().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed_holder_takes_processes_and_folders_down"])
        .arg("--nocapture")
        .env(HOLDER, "")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let held = BufReader::new(holder.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("held ").map(str::to_owned))
        .unwrap();
    let held: Vec<_> = held.split(' ').collect();
    let [polite, stubborn, of_process, alone] = held[..] else {
        panic!("{held:?}");
    };
    assert!([polite, stubborn].into_iter().all(is_running));
    assert!(
        [of_process, alone]
            .into_iter()
            .all(|it| Path::new(it).exists())
    );

    holder.kill().unwrap();
    holder.wait().unwrap();

    let deadline = Instant::now() + LONG_GRACE / 2;
    while [polite, stubborn].into_iter().any(is_running)
        || [of_process, alone]
            .into_iter()
            .any(|it| Path::new(it).exists())
    {
        assert!(Instant::now() < deadline, "something is left of {held:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whoever inherits a process that has ended may not have waited for it yet.
fn is_running(id: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

/// Starts the processes on a thread that ends, as a runtime's threads may.
fn hold() -> ! {
    let alone = TemporaryFolder::new("held-").unwrap();
    let (processes, of_process) = thread::spawn(|| {
        let folder = TemporaryFolder::new("held-").unwrap();
        let of_process = folder.path().to_owned();
        let polite = spawn("exec sleep 1000", Some(folder), LONG_GRACE);
        let stubborn = spawn(
            "trap '' TERM; while :; do sleep 0.01; done",
            None,
            SHORT_GRACE,
        );
        ([polite, stubborn], of_process)
    })
    .join()
    .unwrap();
    let [polite, stubborn] = &processes;
    println!(
        "\nheld {} {} {} {}",
        polite.id(),
        stubborn.id(),
        of_process.display(),
        alone.path().display()
    );
    loop {
        thread::park();
    }
}

fn spawn(script: &str, folder: Option<TemporaryFolder>, grace: Duration) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null());
    Process::spawn(command, Options { folder, grace }).unwrap()
}
