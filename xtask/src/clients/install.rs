//! Installing a language's packages under `target/clients`, once for each list of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, bail};
use tokio::process::Command;

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
    for mut command in commands(&folder) {
        eprintln!("$ {}", shown(&command));
        let output = command
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("{} did not start", shown(&command)))?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            bail!(
                "{} failed: {}",
                shown(&command),
                String::from_utf8_lossy(&said).trim()
            );
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
