//! How MySQL's data folder is initialised.

use std::{fs, process::Command};

use crate::{
    Error,
    error::{cannot_write, last_lines},
    provision::installation::{Installation, option},
};

/// Settings that the data folder and every server on a copy of it share: small
/// files, nothing written twice or forced to disk for data that is thrown
/// away at the end, and nobody who watches the server's inner life.
pub(crate) const STORAGE: [&str; 8] = [
    "--disable-log-bin",
    "--performance-schema=OFF",
    "--innodb-redo-log-capacity=8388608",
    "--innodb-buffer-pool-size=33554432",
    "--innodb-doublewrite=OFF",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    // The kernel's limit of native requests is shared by all servers.
    "--innodb-use-native-aio=OFF",
];

/// Makes the template: system tables, and no account that anybody can use.
pub(super) fn initialise(installation: &Installation) -> Result<(), Error> {
    let init_file = installation.beside("init.sql");
    fs::write(&init_file, "DROP USER 'root'@'localhost';\n")
        .map_err(|error| cannot_write(&init_file, error))?;
    let command = installation.command()?;
    let output = Command::new(&command[0])
        .args(&command[1..])
        .args(STORAGE)
        .arg("--initialize-insecure")
        .arg("--auto-generate-certs=OFF")
        .arg(option("datadir", installation.template()))
        .arg(option("plugin-dir", installation.plugins()))
        .arg(option("init-file", init_file))
        .output()
        .map_err(|error| Error::caused_by("cannot run mysqld", error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::new(format!(
        "mysqld --initialize-insecure failed with {}; its log ends: {}",
        output.status,
        last_lines(&String::from_utf8_lossy(&output.stderr))
    )))
}
