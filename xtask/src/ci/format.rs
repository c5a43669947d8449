//! How the code is laid out.

use super::cargo;

/// They are workspaces of their own, so `--all` does not see them.
const OUTSIDE: [&str; 2] = ["fuzz", "crates/token-source-diesel/mysqlclient"];

/// All code is as rustfmt writes it.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let remedy = "run it without `--check`";
    let mut lines = cargo::run(cargo::command("fmt --all --check"), remedy)?;
    for folder in OUTSIDE {
        let command = cargo::command(&format!("fmt --manifest-path {folder}/Cargo.toml --check"));
        lines.extend(cargo::run(command, remedy)?);
    }
    Ok(lines)
}
