//! The files of the repository.

use std::process::Command;

use anyhow::{Context, bail};

use crate::workspace;

/// Their paths from its root, with those that are new and not ignored.
pub(super) fn of_the_repository() -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(workspace::root())
        .output()
        .context("git could not be started")?;
    if !output.status.success() {
        bail!(
            "git does not list the files: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let paths = String::from_utf8(output.stdout).context("a path is not UTF-8")?;
    Ok(paths
        .split_terminator('\0')
        // Git lists what is removed and not yet committed.
        .filter(|path| workspace::root().join(path).exists())
        .map(str::to_owned)
        .collect())
}
