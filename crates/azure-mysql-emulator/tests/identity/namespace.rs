//! A network namespace, where the metadata service can have Azure's own address. `token-source`'s tests
//! use this file too.

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

/// Set in the process that runs in the namespace.
const INSIDE: &str = "EMULATOR_TEST_NAMESPACE";

/// Set where the tests must not be skipped.
const REQUIRED: &str = "REQUIRE_NETWORK_NAMESPACE";

/// Only the loopback interface is up there, and it has Azure's address beside its own.
const SET_UP: &str = "ip link set lo up && ip address add 169.254.169.254/32 dev lo && exec \"$@\"";

/// As any user, where the system allows it, or as root.
const OPTIONS: [&[&str]; 2] = [&["--map-root-user", "--net"], &["--net"]];

pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs the test `name` of this program in a network namespace, with no variable but `PATH`. Where that
/// is impossible, fails if it is [`REQUIRED`], and otherwise says why, past the test harness, which
/// would hide it.
pub(crate) fn run_in_namespace(name: &str) {
    let Some(options) = OPTIONS.into_iter().find(|options| is_possible(options)) else {
        let reason = "no network namespace: `unshare` or `ip` is missing or not allowed";
        assert!(env::var_os(REQUIRED).is_none(), "{reason}");
        let message = format!("skipped: {name}: {reason}\n");
        std::io::stderr().write_all(message.as_bytes()).unwrap();
        return;
    };
    let output = unshare(options)
        .arg(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{printed}");
    assert!(
        printed.contains("1 passed"),
        "there is no test {name}: {printed}"
    );
}

fn unshare(options: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(options).args(["sh", "-c", SET_UP, "sh"]);
    command
}

fn is_possible(options: &[&str]) -> bool {
    let mut command = unshare(options);
    command.arg("true").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
