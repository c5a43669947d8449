//! A folder that is removed with its handle, or when the process that holds it is killed.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::watchdog::Watchdog;

/// A new folder for temporary files, which only its owner can enter.
///
/// It is removed when this is dropped, which waits for that, and also when this process ends without
/// dropping it.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
    pub(crate) watchdog: Watchdog,
}

impl TemporaryFolder {
    /// Makes a folder whose name begins with `prefix`, in the system's folder for temporary files:
    /// `TMPDIR`, or what `tempfile` was told to use instead.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or `/bin/sh` cannot be run.
    pub fn new(prefix: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        let watchdog = Watchdog::start(Some(folder.path()))?;
        Ok(Self {
            path: folder.keep(),
            watchdog,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
