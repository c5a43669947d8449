//! Whether the fuzz targets still build.

use std::fs;

use anyhow::Context;

use super::cargo;
use crate::workspace;

/// The fuzz targets compile, on the stable compiler.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    // Their workspace keeps no lock file: with this one its dependencies are those that are compiled
    // already.
    let root = workspace::root();
    fs::copy(root.join("Cargo.lock"), root.join("fuzz/Cargo.lock"))
        .context("fuzz/Cargo.lock cannot be written")?;
    let mut command = cargo::command_elsewhere("check --manifest-path fuzz/Cargo.toml");
    // Nothing is linked, so libFuzzer, which is C++, need not be compiled; its build script takes the
    // folder of any library instead.
    command.env("CUSTOM_LIBFUZZER_PATH", root.join("target/none.a"));
    cargo::run(command, "mend the targets in fuzz/fuzz_targets")
}
