//! The files that programs under test read. Each is removed with its handle.

use std::{
    fs,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use tempfile::{NamedTempFile, TempPath};

use crate::{Error, Principal, tenant::Directory};

/// The files that hold the principals' credentials: a certificate with its key, or a service account's
/// token.
pub(crate) struct IdentityFiles {
    /// By client id.
    files: Vec<(String, NamedTempFile)>,
    /// Held while tokens are replaced: of two threads that do so at once, the later one must write
    /// the newer token.
    rotation: Mutex<()>,
}

impl IdentityFiles {
    pub(crate) fn write(directory: &Directory) -> Result<Self, Error> {
        let files = directory
            .principals
            .iter()
            .filter_map(|principal| Some((principal, content(directory, principal)?)))
            .map(|(principal, content)| {
                Ok((
                    principal.client_id().to_owned(),
                    write("identity", &content)?,
                ))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            files,
            rotation: Mutex::default(),
        })
    }

    pub(crate) fn of(&self, principal: &Principal) -> Option<&NamedTempFile> {
        self.files
            .iter()
            .find(|(client_id, _)| client_id == principal.client_id())
            .map(|(_, file)| file)
    }

    /// Atomically replaces the tokens of service accounts by new ones, as a cluster does before they
    /// expire.
    pub(crate) fn rotate_tokens(&self, directory: &Directory) -> Result<(), Error> {
        let _rotation = self.rotation.lock().unwrap_or_else(PoisonError::into_inner);
        for principal in &directory.principals {
            if principal.federated_subject().is_some()
                && let (Some(file), Some(content)) =
                    (self.of(principal), content(directory, principal))
            {
                let new: TempPath = write("identity", &content)?.into_temp_path();
                fs::rename(&new, file.path()).map_err(not_written)?;
            }
        }
        Ok(())
    }
}

fn content(directory: &Directory, principal: &Principal) -> Option<String> {
    if let Some(certificate) = directory.certificate_of(principal) {
        return Some(certificate.pem());
    }
    let cluster = directory.cluster.as_ref()?;
    Some(cluster.token(principal, directory.clock.now())?.build())
}

/// Only this user can read the file: that is how temporary files are created.
pub(crate) fn write(kind: &str, text: &str) -> Result<NamedTempFile, Error> {
    tempfile::Builder::new()
        .prefix(&format!("azure-mysql-emulator-{kind}-"))
        .suffix(".pem")
        .tempfile()
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            Ok(file)
        })
        .map_err(not_written)
}

fn not_written(cause: std::io::Error) -> Error {
    Error::caused_by(
        "could not write the file of a certificate or a token: check the folder for temporary files",
        cause,
    )
}
