//! One folder for all that this process leaves on the disk.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
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

/// The folder for temporary files of this process, its servers' and its emulators'. It goes when this
/// is dropped, and just as well when the process is killed or ended with Ctrl-C, which runs no
/// destructor.
pub(crate) struct TemporaryFolder {
    remover: Child,
}

impl TemporaryFolder {
    /// # Panics
    ///
    /// If there cannot be one, or there is one already.
    pub(crate) fn of_this_process() -> Self {
        Self::new().expect("there can be a temporary folder: check TMPDIR")
    }

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
