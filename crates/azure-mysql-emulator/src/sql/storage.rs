//! Tables, the versions of their rows, and transactions on them. All of it stands behind one lock, and
//! nothing here waits: what has to is [`Stop::Wait`], and is tried again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{
    error::SqlError,
    locks::{Key, Locks, Mode, Owner, Request, TableId},
    table::{Definition, Value},
};

/// What all rows of all tables may take, in bytes.
const MOST_BYTES: usize = 16 << 20;

/// Tables of all databases: a definition is small, and many are not.
const MOST_TABLES: usize = 1_000;

pub(super) type Row = Arc<[Value]>;

/// Why a statement does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// For a lock; it is to be tried again when some lock was released.
    Wait,
    Fail(SqlError),
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self::Fail(error)
    }
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) id: TableId,
    pub(super) database: String,
    pub(super) name: String,
    pub(super) definition: Arc<Definition>,
    rows: BTreeMap<Key, Versions>,
    /// The next of `AUTO_INCREMENT`.
    pub(super) next_auto: i128,
    next_row: Key,
    /// When it was made.
    created: u64,
}

/// The states of one row, deleted (`None`) ones among them.
#[derive(Debug, Default)]
struct Versions {
    /// With the commit that made each, the oldest first.
    committed: Vec<(u64, Option<Row>)>,
    /// Of the transaction that has the row's lock.
    pending: Option<(Owner, Option<Row>)>,
}

#[derive(Debug, Default)]
struct Transaction {
    /// What it sees: everything up to this commit.
    snapshot: Option<u64>,
    /// What each change replaced, the oldest first.
    undo: Vec<(TableId, Key, Option<Option<Row>>)>,
}

#[derive(Debug)]
pub(super) struct Storage {
    databases: Vec<String>,
    tables: HashMap<TableId, Table>,
    transactions: HashMap<Owner, Transaction>,
    /// Those that were rolled back to end a deadlock, and do not know it yet.
    victims: HashSet<Owner>,
    pub(super) locks: Locks,
    /// Rows with more versions than the newest.
    old: HashSet<(TableId, Key)>,
    commit: u64,
    last_id: u64,
    bytes: usize,
}

fn size(row: Option<&Row>) -> usize {
    64 + row.map_or(0, |row| row.iter().map(Value::size).sum())
}

impl Versions {
    fn seen_at(&self, commit: u64) -> Option<&Row> {
        let seen = self
            .committed
            .iter()
            .rev()
            .find(|(made, _)| *made <= commit);
        seen.and_then(|(_, row)| row.as_ref())
    }

    /// The newest state that its lock's holder sees.
    fn newest(&self) -> Option<&Row> {
        match &self.pending {
            Some((_, row)) => row.as_ref(),
            None => self.committed.last().and_then(|(_, row)| row.as_ref()),
        }
    }
}

impl Storage {
    pub(super) fn new(databases: &[&str]) -> Self {
        Self {
            databases: databases.iter().map(|name| name.to_lowercase()).collect(),
            tables: HashMap::new(),
            transactions: HashMap::new(),
            victims: HashSet::new(),
            locks: Locks::default(),
            old: HashSet::new(),
            commit: 1,
            last_id: 0,
            bytes: 0,
        }
    }

    pub(super) fn has_database(&self, name: &str) -> bool {
        self.databases.iter().any(|known| known == name)
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn find(&self, database: &str, name: &str) -> Option<&Table> {
        self.tables
            .values()
            .find(|table| table.database == database && table.name == name)
    }

    pub(super) fn table(&mut self, id: TableId) -> Result<&mut Table, SqlError> {
        self.tables.get_mut(&id).ok_or_else(SqlError::unsupported)
    }

    pub(super) fn create(
        &mut self,
        database: &str,
        name: &str,
        definition: Definition,
    ) -> Result<(), SqlError> {
        if self.tables.len() >= MOST_TABLES {
            return Err(SqlError::unsupported());
        }
        let id = self.new_id();
        self.commit += 1;
        let table = Table {
            id,
            database: database.to_owned(),
            name: name.to_owned(),
            definition: Arc::new(definition),
            rows: BTreeMap::new(),
            next_auto: 1,
            next_row: 0,
            created: self.commit,
        };
        self.tables.insert(id, table);
        Ok(())
    }

    pub(super) fn drop_table(&mut self, id: TableId) {
        let Some(table) = self.tables.remove(&id) else {
            return;
        };
        for versions in table.rows.values() {
            self.bytes -= versions.bytes();
        }
        self.old.retain(|(table, _)| *table != id);
    }

    /// # Errors
    ///
    /// `Wait`, or 1213 if that would last for ever and this is the one that gives way.
    pub(super) fn lock(&mut self, owner: Owner, request: Request) -> Result<(), Stop> {
        if self.locks.take(owner, request) {
            return Ok(());
        }
        loop {
            let circle = self.locks.circle(owner);
            let Some(mut victim) = circle.first().copied() else {
                return if self.locks.take(owner, request) {
                    Ok(())
                } else {
                    Err(Stop::Wait)
                };
            };
            for member in circle {
                if self.weight(member) < self.weight(victim) {
                    victim = member;
                }
            }
            self.roll_back(victim);
            if victim == owner {
                return Err(SqlError::deadlock().into());
            }
            self.victims.insert(victim);
        }
    }

    fn weight(&self, owner: Owner) -> usize {
        let undo = self
            .transactions
            .get(&owner)
            .map_or(0, |transaction| transaction.undo.len());
        undo + self.locks.weight(owner)
    }

    /// Whether some of those who were rolled back to end a deadlock do not know it yet.
    pub(super) fn has_victims(&self) -> bool {
        !self.victims.is_empty()
    }

    /// Whether the transaction was rolled back to end a deadlock; it is asked once.
    pub(super) fn was_victim(&mut self, owner: Owner) -> bool {
        self.victims.remove(&owner)
    }

    /// What a transaction sees from its first consistent read on.
    pub(super) fn snapshot(&mut self, owner: Owner) -> u64 {
        let commit = self.commit;
        let transaction = self.transactions.entry(owner).or_default();
        *transaction.snapshot.get_or_insert(commit)
    }

    /// The rows that a transaction sees, by their keys.
    ///
    /// # Errors
    ///
    /// 1412 if the table is younger than what the transaction sees.
    pub(super) fn read(
        &mut self,
        owner: Owner,
        table: TableId,
    ) -> Result<Vec<(Key, Row)>, SqlError> {
        let snapshot = self.snapshot(owner);
        let table = self.table(table)?;
        if table.created > snapshot {
            return Err(SqlError::new(
                1412,
                *b"HY000",
                "Table definition has changed, please retry transaction",
            ));
        }
        let seen = table.rows.iter().filter_map(|(key, versions)| {
            let row = match &versions.pending {
                Some((by, row)) if *by == owner => row.as_ref(),
                _ => versions.seen_at(snapshot),
            };
            row.map(|row| (*key, Arc::clone(row)))
        });
        Ok(seen.collect())
    }

    /// Locks the row of a key, or the gap where it would be, for a statement that changes it.
    pub(super) fn lock_row(
        &mut self,
        owner: Owner,
        table: TableId,
        key: Key,
    ) -> Result<Option<Row>, Stop> {
        if self.table(table)?.is_there(key) {
            self.lock(owner, Request::Row(table, key, Mode::Exclusive))?;
        }
        let rows = self.table(table)?;
        let row = rows
            .rows
            .get(&key)
            .and_then(Versions::newest)
            .map(Arc::clone);
        if row.is_none() {
            let (low, high) = rows.neighbours(key);
            self.locks.take_gap(owner, table, low, high);
        }
        Ok(row)
    }

    /// Locks all rows and all gaps, in the order of the keys.
    pub(super) fn lock_all(
        &mut self,
        owner: Owner,
        table: TableId,
    ) -> Result<Vec<(Key, Row)>, Stop> {
        let keys: Vec<Key> = self.table(table)?.rows.keys().copied().collect();
        for key in keys {
            if self.table(table)?.is_there(key) {
                self.lock(owner, Request::Row(table, key, Mode::Exclusive))?;
                self.locks.take_gap(owner, table, None, Some(key));
            }
        }
        self.locks.take_gap(owner, table, None, None);
        let rows = self.table(table)?.rows.iter();
        let newest =
            rows.filter_map(|(key, versions)| Some((*key, Arc::clone(versions.newest()?))));
        Ok(newest.collect())
    }

    /// Puts in a new row; false if there is one of that key.
    pub(super) fn insert(
        &mut self,
        owner: Owner,
        table: TableId,
        key: Option<Key>,
        row: Row,
    ) -> Result<bool, Stop> {
        let key = match key {
            Some(key) => key,
            None => {
                let table = self.table(table)?;
                table.next_row += 1;
                table.next_row
            }
        };
        if self.table(table)?.is_there(key) {
            self.lock(owner, Request::Row(table, key, Mode::Shared))?;
            let versions = self.table(table)?.rows.get(&key);
            if versions.is_some_and(|versions| versions.newest().is_some()) {
                return Ok(false);
            }
        }
        self.lock(owner, Request::Insert(table, key))?;
        self.change(owner, table, key, Some(row))?;
        Ok(true)
    }

    /// Replaces a row whose lock the transaction has, or deletes it.
    ///
    /// # Errors
    ///
    /// 1114 if there is no room.
    pub(super) fn change(
        &mut self,
        owner: Owner,
        id: TableId,
        key: Key,
        row: Option<Row>,
    ) -> Result<(), SqlError> {
        let new = size(row.as_ref());
        // What is deleted makes room, though not before it is committed.
        if row.is_some() && self.bytes + new > MOST_BYTES {
            let name = &self.table(id)?.name;
            let message = format!("The table '{name}' is full");
            return Err(SqlError::new(1114, *b"HY000", message));
        }
        let versions = self.table(id)?.rows.entry(key).or_default();
        let before = versions.pending.replace((owner, row)).map(|(_, row)| row);
        let old = before.as_ref().map_or(0, |row| size(row.as_ref()));
        self.bytes = self.bytes + new - old;
        let transaction = self.transactions.entry(owner).or_default();
        transaction.undo.push((id, key, before));
        Ok(())
    }

    /// Where a statement begins, to roll back to.
    pub(super) fn savepoint(&self, owner: Owner) -> usize {
        self.transactions
            .get(&owner)
            .map_or(0, |transaction| transaction.undo.len())
    }

    /// Takes back what was changed since. The locks stay, as in InnoDB.
    pub(super) fn roll_back_to(&mut self, owner: Owner, savepoint: usize) {
        loop {
            let Some(transaction) = self.transactions.get_mut(&owner) else {
                return;
            };
            if transaction.undo.len() <= savepoint {
                return;
            }
            let Some((id, key, before)) = transaction.undo.pop() else {
                return;
            };
            let Some(table) = self.tables.get_mut(&id) else {
                continue;
            };
            let Some(versions) = table.rows.get_mut(&key) else {
                continue;
            };
            let new = before.as_ref().map_or(0, |row| size(row.as_ref()));
            let old = versions
                .pending
                .take()
                .map_or(0, |(_, row)| size(row.as_ref()));
            versions.pending = before.map(|row| (owner, row));
            self.bytes = self.bytes + new - old;
            if versions.pending.is_none() && versions.committed.is_empty() {
                table.rows.remove(&key);
                let (low, high) = table.neighbours(key);
                self.locks.take_gap(owner, id, low, high);
            }
        }
    }

    pub(super) fn roll_back(&mut self, owner: Owner) {
        self.roll_back_to(owner, 0);
        self.end(owner);
    }

    pub(super) fn commit(&mut self, owner: Owner) {
        let changed = self
            .transactions
            .get_mut(&owner)
            .map(|transaction| std::mem::take(&mut transaction.undo));
        let changed = changed.unwrap_or_default();
        if !changed.is_empty() {
            self.commit += 1;
        }
        for (id, key, _) in changed {
            let Some(table) = self.tables.get_mut(&id) else {
                continue;
            };
            let Some(versions) = table.rows.get_mut(&key) else {
                continue;
            };
            if let Some((_, row)) = versions.pending.take() {
                versions.committed.push((self.commit, row));
                self.old.insert((id, key));
            }
        }
        self.end(owner);
    }

    fn end(&mut self, owner: Owner) {
        self.transactions.remove(&owner);
        self.locks.release(owner);
        self.forget_old_versions();
    }

    /// Those that no transaction sees any more.
    fn forget_old_versions(&mut self) {
        let snapshots = self
            .transactions
            .values()
            .filter_map(|transaction| transaction.snapshot);
        let oldest = snapshots.min().unwrap_or(self.commit);
        let (tables, bytes) = (&mut self.tables, &mut self.bytes);
        self.old.retain(|(id, key)| {
            let Some(table) = tables.get_mut(id) else {
                return false;
            };
            let Some(versions) = table.rows.get_mut(key) else {
                return false;
            };
            let seen = versions
                .committed
                .iter()
                .rposition(|(made, _)| *made <= oldest);
            for (_, row) in versions.committed.drain(..seen.unwrap_or(0)) {
                *bytes -= size(row.as_ref());
            }
            let only = versions.committed.len() <= 1;
            if only
                && versions.pending.is_none()
                && versions
                    .committed
                    .first()
                    .is_none_or(|(made, row)| row.is_none() && *made <= oldest)
            {
                *bytes -= versions.bytes();
                table.rows.remove(key);
                return false;
            }
            !only
                || versions
                    .committed
                    .first()
                    .is_some_and(|(_, row)| row.is_none())
        });
    }
}

impl Versions {
    fn bytes(&self) -> usize {
        let committed = self.committed.iter().map(|(_, row)| size(row.as_ref()));
        let pending = self.pending.iter().map(|(_, row)| size(row.as_ref()));
        committed.chain(pending).sum()
    }
}

impl Table {
    /// Whether there is a row, or one that a transaction under way has put in or deleted.
    fn is_there(&self, key: Key) -> bool {
        self.rows
            .get(&key)
            .is_some_and(|versions| versions.pending.is_some() || versions.newest().is_some())
    }

    /// The keys before and behind one that has no row.
    fn neighbours(&self, key: Key) -> (Option<Key>, Option<Key>) {
        let before = self.rows.range(..key).rev().map(|(key, _)| *key);
        let behind = self.rows.range(key + 1..).map(|(key, _)| *key);
        let there = |key: &Key| self.is_there(*key);
        (
            before.into_iter().find(there),
            behind.into_iter().find(there),
        )
    }
}
