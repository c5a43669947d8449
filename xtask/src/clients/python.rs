//! Python programs, in a virtual environment of their own.

use std::{path::PathBuf, process::Command};

use super::{Prepared, install};

const REQUIREMENTS: &str = include_str!("../../clients/python/requirements.txt");

pub(super) async fn command(program: &str) -> anyhow::Result<Prepared> {
    if !install::is_present("python3").await {
        return Ok(Prepared::Missing("no python3 on PATH".to_owned()));
    }
    let environment = install::once("python", REQUIREMENTS, |folder| {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(folder);
        let mut fill = Command::new(folder.join("bin/pip"));
        fill.args(["install", "--quiet", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(programs().join("requirements.txt"));
        vec![make, fill]
    })
    .await?;
    let mut command = Command::new(environment.join("bin/python"));
    // Without it the interpreter writes its compiled files among the sources.
    command.arg("-B").arg(programs().join(program));
    Ok(Prepared::Ready(command))
}

fn programs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python"))
}
