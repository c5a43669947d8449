//! A server does not outlive the process that started it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use test_servers::{Product, Server, ServerOptions};

/// Set for the process that this test starts and kills: a copy of itself.
const PARENT: &str = "TEST_SERVERS_PARENT";

#[test]
fn a_killed_parent_takes_the_server_and_its_folder_down() {
    if std::env::var_os(PARENT).is_some() {
        hold_a_server();
    }
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("a_killed_parent_takes_the_server_and_its_folder_down")
        .env(PARENT, "")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let process_id = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("server ").map(str::to_owned))
        .unwrap();
    let process = format!("/proc/{process_id}");
    let folder = std::fs::read_link(format!("{process}/cwd")).unwrap();
    assert!(folder.ends_with("data"), "{}", folder.display());

    parent.kill().unwrap();
    parent.wait().unwrap();

    wait_until(|| has_ended(&process));
    wait_until(|| !folder.parent().unwrap().exists());
}

/// Starts the server on a thread that ends, as a runtime's threads may.
fn hold_a_server() -> ! {
    let server = thread::spawn(|| Server::start(Product::Mysql, ServerOptions::new()).unwrap())
        .join()
        .unwrap();
    println!("\nserver {}", server.process_id());
    loop {
        thread::park();
    }
}

/// Whoever inherits a process that has ended may not have waited for it yet.
fn has_ended(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("{process}/status"));
    status.map_or(true, |status| status.contains("State:\tZ"))
}

fn wait_until(is_done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_done() {
        assert!(Instant::now() < deadline, "something is left");
        thread::sleep(Duration::from_millis(10));
    }
}
