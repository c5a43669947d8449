//! An unpacked server with an initialised data folder.

use std::{ffi::OsString, fs, os::unix::fs::MetadataExt, path::PathBuf};

use super::{product::Product, unpacked::Unpacked};
use crate::Error;

/// A server unpacked under the workspace's `target/servers`, with its
/// libraries, its loader and a data folder to start from.
#[derive(Clone, Debug)]
pub struct Installation {
    pub(super) product: Product,
    pub(super) unpacked: Unpacked,
}

impl Installation {
    pub(super) fn root(&self) -> PathBuf {
        self.unpacked.root()
    }

    /// A file beside the unpacked tree.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
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
    ///
    /// # Errors
    ///
    /// If the unpacked folder is not complete.
    pub fn command(&self) -> Result<Vec<OsString>, Error> {
        let root = self.root();
        let (loader, program) = self.unpacked.program(self.product.program())?;
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
