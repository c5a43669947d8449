//! Steps that are a run of cargo.

use std::process::Command;

use anyhow::Context;

use crate::build;

/// A cargo in the workspace's root, with these arguments.
pub(super) fn command(arguments: &str) -> Command {
    let mut cargo = build::cargo();
    cargo.args(arguments.split_whitespace());
    cargo
}

/// The same for a workspace of its own, whose dependencies are then those that are compiled for this
/// one: with the same folder and the profile that the root's `Cargo.toml` has.
pub(super) fn command_elsewhere(arguments: &str) -> Command {
    let mut cargo = command(arguments);
    cargo
        .args(["--target-dir", "target"])
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    cargo
}

/// Runs it, with its output where ours is; a failure is one line, with what to do about it.
pub(super) fn run(mut cargo: Command, remedy: &str) -> anyhow::Result<Vec<String>> {
    let arguments: Vec<_> = cargo
        .get_args()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("$ {line}");
    let status = cargo.status().context("cargo could not be started")?;
    Ok(if status.success() {
        Vec::new()
    } else {
        vec![format!("`{line}` failed: {remedy}")]
    })
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_failure_is_one_line_with_what_to_do() {
        let mut version = command("--version");
        // On this process's own output it could stand within a line that tells how a test ended.
        version.stdout(Stdio::null());
        assert!(run(version, "nothing").unwrap().is_empty());
        let failed = run(command("--list --no-such-argument"), "do this").unwrap();
        assert_eq!(
            failed,
            ["`cargo --list --no-such-argument` failed: do this"]
        );
    }
}
