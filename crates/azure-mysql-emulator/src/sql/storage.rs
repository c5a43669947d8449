//! Tables, their rows, and transactions on them. All of it stands behind one lock, and nothing here
//! waits: what has to is [`Stop::Wait`], and is tried again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use mysql_handshake::ServerError;

use super::{
    error::{Result, deadlock, lock_wait_timeout, unknown_database, unsupported},
    locks::{Key, Locks, Mode, Owner, Request, TableId},
    table::{Definition, Value},
};

/// What all rows of all tables may take, in bytes.
const MOST_BYTES: usize = 16 << 20;

/// Tables of all databases: a definition is small, and many are not.
const MOST_TABLES: usize = 1_000;

/// Why a statement does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// For a lock; it is to be tried again when some lock was released.
    Wait,
    Fail(ServerError),
}

impl Stop {
    /// What is told where nothing can wait.
    pub(super) fn error(self) -> ServerError {
        match self {
            Self::Wait => lock_wait_timeout(),
            Self::Fail(error) => error,
        }
    }
}

impl From<ServerError> for Stop {
    fn from(error: ServerError) -> Self {
        Self::Fail(error)
    }
}

/// A row, which counts in the bytes of all rows for as long as anything sees it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) values: Vec<Value>,
    bytes: Arc<AtomicUsize>,
}

fn size(values: &[Value]) -> usize {
    64 + values.iter().map(Value::size).sum::<usize>()
}

impl Drop for Row {
    fn drop(&mut self) {
        self.bytes.fetch_sub(size(&self.values), Ordering::Relaxed);
    }
}

type Rows = BTreeMap<Key, Arc<Row>>;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) id: TableId,
    pub(super) definition: Arc<Definition>,
    /// Copied when it changes while a snapshot holds it.
    committed: Arc<Rows>,
    /// What a transaction has changed, which has the row's lock; `None` if it has deleted it.
    pending: BTreeMap<Key, (Owner, Option<Arc<Row>>)>,
    /// Above all that were there: the next of `AUTO_INCREMENT`, or of a row without a key.
    pub(super) next_key: Key,
}

#[derive(Debug, Default)]
struct Transaction {
    /// All tables, as they were at its first consistent read.
    snapshot: Option<HashMap<TableId, Arc<Rows>>>,
    changed: Vec<(TableId, Key)>,
}

#[derive(Debug)]
pub(super) struct Storage {
    databases: Vec<String>,
    names: HashMap<(String, String), TableId>,
    tables: HashMap<TableId, Table>,
    transactions: HashMap<Owner, Transaction>,
    /// Those that were rolled back to end a deadlock, and do not know it yet.
    victims: HashSet<Owner>,
    pub(super) locks: Locks,
    last_id: u64,
    bytes: Arc<AtomicUsize>,
}

impl Storage {
    pub(super) fn new(databases: &[&str]) -> Self {
        Self {
            databases: databases.iter().map(|name| name.to_lowercase()).collect(),
            names: HashMap::new(),
            tables: HashMap::new(),
            transactions: HashMap::new(),
            victims: HashSet::new(),
            locks: Locks::default(),
            last_id: 0,
            bytes: Arc::default(),
        }
    }

    pub(super) fn has_database(&self, name: &str) -> bool {
        self.databases.iter().any(|known| known == name)
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The table of a name, if there is one.
    pub(super) fn find(&self, database: Option<&str>, name: &str) -> Result<Option<&Table>> {
        let no_database = || ServerError::new(1046, *b"3D000", "No database selected");
        let database = database.ok_or_else(no_database)?;
        if !self.has_database(database) {
            return Err(unknown_database(database));
        }
        let id = self.names.get(&(database.to_owned(), name.to_owned()));
        Ok(id.and_then(|id| self.tables.get(id)))
    }

    pub(super) fn get(&self, database: Option<&str>, name: &str) -> Result<&Table> {
        self.find(database, name)?.ok_or_else(|| {
            let database = database.unwrap_or_default();
            let message = format!("Table '{database}.{name}' doesn't exist");
            ServerError::new(1146, *b"42S02", message)
        })
    }

    pub(super) fn table(&mut self, id: TableId) -> Result<&mut Table> {
        self.tables.get_mut(&id).ok_or_else(unsupported)
    }

    pub(super) fn create(
        &mut self,
        database: &str,
        name: &str,
        definition: &Definition,
    ) -> Result<()> {
        if self.tables.len() >= MOST_TABLES {
            return Err(unsupported());
        }
        let id = self.new_id();
        let table = Table {
            id,
            definition: Arc::new(definition.clone()),
            committed: Arc::default(),
            pending: BTreeMap::new(),
            next_key: 1,
        };
        self.tables.insert(id, table);
        self.names
            .insert((database.to_owned(), name.to_owned()), id);
        Ok(())
    }

    pub(super) fn drop_table(&mut self, id: TableId) {
        self.tables.remove(&id);
        self.names.retain(|_, named| *named != id);
    }

    pub(super) fn lock(&mut self, owner: Owner, request: Request) -> Result<(), Stop> {
        loop {
            if self.locks.take(owner, request) {
                return Ok(());
            }
            let mut circle = self.locks.circle(owner).into_iter();
            let Some(mut victim) = circle.next() else {
                return Err(Stop::Wait);
            };
            for member in circle {
                if self.weight(member) < self.weight(victim) {
                    victim = member;
                }
            }
            self.end(victim, false);
            if victim == owner {
                return Err(deadlock().into());
            }
            self.victims.insert(victim);
        }
    }

    fn weight(&self, owner: Owner) -> usize {
        let transaction = self.transactions.get(&owner);
        let changes = transaction.map_or(0, |transaction| transaction.changed.len());
        changes + self.locks.weight(owner)
    }

    /// Whether some of those who were rolled back to end a deadlock do not know it yet.
    pub(super) fn has_victims(&self) -> bool {
        !self.victims.is_empty()
    }

    /// Whether the transaction was rolled back to end a deadlock; it is asked once.
    pub(super) fn was_victim(&mut self, owner: Owner) -> bool {
        self.victims.remove(&owner)
    }

    /// The rows that a transaction sees, by their keys.
    pub(super) fn read(&mut self, owner: Owner, id: TableId) -> Result<Vec<Arc<Row>>> {
        let tables = &self.tables;
        let now = || {
            let rows = tables.values();
            rows.map(|table| (table.id, Arc::clone(&table.committed)))
                .collect()
        };
        let transaction = self.transactions.entry(owner).or_default();
        let snapshot = transaction.snapshot.get_or_insert_with(now);
        let rows = snapshot.get(&id).ok_or_else(|| {
            let message = "Table definition has changed, please retry transaction";
            ServerError::new(1412, *b"HY000", message)
        })?;
        let pending = &self.tables.get(&id).ok_or_else(unsupported)?.pending;
        let own = pending.iter().filter(|(_, (by, _))| *by == owner);
        let mut seen: BTreeMap<Key, &Arc<Row>> =
            rows.iter().map(|(key, row)| (*key, row)).collect();
        for (key, (_, row)) in own {
            match row {
                Some(row) => seen.insert(*key, row),
                None => seen.remove(key),
            };
        }
        Ok(seen.into_values().cloned().collect())
    }

    /// Locks the row of a key, or the gap where it would be, for a statement that changes it.
    pub(super) fn lock_row(
        &mut self,
        owner: Owner,
        table: TableId,
        key: Key,
    ) -> Result<Option<Arc<Row>>, Stop> {
        if self.table(table)?.is_there(key) {
            self.lock(owner, Request::Row(table, key, Mode::Exclusive))?;
        }
        let rows = self.table(table)?;
        let row = rows.newest(key).cloned();
        if row.is_none() {
            let (low, high) = rows.neighbours(key);
            self.locks.take_gap(owner, table, low, high);
        }
        Ok(row)
    }

    /// Puts in a new row; false if there is one of that key.
    pub(super) fn insert(
        &mut self,
        owner: Owner,
        id: TableId,
        key: Option<Key>,
        row: Vec<Value>,
    ) -> Result<bool, Stop> {
        let table = self.table(id)?;
        let key = key.unwrap_or(table.next_key);
        if table.is_there(key) {
            self.lock(owner, Request::Row(id, key, Mode::Shared))?;
            if self.table(id)?.newest(key).is_some() {
                return Ok(false);
            }
        }
        self.lock(owner, Request::Insert(id, key))?;
        self.change(owner, id, key, Some(row))?;
        let next = &mut self.table(id)?.next_key;
        *next = (*next).max(key.saturating_add(1));
        Ok(true)
    }

    /// Replaces a row whose lock the transaction has, or deletes it.
    pub(super) fn change(
        &mut self,
        owner: Owner,
        id: TableId,
        key: Key,
        row: Option<Vec<Value>>,
    ) -> Result<()> {
        let row = row.map(|values| self.keep(id, values)).transpose()?;
        self.table(id)?.pending.insert(key, (owner, row));
        let transaction = self.transactions.entry(owner).or_default();
        transaction.changed.push((id, key));
        Ok(())
    }

    fn keep(&self, id: TableId, values: Vec<Value>) -> Result<Arc<Row>> {
        let new = size(&values);
        if self.bytes.load(Ordering::Relaxed) + new > MOST_BYTES {
            let mut names = self.names.iter();
            let name = names.find(|(_, named)| **named == id);
            let name = name.map_or("", |((_, name), _)| name);
            let message = format!("The table '{name}' is full");
            return Err(ServerError::new(1114, *b"HY000", message));
        }
        self.bytes.fetch_add(new, Ordering::Relaxed);
        let bytes = Arc::clone(&self.bytes);
        Ok(Arc::new(Row { values, bytes }))
    }

    /// Ends a transaction, if there is one.
    pub(super) fn end(&mut self, owner: Owner, commit: bool) {
        let transaction = self.transactions.remove(&owner).unwrap_or_default();
        self.locks.release(owner);
        // Or every change copied the table.
        drop(transaction.snapshot);
        for (id, key) in transaction.changed {
            let Some(table) = self.tables.get_mut(&id) else {
                continue;
            };
            match table.pending.remove(&key) {
                Some((_, Some(row))) if commit => {
                    Arc::make_mut(&mut table.committed).insert(key, row);
                }
                Some((_, None)) if commit => {
                    Arc::make_mut(&mut table.committed).remove(&key);
                }
                _ => {}
            }
        }
    }
}

impl Table {
    /// Whether there is a row, or one that a transaction under way has put in or deleted.
    fn is_there(&self, key: Key) -> bool {
        self.pending.contains_key(&key) || self.committed.contains_key(&key)
    }

    /// The row that its lock's holder sees.
    fn newest(&self, key: Key) -> Option<&Arc<Row>> {
        match self.pending.get(&key) {
            Some((_, row)) => row.as_ref(),
            None => self.committed.get(&key),
        }
    }

    /// The keys before and behind one that has no row.
    fn neighbours(&self, key: Key) -> (Option<Key>, Option<Key>) {
        let behind = (Bound::Excluded(key), Bound::Unbounded);
        let low = [
            self.pending.range(..key).next_back().map(|(key, _)| *key),
            self.committed.range(..key).next_back().map(|(key, _)| *key),
        ];
        let high = [
            self.pending.range(behind).next().map(|(key, _)| *key),
            self.committed.range(behind).next().map(|(key, _)| *key),
        ];
        (
            low.into_iter().flatten().max(),
            high.into_iter().flatten().min(),
        )
    }
}
