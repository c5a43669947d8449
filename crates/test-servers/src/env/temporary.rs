//! One folder for all temporary files of this process, its servers' and its emulators'.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use process_supervisor::TemporaryFolder;

static FOLDER: Mutex<Option<TemporaryFolder>> = Mutex::new(None);

/// Makes the folder, unless this process has one. It is removed by [`end`], and also when the process
/// ends without it: killed, or with Ctrl-C, which runs no destructor.
///
/// # Panics
///
/// If there cannot be one.
pub fn begin() {
    let mut folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    folder.get_or_insert_with(|| make().expect("there can be a temporary folder: check TMPDIR"));
}

/// Waits until the folder is gone. There is none after it.
pub fn end() {
    let mut folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    drop(folder.take());
}

fn make() -> io::Result<TemporaryFolder> {
    let folder = TemporaryFolder::new("tests-")?;
    tempfile::env::override_temp_dir(folder.path())
        .map_err(|_| io::Error::other("a process has one such folder"))?;
    Ok(folder)
}
