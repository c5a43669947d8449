//! Installing a language's packages under `target/clients`, once for each list of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, bail};

use crate::run;

/// For a download that hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// Whether a program is on `PATH` and runs.
pub(super) async fn is_present(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version");
    let run = run::to_its_end(command, LIMIT).await;
    run.is_ok_and(|run| run.succeeded())
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
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.display().to_string())
        .collect::<Vec<_>>()
        .join(" ")
}
