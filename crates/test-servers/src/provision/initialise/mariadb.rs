//! How MariaDB's data folder is initialised.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    process::Command,
};

use crate::{
    Error,
    error::{cannot_read, cannot_write, last_lines},
    provision::installation::{Installation, option},
};

/// Settings that the data folder and every server on a copy of it share: small
/// files, and nothing written twice or forced to disk for data that is thrown
/// away at the end.
pub(crate) const STORAGE: [&str; 6] = [
    "--innodb-log-file-size=8388608",
    "--innodb-buffer-pool-size=33554432",
    "--innodb-doublewrite=OFF",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    // The kernel's limit of native requests is shared by all servers.
    "--innodb-use-native-aio=OFF",
];

/// What `mariadb-install-db` feeds to the server, without the help texts and
/// the database `test`.
const SYSTEM_TABLES: [&str; 5] = [
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "mysql_sys_schema.sql",
];

/// Makes the template: system tables, and no account that anybody can use.
///
/// `mariadb-install-db` needs programs of other packages, so this does what it
/// does: <https://mariadb.com/kb/en/mariadb-install-db/>.
pub(super) fn initialise(installation: &Installation) -> Result<(), Error> {
    let script = installation.beside("init.sql");
    write_script(&installation.root(), &script).map_err(|error| cannot_write(&script, error))?;
    let template = installation.template();
    fs::create_dir(&template).map_err(|error| cannot_write(&template, error))?;
    let input = File::open(&script).map_err(|error| cannot_read(&script, error))?;
    let command = installation.command()?;
    let output = Command::new(&command[0])
        .args(&command[1..])
        .args(STORAGE)
        .arg("--bootstrap")
        .arg(option("datadir", &template))
        .args(["--log-warnings=0", "--enforce-storage-engine="])
        .arg("--max-allowed-packet=8M")
        .stdin(input)
        .output()
        .map_err(|error| Error::caused_by("cannot run mariadbd", error))?;
    let log = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && !log.lines().any(|line| line.starts_with("ERROR:")) {
        return Ok(());
    }
    Err(Error::new(format!(
        "mariadbd --bootstrap failed with {}; its log ends: {}",
        output.status,
        last_lines(&log)
    )))
}

/// Bootstrap mode wants our statements on a line each.
fn write_script(root: &Path, path: &Path) -> io::Result<()> {
    let mut script = File::create(path)?;
    script.write_all(b"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n")?;
    for name in SYSTEM_TABLES {
        let mut file = File::open(root.join("usr/share/mysql").join(name))?;
        io::copy(&mut file, &mut script)?;
    }
    script.write_all(b"DELETE FROM mysql.global_priv WHERE User='root';\n")?;
    script.write_all(b"DELETE FROM mysql.proxies_priv;\n")
}
