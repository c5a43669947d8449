//! What a registry would be sent, built as those get it who download it.
//!
//! `cargo package` can build a tarball itself, but takes what one needs of the others from a registry
//! that it makes up, and a registry's version 0.1.0 never changes: from the second run on it would
//! build with what it compiled first. Here they are unpacked into one workspace.

use std::{fmt::Write, fs, path::Path, process::Command};

use anyhow::{Context, ensure};
use cargo_metadata::Package;

use super::cargo;
use crate::workspace;

/// Each package builds, with all its features, from the files of its tarball and those of the others.
pub(super) fn build(packages: &[&Package]) -> anyhow::Result<Vec<String>> {
    // Offline, with what is committed and what is not: nothing is published here.
    let mut pack = cargo::command("package --quiet --no-verify --locked --offline --allow-dirty");
    pack.args(["--target-dir", "target"]);
    for package in packages {
        pack.args(["--package", &package.name]);
    }
    let failures = cargo::run(pack, "say in Cargo.toml what it names")?;
    if !failures.is_empty() {
        return Ok(failures);
    }
    let root = workspace::root();
    let unpacked = root.join("target/unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).context("target/unpacked cannot be removed")?;
    }
    fs::create_dir_all(&unpacked).context("target/unpacked cannot be made")?;
    for package in packages {
        let name = format!("{}-{}.crate", package.name, package.version);
        unpack(&root.join("target/package").join(name), &unpacked)?;
    }
    fs::write(unpacked.join("Cargo.toml"), manifest(packages))
        .context("its workspace cannot be written")?;
    fs::copy(root.join("Cargo.lock"), unpacked.join("Cargo.lock"))
        .context("Cargo.lock cannot be copied")?;
    let check = cargo::command_elsewhere(
        "check --manifest-path target/unpacked/Cargo.toml --workspace --all-features --offline",
    );
    cargo::run(
        check,
        "what a crate needs has to be in its folder, and `include` has to name it",
    )
}

/// The times in a tarball are made up, so that cargo would take what changed for what it compiled
/// already: the files get the time of now.
fn unpack(tarball: &Path, folder: &Path) -> anyhow::Result<()> {
    let status = Command::new("tar")
        .arg("-xzmf")
        .arg(tarball)
        .arg("-C")
        .arg(folder)
        .status()
        .context("tar could not be started")?;
    ensure!(status.success(), "{} cannot be unpacked", tarball.display());
    Ok(())
}

/// A workspace of what was unpacked, in which each takes the others from there.
fn manifest(packages: &[&Package]) -> String {
    let folders: Vec<_> = packages
        .iter()
        .map(|package| {
            (
                &package.name,
                format!("{}-{}", package.name, package.version),
            )
        })
        .collect();
    let members: Vec<_> = folders
        .iter()
        .map(|(_, folder)| format!("{folder:?}"))
        .collect();
    let mut manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n",
        members.join(", ")
    );
    for (name, folder) in folders {
        let _ = writeln!(manifest, "{name} = {{ path = {folder:?} }}");
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_takes_the_others_from_what_was_unpacked() {
        let package: Package = serde_json::from_str(
            r#"{
                "name": "x", "version": "0.1.0", "id": "x", "manifest_path": "/nowhere/Cargo.toml",
                "edition": "2024", "dependencies": [], "targets": [], "features": {}
            }"#,
        )
        .unwrap();
        let manifest = manifest(&[&package]);
        assert_eq!(
            manifest,
            "[workspace]\nresolver = \"3\"\nmembers = [\"x-0.1.0\"]\n\n\
             [patch.crates-io]\nx = { path = \"x-0.1.0\" }\n"
        );
    }

    #[test]
    fn what_is_no_tarball_is_an_error() {
        assert!(
            unpack(
                &workspace::root().join("Cargo.toml"),
                Path::new(env!("CARGO_MANIFEST_DIR"))
            )
            .is_err()
        );
    }
}
