//! Interpreters of other languages, with their MySQL drivers.

use std::{ffi::OsString, fmt, fs, path::PathBuf, process::Command};

use super::{debian::Release, unpacked::Unpacked};
use crate::Error;

/// A language whose interpreter and MySQL drivers Debian packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// PHP with mysqlnd, mysqli and `PDO_MYSQL`.
    Php,
}

/// A language's interpreter, unpacked under the workspace's `target/clients`.
#[derive(Clone, Debug)]
pub struct Interpreter {
    language: Language,
    unpacked: Unpacked,
}

impl Interpreter {
    /// Downloads and unpacks an interpreter, once: later calls find it in place. Blocks.
    ///
    /// # Errors
    ///
    /// If the machine is not Debian or a program is missing, which
    /// [`is_unsupported`](Error::is_unsupported) tells, or if the download fails. The next call starts
    /// anew.
    pub fn provision(language: Language) -> Result<Self, Error> {
        let packages: &[_] = match language {
            Language::Php => &["php-cli", "php-mysql"],
        };
        let folder = format!("clients/{language}");
        let unpacked = Unpacked::provision(&folder, packages, Release::OfThisMachine, |_| Ok(()))?;
        Ok(Self { language, unpacked })
    }

    /// The interpreter, with its drivers. Add the program to run, and its arguments.
    ///
    /// # Errors
    ///
    /// If the unpacked interpreter has lost its loader or its drivers.
    pub fn command(&self) -> Result<Command, Error> {
        let (name, arguments) = match self.language {
            // The file that an installed package calls `php`.
            Language::Php => ("usr/bin/php.default", self.php_arguments()?),
        };
        let (loader, program) = self.unpacked.program(name)?;
        let mut command = Command::new(loader);
        command.args(program).args(arguments);
        Ok(command)
    }

    /// Extensions are named here and not in a file, since the machine's own are not read and the
    /// unpacked ones name folders that are not there.
    ///
    /// <https://www.php.net/manual/en/features.commandline.options.php>
    fn php_arguments(&self) -> Result<Vec<OsString>, Error> {
        const EXTENSIONS: [&str; 4] = ["mysqlnd", "mysqli", "pdo", "pdo_mysql"];

        let mut folder = OsString::from("extension_dir=");
        folder.push(self.folder_with("usr/lib/php", "mysqli.so")?);
        let mut arguments = vec!["--no-php-ini".into(), "--define".into(), folder];
        for extension in EXTENSIONS {
            arguments.extend(["--define".into(), format!("extension={extension}").into()]);
        }
        Ok(arguments)
    }

    /// The folder that holds a file, in a folder whose subfolders are named for versions.
    fn folder_with(&self, versions: &str, file: &str) -> Result<PathBuf, Error> {
        let versions = self.unpacked.root().join(versions);
        fs::read_dir(&versions)
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path())
            .find(|version| version.join(file).exists())
            .ok_or_else(|| {
                Error::new(format!(
                    "no {file} under {}: remove target/clients to have it made anew",
                    versions.display()
                ))
            })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Php => "php",
        })
    }
}
