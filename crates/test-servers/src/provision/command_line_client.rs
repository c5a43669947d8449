//! The products' command-line clients.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{debian::Release, installation::option, product::Product, unpacked::Unpacked};
use crate::Error;

/// A product's command-line client, unpacked under the workspace's `target/clients`.
#[derive(Clone, Debug)]
pub struct CommandLineClient {
    product: Product,
    unpacked: Unpacked,
}

impl CommandLineClient {
    /// Downloads and unpacks a client, once: later calls find it in place. Blocks.
    ///
    /// # Errors
    ///
    /// If the machine is not Debian, if a program is missing, or if the download fails. The next
    /// call starts anew.
    pub fn provision(product: Product) -> Result<Self, Error> {
        let (package, release) = match product {
            Product::Mysql => ("mysql-client-core", Release::Unstable),
            Product::Mariadb => ("mariadb-client-core", Release::OfThisMachine),
        };
        let folder = format!("clients/{product}");
        let unpacked = Unpacked::provision(&folder, &[package], release, |_| Ok(()))?;
        Ok(Self { product, unpacked })
    }

    /// A command that logs in with a token over TLS, verified against the certificates in `ca_pem`.
    /// The password is taken from the environment variable `MYSQL_PWD`.
    ///
    /// # Errors
    ///
    /// If the unpacked client has lost its loader.
    pub fn command(&self, ca_pem: &Path) -> Result<Command, Error> {
        let (loader, program) = self.unpacked.program(match self.product {
            Product::Mysql => "usr/bin/mysql",
            Product::Mariadb => "usr/bin/mariadb",
        })?;
        let mut command = Command::new(loader);
        command
            .args(program)
            // The machine's own option files are not read.
            .args(["--no-defaults", "--protocol=TCP"])
            .arg(option("ssl-ca", ca_pem));
        match self.product {
            // <https://dev.mysql.com/doc/refman/8.4/en/cleartext-pluggable-authentication.html>
            Product::Mysql => {
                command.args(["--ssl-mode=VERIFY_IDENTITY", "--enable-cleartext-plugin"])
            }
            // <https://mariadb.com/kb/en/pluggable-authentication-overview/>
            Product::Mariadb => command
                .arg("--ssl-verify-server-cert")
                .arg(option("plugin-dir", self.plugins()?)),
        };
        Ok(command)
    }

    /// Where MariaDB's client finds `mysql_clear_password`, which is no part of its program.
    fn plugins(&self) -> Result<PathBuf, Error> {
        let libraries = self.unpacked.root().join("usr/lib");
        fs::read_dir(&libraries)
            .into_iter()
            .flatten()
            .flatten()
            .map(|folder| folder.path().join("libmariadb3/plugin"))
            .find(|folder| folder.is_dir())
            .ok_or_else(|| {
                Error::new(format!(
                    "no client plugins under {}: remove target/clients to have it made anew",
                    libraries.display()
                ))
            })
    }
}
