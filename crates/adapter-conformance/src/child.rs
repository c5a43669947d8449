//! A check in a process of its own, whose environment and log are its own too.

use std::{collections::BTreeMap, env, process::Stdio};

use tokio::process::Command;

/// Set in a process that makes one check.
const INSIDE: &str = "ADAPTER_CONFORMANCE_INSIDE";

/// What such a process needs besides what a check gives it: the way to shared libraries, what a C
/// client library has to be told, and which server is meant.
const INHERITED: [&str; 4] = [
    "LD_LIBRARY_PATH",
    "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN",
    "LIBMYSQL_PLUGIN_DIR",
    test_servers::ServerKind::VARIABLE,
];

/// Whether this process was started to make one check.
pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Makes the check `name` in a process of its own. There, [`is_inside`] is true.
pub(crate) async fn run(name: &str) {
    make(name, &mut this_program()).await;
}

/// The same with these variables and few others.
pub(crate) async fn run_with(name: &str, variables: BTreeMap<String, String>) {
    let inherited = INHERITED.map(|name| (name, env::var_os(name)));
    let inherited = inherited
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut program = this_program();
    program.env_clear().envs(inherited).envs(variables);
    make(name, &mut program).await;
}

fn this_program() -> Command {
    Command::new(env::current_exe().expect("it is running"))
}

async fn make(name: &str, program: &mut Command) {
    let output = program
        .args(["--exact", name])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("it can be run again");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{name} is not there: {text}");
}
