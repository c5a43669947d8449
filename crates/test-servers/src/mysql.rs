//! How MySQL is initialised and what it is started with.

use std::{ffi::OsString, fs, process::Command};

use crate::{
    Error,
    debian::Release,
    error::{cannot_write, last_lines},
    installation::{Installation, option},
    sql::text,
};

/// Debian's stable releases have MariaDB only.
pub(crate) const PACKAGE: (&str, Release) = ("mysql-server-core", Release::Unstable);
pub(crate) const PROGRAM: &str = "usr/sbin/mysqld";

/// Settings that the data folder and every server on a copy of it share: small
/// files, nothing written twice or forced to disk for data that is thrown
/// away at the end, and nobody who watches the server's inner life.
const STORAGE: [&str; 8] = [
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
pub(crate) fn initialise(installation: &Installation) -> Result<(), Error> {
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

/// What only MySQL is started with.
pub(crate) fn arguments(tls: bool, entra_login: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = STORAGE.map(OsString::from).into();
    arguments.push("--mysqlx=OFF".into());
    // A missing certificate must not be made up by the server.
    arguments.push("--auto-generate-certs=OFF".into());
    if !tls {
        arguments.push("--tls-version=".into());
    }
    if entra_login {
        arguments.push("--plugin-load-add=aad_auth=aad_auth.so".into());
    }
    arguments
}

/// <https://dev.mysql.com/doc/refman/8.4/en/create-user.html>
pub(crate) fn identified_by_plugin(authentication_string: &str) -> String {
    format!("WITH aad_auth AS {}", text(authentication_string))
}

pub(crate) fn identified_by_password(password: &str) -> String {
    format!("WITH caching_sha2_password BY {}", text(password))
}
