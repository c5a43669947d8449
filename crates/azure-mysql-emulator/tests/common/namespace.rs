//! A network of one's own, where the metadata service can have Azure's own address.

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

/// Set in the process that runs within the namespace.
const INSIDE: &str = "EMULATOR_TEST_NAMESPACE";

/// Set where the tests must not be left out.
const REQUIRED: &str = "REQUIRE_NETWORK_NAMESPACE";

/// Only the loopback interface is up there, and it has Azure's address beside its own.
const SET_UP: &str = "ip link set lo up && ip address add 169.254.169.254/32 dev lo && exec \"$@\"";

pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs the test `name` of this program in a network namespace of its own, with no variable but
/// `PATH`. Where that cannot be, it fails if it is [`REQUIRED`], and says why otherwise, past the test
/// harness, which would keep it to itself.
pub(crate) fn run_in_namespace(name: &str) {
    let Some(unshare) = ways().find(|way| can_set_up(way)) else {
        let reason =
            "no network namespace can be had: `unshare` or `ip` is not there or not allowed";
        assert!(env::var_os(REQUIRED).is_none(), "{reason}");
        let text = format!("skipped: {name}: {reason}\n");
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return;
    };
    let output = within(unshare)
        .arg(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "there is no test {name}: {text}");
}

/// As anybody, where the system allows it, or as root.
fn ways() -> impl Iterator<Item = &'static [&'static str]> {
    [&["--map-root-user", "--net"][..], &["--net"]].into_iter()
}

fn within(unshare: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(unshare).args(["sh", "-c", SET_UP, "sh"]);
    command
}

fn can_set_up(unshare: &[&str]) -> bool {
    within(unshare)
        .arg("true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
