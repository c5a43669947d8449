//! Packages of Debian's, unpacked with all they depend on.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    time::Instant,
};

use super::debian::{self, Release};
use crate::{Error, error::cannot_write};

/// Programs under the workspace's `target`, with their libraries and their loader.
#[derive(Clone, Debug)]
pub(crate) struct Unpacked {
    folder: PathBuf,
}

impl Unpacked {
    /// Downloads and unpacks packages into a folder under `target`, and finishes it with `finish`,
    /// once: later calls find it in place. Any number of threads and processes may call at once.
    pub(crate) fn provision(
        folder: &str,
        packages: &[&str],
        release: Release,
        finish: impl FnOnce(&Self) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let folder = once(&workspace().join("target").join(folder), |folder| {
            let started = Instant::now();
            tracing::info!(?packages, "provisioning, once for this workspace");
            let unpacked = Self {
                folder: folder.to_owned(),
            };
            unpacked.fill(packages, release)?;
            finish(&unpacked)?;
            let seconds = started.elapsed().as_secs();
            tracing::info!(?packages, seconds, "provisioned");
            Ok(())
        })?;
        Ok(Self { folder })
    }

    fn fill(&self, packages: &[&str], release: Release) -> Result<(), Error> {
        let downloads = self.folder.join("downloads");
        let root = self.root();
        for folder in [&downloads, &root] {
            fs::create_dir(folder).map_err(|error| cannot_write(folder, error))?;
        }
        debian::unpack(packages, release, &downloads, &root)?;
        fs::remove_dir_all(&downloads).map_err(|error| cannot_write(&downloads, error))
    }

    /// What would be `/` if the packages were installed.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// A file beside the unpacked tree.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The loader of these programs, and the arguments with which it runs one of them on its own
    /// libraries.
    pub(crate) fn program(&self, name: &str) -> Result<(PathBuf, [OsString; 3]), Error> {
        let (loader, libraries) = self.loader()?;
        let program = self.root().join(name).into();
        Ok((loader, ["--library-path".into(), libraries, program]))
    }

    /// The dynamic loader, and the folders in which it finds the libraries, with `:` between them.
    pub(crate) fn loader(&self) -> Result<(PathBuf, OsString), Error> {
        loader(&self.root())
    }
}

pub(crate) fn workspace() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

/// Makes `folder/installed` with `fill` unless it is there, and returns it.
///
/// A file lock keeps other processes out meanwhile. The work is done under
/// another name, so what is interrupted never counts as done.
fn once(folder: &Path, fill: impl FnOnce(&Path) -> Result<(), Error>) -> Result<PathBuf, Error> {
    let installed = folder.join("installed");
    if installed.exists() {
        return Ok(installed);
    }
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    let lock_path = folder.join("lock");
    let lock = File::create(&lock_path).map_err(|error| cannot_write(&lock_path, error))?;
    lock.lock()
        .map_err(|error| cannot_write(&lock_path, error))?;
    if installed.exists() {
        return Ok(installed);
    }
    let partial = tempfile::Builder::new()
        .prefix(PARTIAL)
        .tempdir_in(folder)
        .map_err(|error| cannot_write(folder, error))?;
    fill(partial.path())?;
    fs::rename(partial.path(), &installed).map_err(|error| cannot_write(&installed, error))?;
    // Its name is gone: there is nothing left to remove.
    let _ = partial.keep();
    remove_interrupted(folder);
    Ok(installed)
}

const PARTIAL: &str = "partial-";

/// Removes what earlier, interrupted calls left. This comes last: a program that
/// such a call ran may have written on for a while. What cannot be removed is in
/// nobody's way.
fn remove_interrupted(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The dynamic loader in an unpacked tree, and where its libraries are.
///
/// The folders' names hold the architecture. Older releases have `/lib` beside
/// `/usr/lib`; on an installed system one is a link to the other.
fn loader(root: &Path) -> Result<(PathBuf, OsString), Error> {
    let libraries = [root.join("usr/lib"), root.join("lib")];
    let folders = libraries
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    for folder in folders {
        let files = fs::read_dir(folder.path()).into_iter().flatten().flatten();
        for file in files {
            if file.file_name().to_string_lossy().starts_with("ld-linux") {
                let architecture = folder.file_name();
                let folders = libraries.iter().map(|folder| folder.join(&architecture));
                let mut path = OsString::new();
                for folder in folders.filter(|folder| folder.is_dir()) {
                    if !path.is_empty() {
                        path.push(":");
                    }
                    path.push(folder);
                }
                return Ok((file.path(), path));
            }
        }
    }
    Err(Error::new(format!(
        "no dynamic loader under {}: remove that folder to have it made anew",
        root.display()
    )))
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[test]
    fn callers_at_once_wait_for_one_that_does_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let (started, fills) = (Barrier::new(4), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    started.wait();
                    let installed = once(folder.path(), |folder| {
                        fills.fetch_add(1, Ordering::Relaxed);
                        fs::write(folder.join("done"), "").unwrap();
                        Ok(())
                    });
                    assert!(installed.unwrap().join("done").exists());
                });
            }
        });
        assert_eq!(fills.into_inner(), 1);
    }

    #[test]
    fn a_failed_attempt_leaves_nothing_and_the_next_one_succeeds() {
        let folder = tempfile::tempdir().unwrap();
        let failed = once(folder.path(), |_| Err(Error::new("no network")));
        assert_eq!(failed.unwrap_err().to_string(), "no network");
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["lock"]);
        assert!(once(folder.path(), |_| Ok(())).unwrap().exists());
    }

    #[test]
    fn what_an_interrupted_attempt_left_does_not_count_and_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let interrupted = folder.path().join("partial-1");
        fs::create_dir(&interrupted).unwrap();
        let installed = once(folder.path(), |folder| {
            fs::write(folder.join("done"), "").map_err(|error| cannot_write(folder, error))
        });
        assert!(installed.unwrap().join("done").exists());
        assert!(!interrupted.exists());
    }

    #[test]
    fn the_loader_is_found_for_any_architecture_and_either_layout() {
        let root = tempfile::tempdir().unwrap();
        let old = root.path().join("lib/aarch64-linux-gnu");
        let new = root.path().join("usr/lib/aarch64-linux-gnu");
        fs::create_dir_all(&old).unwrap();
        fs::create_dir_all(&new).unwrap();
        fs::write(old.join("ld-linux-aarch64.so.1"), "").unwrap();
        let (loader, libraries) = loader(root.path()).unwrap();
        assert_eq!(loader, old.join("ld-linux-aarch64.so.1"));
        let expected = format!("{}:{}", new.display(), old.display());
        assert_eq!(libraries, expected.as_str());
    }

    #[test]
    fn a_tree_without_a_loader_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        assert!(loader(root.path()).is_err());
    }
}
