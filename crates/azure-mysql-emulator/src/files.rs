//! The files that programs under test read. Each goes with its handle.

use std::{fs, io::Write as _};

use tempfile::{NamedTempFile, TempPath};

use crate::{Error, Principal, tenant::Directory};

/// The files in which principals find what proves them, by client id: a certificate with its key, or
/// a service account's token.
pub(crate) struct IdentityFiles(Vec<(String, NamedTempFile)>);

impl IdentityFiles {
    pub(crate) fn write(directory: &Directory) -> Result<Self, Error> {
        directory
            .principals
            .iter()
            .filter_map(|principal| Some((principal, text(directory, principal)?)))
            .map(|(principal, text)| {
                Ok((principal.client_id().to_owned(), write("identity", &text)?))
            })
            .collect::<Result<_, Error>>()
            .map(Self)
    }

    pub(crate) fn of(&self, principal: &Principal) -> Option<&NamedTempFile> {
        self.0
            .iter()
            .find(|(client_id, _)| client_id == principal.client_id())
            .map(|(_, file)| file)
    }

    /// Puts new tokens in the place of those of the service accounts, in one step, as a cluster
    /// does before they expire.
    pub(crate) fn rotate_tokens(&self, directory: &Directory) -> Result<(), Error> {
        for principal in &directory.principals {
            if principal.federated_subject().is_some()
                && let (Some(file), Some(text)) = (self.of(principal), text(directory, principal))
            {
                let new: TempPath = write("identity", &text)?.into_temp_path();
                fs::rename(&new, file.path()).map_err(not_written)?;
            }
        }
        Ok(())
    }
}

fn text(directory: &Directory, principal: &Principal) -> Option<String> {
    if let Some(certificate) = directory.certificate_of(principal) {
        return Some(certificate.pem());
    }
    let cluster = directory.cluster.as_ref()?;
    Some(cluster.token(principal, directory.clock.now())?.build())
}

/// Only this user may read the file: temporary files are made so.
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
        "a file with a certificate or a token could not be written: look at the folder for temporary files",
        cause,
    )
}
