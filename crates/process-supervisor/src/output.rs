//! What processes write.

use std::{fs::File, io, os::unix::fs::FileExt, process::Stdio};

/// What processes write, in a file without a name.
///
/// A file, unlike a pipe, needs nobody who reads it meanwhile, and it has an end even if somebody
/// still holds it open. It goes when this is dropped and nobody writes to it any more.
#[derive(Debug)]
pub struct Output(File);

impl Output {
    /// Nothing was written yet.
    ///
    /// # Errors
    ///
    /// If there can be no temporary file.
    pub fn new() -> io::Result<Self> {
        Ok(Self(tempfile::tempfile()?))
    }

    /// What a command takes as its standard output or standard error, or both: they share the place
    /// at which they write.
    ///
    /// # Errors
    ///
    /// If this process may open no more files.
    pub fn writer(&self) -> io::Result<Stdio> {
        Ok(self.0.try_clone()?.into())
    }

    /// What was written so far. Bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        let mut chunk = [0; 8192];
        // Reading by position leaves the place alone at which others write.
        while let Ok(length @ 1..) = self.0.read_at(&mut chunk, text.len() as u64) {
            text.extend_from_slice(&chunk[..length]);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}
