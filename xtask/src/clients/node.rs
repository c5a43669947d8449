//! Node programs, beside the packages that they import.

use std::{path::PathBuf, process::Command};

use super::{Prepared, install};

const PACKAGES: &str = include_str!("../../clients/node/package.json");

pub(super) async fn command(program: &str) -> anyhow::Result<Prepared> {
    for runtime in ["node", "npm"] {
        if !install::is_present(runtime).await {
            return Ok(Prepared::Missing(format!("no {runtime} on PATH")));
        }
    }
    let folder = install::once("node", PACKAGES, |folder| {
        let mut copy = Command::new("cp");
        copy.arg(programs().join("package.json")).arg(folder);
        let mut install = Command::new("npm");
        install
            .args(["install", "--silent", "--no-package-lock", "--no-audit"])
            .args(["--no-fund", "--ignore-scripts", "--prefix"])
            .arg(folder);
        vec![copy, install]
    })
    .await?;
    // Node looks for packages beside the program.
    let path = folder.join(program);
    std::fs::copy(programs().join(program), &path)?;
    let mut command = Command::new("node");
    command.arg(path);
    Ok(Prepared::Ready(command))
}

fn programs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node"))
}
