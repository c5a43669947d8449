//! The file by which one `cargo xtask up` finds the box that another one runs.
//!
//! The one that runs holds a lock on it, which the system takes away when the process ends, however it
//! ends. So what is not locked says nothing.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::description::Description;

/// Whose box it is.
pub(super) enum Claim {
    /// Nobody's until now.
    Own(OwnBox),
    Running(Box<Description>),
    /// Somebody else's, who has not said anything about it yet.
    Starting,
}

/// The right to be the box of this checkout. The file goes with it.
pub(super) struct OwnBox {
    file: File,
    path: PathBuf,
}

/// Takes the right to be the box of this checkout, or finds who has it.
pub(super) fn claim(path: &Path) -> anyhow::Result<Claim> {
    try_claim(path).with_context(|| format!("cannot use {}", path.display()))
}

fn try_claim(path: &Path) -> io::Result<Claim> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    loop {
        // It holds a client secret of the emulator's.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match file.try_lock() {
            // Its owner may have removed it after it was opened here.
            Ok(()) if !is_at(&file, path)? => {}
            Ok(()) => {
                file.set_len(0)?;
                let path = path.to_owned();
                return Ok(Claim::Own(OwnBox { file, path }));
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                // It may be half written.
                return Ok(serde_json::from_str(&text).map_or(Claim::Starting, Claim::Running));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(named) => Ok(named.ino() == file.metadata()?.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl OwnBox {
    /// Says to others what this box is like.
    pub(super) fn describe(&mut self, description: &Description) -> anyhow::Result<()> {
        let text = serde_json::to_vec(description)?;
        self.write(&text)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text)
    }
}

impl Drop for OwnBox {
    fn drop(&mut self) {
        // One that stays is not locked, and says nothing.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn own(path: &Path) -> OwnBox {
        match claim(path).unwrap() {
            Claim::Own(own_box) => own_box,
            Claim::Running(description) => panic!("{description}"),
            Claim::Starting => panic!("somebody else has it"),
        }
    }

    #[test]
    fn a_running_box_is_found_with_all_that_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target/up.json");
        let mut first = own(&path);
        assert!(matches!(claim(&path).unwrap(), Claim::Starting));
        let description = Description::example();
        first.describe(&description).unwrap();
        let Claim::Running(found) = claim(&path).unwrap() else {
            panic!("it is running");
        };
        assert_eq!(*found, description);
    }

    #[test]
    fn a_box_that_ends_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("up.json");
        drop(own(&path));
        assert!(!path.exists());
        drop(own(&path));
    }

    #[test]
    fn what_a_killed_box_left_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("up.json");
        fs::write(&path, serde_json::to_vec(&Description::example()).unwrap()).unwrap();
        let own_box = own(&path);
        assert_eq!(fs::read(&path).unwrap(), b"");
        drop(own_box);
    }

    #[test]
    fn a_half_written_file_is_of_a_box_that_is_starting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("up.json");
        let mut own_box = own(&path);
        own_box.write(br#"{"server": "#).unwrap();
        assert!(matches!(claim(&path).unwrap(), Claim::Starting));
    }

    #[test]
    fn only_its_owner_can_read_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("up.json");
        let _own_box = own(&path);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
