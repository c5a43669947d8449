//! Whether the documentation builds.

use super::cargo;

/// No warning, and no broken link, in the documentation of public and private items.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let mut command = cargo::command(
        "doc --workspace --all-features --no-deps --document-private-items --locked",
    );
    command.env("RUSTDOCFLAGS", "-D warnings");
    cargo::run(command, "mend what it names")
}
