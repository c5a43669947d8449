//! The files of the databases, and the few connections to `SQLite` that all sessions share.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, limits::Limit};
use tempfile::TempDir;

use super::{SqlError, catalogue, definition, functions, interrupt, locks::Locks};

/// `SQLite` attaches no more to one connection.
const MOST_ATTACHED: usize = 10;
/// Connections that wait for the next statement; each takes some 100 kB.
const MOST_IDLE: usize = 4;
/// So many of `SQLite`'s steps take a fraction of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;
/// A statement's text, its literals not counted.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;
/// The longest value: MySQL's `max_allowed_packet`.
const LONGEST_VALUE: i32 = 64 << 20;

pub(crate) struct Storage {
    folder: TempDir,
    state: Mutex<State>,
    pub(crate) locks: Arc<Locks>,
}

#[derive(Default)]
struct State {
    databases: BTreeMap<String, PathBuf>,
    /// Counts files, so that a database made anew has another.
    files: u64,
    idle: Vec<Pooled>,
    /// The next `AUTO_INCREMENT` of a table: not rolled back, as in MySQL.
    counters: HashMap<(String, String), u64>,
}

struct Pooled {
    connection: Connection,
    attached: Vec<(String, PathBuf)>,
}

/// A connection to `SQLite`, lent.
pub(crate) struct Lease {
    pooled: Option<Pooled>,
    storage: Arc<Storage>,
    /// Has temporary tables, or an open transaction that cannot be rolled back: not for others.
    pub(crate) spent: bool,
}

impl Storage {
    pub(crate) fn create(names: &[&str]) -> Result<Arc<Self>, crate::Error> {
        let folder = tempfile::Builder::new()
            .prefix("azure-mysql-emulator-")
            .tempdir()
            .map_err(|error| {
                crate::Error::caused_by("cannot make a temporary folder; is the disk full?", error)
            })?;
        let storage = Arc::new(Self {
            folder,
            state: Mutex::default(),
            locks: Arc::default(),
        });
        for name in names {
            definition::check_name(name)
                .and_then(|()| storage.create_database(name))
                .map_err(|error| {
                    crate::Error::caused_by(
                        format!("the database {name:?} cannot be made: give it a name of MySQL"),
                        error,
                    )
                })?;
        }
        Ok(storage)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.state().databases.keys().cloned().collect()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.state().databases.contains_key(name)
    }

    pub(crate) fn create_database(&self, name: &str) -> Result<(), SqlError> {
        if name.eq_ignore_ascii_case("information_schema") {
            return Err(SqlError::new(
                1044,
                *b"42000",
                format!("Access denied to database '{name}', which is the server's own"),
            ));
        }
        let mut state = self.state();
        if state.databases.contains_key(name) {
            return Err(SqlError::new(
                1007,
                *b"HY000",
                format!("Can't create database '{name}'; database exists"),
            ));
        }
        state.files += 1;
        let path = self.folder.path().join(format!("{}.sqlite", state.files));
        let connection = Connection::open(&path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        catalogue::create(&connection)?;
        state.databases.insert(name.to_owned(), path);
        Ok(())
    }

    pub(crate) fn drop_database(&self, name: &str) -> Result<(), SqlError> {
        let mut state = self.state();
        let Some(path) = state.databases.remove(name) else {
            return Err(SqlError::new(
                1008,
                *b"HY000",
                format!("Can't drop database '{name}'; database doesn't exist"),
            ));
        };
        state.counters.retain(|(database, _), _| database != name);
        state.idle.retain(|pooled| {
            pooled
                .attached
                .iter()
                .all(|(_, attached)| *attached != path)
        });
        // What still has it open keeps it, where the system allows that; the folder goes at the end.
        for suffix in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(suffix);
            let _ = std::fs::remove_file(file);
        }
        Ok(())
    }

    pub(crate) fn borrow(self: &Arc<Self>) -> Result<Lease, SqlError> {
        let idle = self.state().idle.pop();
        let pooled = match idle {
            Some(pooled) => pooled,
            None => Pooled {
                connection: open(&self.locks)?,
                attached: Vec::new(),
            },
        };
        Ok(Lease {
            pooled: Some(pooled),
            storage: self.clone(),
            spent: false,
        })
    }

    /// The next ids of a table, so many in a row.
    pub(crate) fn next_ids(
        &self,
        database: &str,
        table: &str,
        count: u64,
        first: impl FnOnce() -> Result<u64, SqlError>,
    ) -> Result<u64, SqlError> {
        let key = (database.to_owned(), table.to_owned());
        let known = self.state().counters.get(&key).copied();
        let next = match known {
            Some(next) => next,
            None => first()?,
        };
        let mut state = self.state();
        let counter = state.counters.entry(key).or_insert(next);
        let id = *counter;
        *counter = counter.saturating_add(count);
        Ok(id)
    }

    /// An id was given by hand: the next is greater.
    pub(crate) fn id_used(&self, database: &str, table: &str, id: u64) {
        let mut state = self.state();
        let key = (database.to_owned(), table.to_owned());
        if let Some(counter) = state.counters.get_mut(&key) {
            *counter = (*counter).max(id.saturating_add(1));
        }
    }

    pub(crate) fn set_next_id(&self, database: &str, table: &str, id: Option<u64>) {
        let key = (database.to_owned(), table.to_owned());
        match id {
            Some(id) => self.state().counters.insert(key, id),
            None => self.state().counters.remove(&key),
        };
    }

    pub(crate) fn next_id(&self, database: &str, table: &str) -> Option<u64> {
        let key = (database.to_owned(), table.to_owned());
        self.state().counters.get(&key).copied()
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage")
            .field("folder", &self.folder.path())
            .field("databases", &self.names())
            .finish_non_exhaustive()
    }
}

fn open(locks: &Arc<Locks>) -> Result<Connection, SqlError> {
    let connection = Connection::open_in_memory()?;
    connection.busy_handler(Some(interrupt::wait_for_lock))?;
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(interrupt::is_asked))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -256; PRAGMA legacy_alter_table = ON;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = ON;",
    )?;
    functions::register(&connection, locks)?;
    Ok(connection)
}

impl Lease {
    /// Makes a database known to this connection.
    ///
    /// # Errors
    ///
    /// 1049 if there is no such database.
    pub(crate) fn attach(&mut self, database: &str) -> Result<(), SqlError> {
        let path = self.storage.state().databases.get(database).cloned();
        let Some(path) = path else {
            return Err(SqlError::unknown_database(database));
        };
        let Some(pooled) = self.pooled.as_mut() else {
            return Ok(());
        };
        let known = pooled
            .attached
            .iter()
            .position(|(name, _)| name == database);
        if let Some(known) = known {
            if pooled.attached[known].1 == path {
                return Ok(());
            }
            pooled.detach(known)?;
        }
        if pooled.attached.len() >= MOST_ATTACHED {
            pooled.detach(0)?;
        }
        let place = path.to_string_lossy().into_owned();
        pooled.connection.execute(
            &format!("ATTACH ?1 AS {}", catalogue::schema(database)),
            [place],
        )?;
        // Within a transaction it stays as careful as SQLite is by itself.
        if pooled.connection.is_autocommit() {
            let schema = catalogue::schema(database);
            pooled
                .connection
                .execute_batch(&format!("PRAGMA {schema}.synchronous = OFF"))?;
        }
        pooled.attached.push((database.to_owned(), path));
        Ok(())
    }
}

impl Pooled {
    fn detach(&mut self, index: usize) -> Result<(), SqlError> {
        let name = self.attached[index].0.clone();
        self.connection
            .execute_batch(&format!("DETACH {}", catalogue::schema(&name)))
            .map_err(|_| SqlError::unsupported("a transaction over so many databases"))?;
        self.attached.remove(index);
        Ok(())
    }
}

impl Deref for Lease {
    type Target = Connection;

    #[expect(
        clippy::expect_used,
        reason = "a lease has its connection until it is dropped"
    )]
    fn deref(&self) -> &Connection {
        &self.pooled.as_ref().expect("a connection").connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(pooled) = self.pooled.take() else {
            return;
        };
        if !pooled.connection.is_autocommit()
            && pooled.connection.execute_batch("ROLLBACK").is_err()
        {
            return;
        }
        let mut state = self.storage.state();
        let stale = pooled.attached.iter().any(|(_, path)| !path.exists());
        if !self.spent && !stale && state.idle.len() < MOST_IDLE {
            state.idle.push(pooled);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}
