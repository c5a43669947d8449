use std::{
    fmt,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
};

use tempfile::TempDir;

use super::{PATH, logins::Login};
use crate::{Error, tenant::Directory};

/// The program: it sends its arguments to the emulator, and prints the answer.
const SCRIPT: &str = include_str!("az.sh");

/// A stand-in for the Azure CLI in which a user is logged in; made by
/// [`Emulator::azure_cli`](crate::Emulator::azure_cli).
///
/// It is a program `az` in a folder of its own, which is removed when this is dropped. It needs only
/// `/bin/bash`, and supports `az account get-access-token` with `--scope`,
/// `--resource` or `--resource-type oss-rdbms`, `--tenant`, `--subscription`, `--output json` or
/// `tsv`, and `--query accessToken`.
pub struct AzureCli {
    folder: TempDir,
    login: Arc<Login>,
    directory: Arc<Directory>,
}

impl AzureCli {
    pub(crate) fn new(
        directory: &Arc<Directory>,
        user: &crate::Principal,
        address: std::net::SocketAddr,
    ) -> Result<Self, Error> {
        let failed = |cause| {
            Error::caused_by(
                "could not write the stand-in for the Azure CLI: check the folder for temporary files",
                cause,
            )
        };
        let folder = tempfile::Builder::new()
            .prefix("azure-mysql-emulator-az-")
            .tempdir()
            .map_err(failed)?;
        let login = directory.azure_cli.log_in(user);
        let script = SCRIPT
            .replace("ADDRESS", &format!("{}/{}", address.ip(), address.port()))
            .replace(
                "PATH HTTP",
                &format!("{} HTTP", PATH.replace("{key}", &login.key)),
            );
        let az = Self {
            folder,
            login,
            directory: Arc::clone(directory),
        };
        let program = az.folder().join("az");
        // Only this user may read it: it contains the key to the tokens.
        fs::write(&program, script)
            .and_then(|()| fs::set_permissions(&program, Permissions::from_mode(0o700)))
            .map_err(failed)?;
        Ok(az)
    }

    /// The folder of `az`, which must come first on the `PATH` of a program under test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The arguments of each call so far, joined with spaces.
    pub fn calls(&self) -> Vec<String> {
        self.login.calls()
    }

    /// Logs the user out: calls now print `ERROR: Please run 'az login' to setup account.` and exit
    /// with status 1.
    pub fn log_out(&self) {
        self.login.log_out();
    }
}

impl Drop for AzureCli {
    fn drop(&mut self) {
        self.directory.azure_cli.remove(&self.login.key);
    }
}

impl fmt::Debug for AzureCli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureCli")
            .field("folder", &self.folder())
            .field("user", &self.login.user)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}
