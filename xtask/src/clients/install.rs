//! Installing a language's packages under `target/clients`, once for each list of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::process::Command;

use crate::run;

/// For a download that hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// Whether a program is on `PATH` and runs.
pub(super) async fn is_present(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .is_ok_and(|status| status.success())
}

/// A folder that was filled by these commands for this list of packages. What was filled for another
/// list, or not to the end, is removed first.
pub(super) async fn once(
    language: &str,
    packages: &str,
    commands: impl FnOnce(&Path) -> Vec<Command>,
) -> anyhow::Result<PathBuf> {
    let clients = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/clients"));
    let folder = clients.join(language);
    let done = folder.join("installed.txt");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == packages) {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for command in commands(&folder) {
        let shown = shown(&command);
        eprintln!("$ {shown}");
        let run = run::to_its_end(command, LIMIT).await?;
        if !run.succeeded() {
            bail!("{shown} failed: {}", run.output().trim());
        }
    }
    fs::write(&done, packages).with_context(|| done.display().to_string())?;
    Ok(folder)
}

fn shown(command: &Command) -> String {
    let command = command.as_std();
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.display().to_string())
        .collect::<Vec<_>>()
        .join(" ")
}
