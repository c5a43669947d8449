//! One folder for all that this process leaves on the disk.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// Waits until whoever has the other end of the pipe has gone, then removes the folder. A server in
/// it may still be writing: it gets 10 s to shut down.
const REMOVER: &str = r#"
read -r _
tries=0
until rm -rf -- "$1" 2>/dev/null || [ "$tries" -ge 150 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
"#;

static FOLDER: Mutex<Option<TemporaryFolder>> = Mutex::new(None);

/// Makes the folder for temporary files of this process, its servers' and its emulators', if it has
/// none yet. The folder goes with [`end`], and just as well when the process ends without it, is
/// killed or ended with Ctrl-C, which runs no destructor.
///
/// # Panics
///
/// If there cannot be one.
pub(crate) fn begin() {
    let mut folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    folder.get_or_insert_with(|| {
        TemporaryFolder::new().expect("there can be a temporary folder: check TMPDIR")
    });
}

/// Waits until the folder is gone. There is none after it.
pub(crate) fn end() {
    let mut folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    drop(folder.take());
}

struct TemporaryFolder {
    remover: Child,
}

impl TemporaryFolder {
    fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("adapter-conformance-")
            .tempdir()?;
        let remover = Command::new("/bin/sh")
            .args(["-c", REMOVER, "sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C in the terminal is not for it.
            .process_group(0)
            .spawn()?;
        let folder = folder.keep();
        tempfile::env::override_temp_dir(&folder)
            .map_err(|_| io::Error::other("a process has one such folder"))?;
        Ok(Self { remover })
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        drop(self.remover.stdin.take());
        // Nothing can be done about a folder that stays.
        let _ = self.remover.wait();
    }
}
