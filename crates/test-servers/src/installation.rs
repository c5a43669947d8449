//! An unpacked server with an initialised data folder.

use std::{
    ffi::OsString,
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{Error, ServerKind, debian, error::cannot_write, mariadb, mysql};

/// A server unpacked under the workspace's `target/servers`, with its
/// libraries, its loader and a data folder to start from.
#[derive(Clone, Debug)]
pub struct Installation {
    kind: ServerKind,
    folder: PathBuf,
}

impl Installation {
    /// Downloads, unpacks and initialises a server, once: later calls find it
    /// in place. Blocks; the first call takes the time of a download of up to
    /// 80 MB. Any number of threads and processes may call at once.
    ///
    /// # Errors
    ///
    /// If the machine is not Debian, if a program is missing, or if the
    /// download fails. The next call starts anew.
    pub fn provision(kind: ServerKind) -> Result<Self, Error> {
        let folder = workspace().join("target/servers").join(kind.to_string());
        let folder = once(&folder, |folder| {
            let started = Instant::now();
            tracing::info!(server = %kind, "provisioning, once for this workspace");
            fill(kind, folder)?;
            let seconds = started.elapsed().as_secs();
            tracing::info!(server = %kind, seconds, "provisioned");
            Ok(())
        })?;
        Ok(Self { kind, folder })
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// An initialised data folder, to be copied for each server.
    pub(crate) fn template(&self) -> PathBuf {
        self.folder.join("template")
    }

    /// The server's own plugins. MySQL loads one of them at every start;
    /// MariaDB may have none.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root().join("usr/lib/mysql/plugin")
    }

    /// The program of the server with the arguments that say where it is, and
    /// no configuration file of the machine's. It runs by its own loader, on
    /// its own libraries.
    pub(crate) fn command(&self) -> Result<Vec<OsString>, Error> {
        let root = self.root();
        let (loader, libraries) = loader(&root)?;
        let program = match self.kind {
            ServerKind::Mysql => mysql::PROGRAM,
            ServerKind::Mariadb => mariadb::PROGRAM,
        };
        let mut command = vec![
            loader.into(),
            "--library-path".into(),
            libraries,
            root.join(program).into(),
            "--no-defaults".into(),
            option("basedir", root.join("usr")),
            option("lc-messages-dir", root.join("usr/share/mysql")),
            option("character-sets-dir", root.join("usr/share/mysql/charsets")),
        ];
        if is_root() {
            // Both servers refuse to run as root unless they are told to.
            command.push("--user=root".into());
        }
        Ok(command)
    }
}

/// `--name=value`, where the value need not be valid Unicode.
pub(crate) fn option(name: &str, value: impl Into<OsString>) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(value.into());
    option
}

pub(crate) fn workspace() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn fill(kind: ServerKind, folder: &Path) -> Result<(), Error> {
    let (package, release) = match kind {
        ServerKind::Mysql => mysql::PACKAGE,
        ServerKind::Mariadb => mariadb::PACKAGE,
    };
    let installation = Installation {
        kind,
        folder: folder.to_owned(),
    };
    let downloads = folder.join("downloads");
    let root = installation.root();
    for folder in [&downloads, &root] {
        fs::create_dir(folder).map_err(|error| cannot_write(folder, error))?;
    }
    debian::unpack(package, release, &downloads, &root)?;
    fs::remove_dir_all(&downloads).map_err(|error| cannot_write(&downloads, error))?;

    tracing::info!(server = %kind, "initialising a data folder");
    match kind {
        ServerKind::Mysql => mysql::initialise(&installation),
        ServerKind::Mariadb => mariadb::initialise(&installation),
    }
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
