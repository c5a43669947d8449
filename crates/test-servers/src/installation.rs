//! An unpacked server with an initialised data folder.

use std::{ffi::OsString, fs, os::unix::fs::MetadataExt, path::PathBuf};

use crate::{Error, Product, mariadb, mysql, unpacked::Unpacked};

/// A server unpacked under the workspace's `target/servers`, with its
/// libraries, its loader and a data folder to start from.
#[derive(Clone, Debug)]
pub struct Installation {
    product: Product,
    unpacked: Unpacked,
}

impl Installation {
    /// Downloads, unpacks and initialises a server, once: later calls find it
    /// in place. Blocks; the first call takes the time of a download of up to
    /// 80 MB. Any number of threads and processes may call at once.
    ///
    /// # Errors
    ///
    /// If the machine is not Debian, if a program is missing, or if the
    /// download fails. The next call starts anew.
    pub fn provision(product: Product) -> Result<Self, Error> {
        let (package, release) = match product {
            Product::Mysql => mysql::PACKAGE,
            Product::Mariadb => mariadb::PACKAGE,
        };
        let folder = format!("servers/{product}");
        let unpacked = Unpacked::provision(&folder, &[package], release, |unpacked| {
            let installation = Self {
                product,
                unpacked: unpacked.clone(),
            };
            tracing::info!(server = %product, "initialising a data folder");
            match product {
                Product::Mysql => mysql::initialise(&installation),
                Product::Mariadb => mariadb::initialise(&installation),
            }
        })?;
        Ok(Self { product, unpacked })
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.unpacked.root()
    }

    /// A file beside the unpacked tree.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.unpacked.beside(name)
    }

    /// An initialised data folder, to be copied for each server.
    pub(crate) fn template(&self) -> PathBuf {
        self.beside("template")
    }

    /// The server's own plugins. MySQL loads one of them at every start;
    /// MariaDB may have none.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root().join("usr/lib/mysql/plugin")
    }

    /// The program of the server with the arguments that say where it is, and
    /// no configuration file of the machine's.
    pub(crate) fn command(&self) -> Result<Vec<OsString>, Error> {
        let root = self.root();
        let (loader, program) = self.unpacked.program(match self.product {
            Product::Mysql => mysql::PROGRAM,
            Product::Mariadb => mariadb::PROGRAM,
        })?;
        let mut command = vec![loader.into()];
        command.extend(program);
        command.extend([
            "--no-defaults".into(),
            option("basedir", root.join("usr")),
            option("lc-messages-dir", root.join("usr/share/mysql")),
            option("character-sets-dir", root.join("usr/share/mysql/charsets")),
        ]);
        if is_root() {
            // Both servers refuse to run as root unless they are told to.
            command.push("--user=root".into());
        }
        Ok(command)
    }
}

/// `--name=value`, where the value need not be valid Unicode.
pub(crate) fn option(name: &str, value: impl Into<OsString>) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(value.into());
    option
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
