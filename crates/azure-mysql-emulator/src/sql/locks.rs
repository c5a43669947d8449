//! Locks as `InnoDB` has them under `REPEATABLE READ`, and who waits for whom:
//! <https://dev.mysql.com/doc/refman/8.4/en/innodb-locking.html>.

use std::collections::{HashMap, HashSet};

/// A primary key, or a row's own number where there is none.
pub(super) type Key = i64;
pub(super) type TableId = u64;
/// A session, and the one transaction that it may have.
pub(super) type Owner = u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Mode {
    Shared,
    Exclusive,
}

/// What a transaction asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Request {
    Row(TableId, Key, Mode),
    /// To put a row where there is none, which a locked gap forbids.
    Insert(TableId, Key),
    /// To use a table at all, which only its end forbids.
    Use(TableId),
    Drop(TableId),
}

/// What a transaction has.
#[derive(Debug, Default)]
struct Held {
    rows: HashMap<(TableId, Key), Mode>,
    /// Between two keys, or from or to the end.
    gaps: Vec<(TableId, Option<Key>, Option<Key>)>,
    tables: HashSet<TableId>,
}

#[derive(Debug, Default)]
pub(super) struct Locks {
    held: HashMap<Owner, Held>,
    /// In the order in which they came.
    waiting: Vec<(Owner, Request)>,
}

impl Held {
    fn forbids(&self, request: Request) -> bool {
        match request {
            Request::Row(table, key, mode) => self
                .rows
                .get(&(table, key))
                .is_some_and(|held| mode == Mode::Exclusive || *held == Mode::Exclusive),
            Request::Insert(table, key) => {
                let covers = |(of, low, high): &(TableId, Option<Key>, Option<Key>)| {
                    *of == table
                        && low.is_none_or(|low| low < key)
                        && high.is_none_or(|high| key < high)
                };
                self.gaps.iter().any(covers) || self.rows.contains_key(&(table, key))
            }
            Request::Use(_) => false,
            Request::Drop(table) => self.tables.contains(&table),
        }
    }

    fn has(&self, request: Request) -> bool {
        match request {
            Request::Row(table, key, mode) => self
                .rows
                .get(&(table, key))
                .is_some_and(|held| *held >= mode),
            Request::Use(table) => self.tables.contains(&table),
            // The intention to insert is not kept.
            Request::Insert(..) | Request::Drop(_) => false,
        }
    }
}

/// Whether a request that waits keeps a later one waiting too.
fn precedes(waiting: Request, later: Request) -> bool {
    match (waiting, later) {
        (Request::Row(table, key, mode), Request::Row(other, other_key, other_mode)) => {
            (table, key) == (other, other_key)
                && (mode == Mode::Exclusive || other_mode == Mode::Exclusive)
        }
        (Request::Drop(table), Request::Use(other) | Request::Drop(other)) => table == other,
        _ => false,
    }
}

impl Locks {
    /// Takes what is asked for, or leaves the owner waiting for it: then it is false.
    pub(super) fn take(&mut self, owner: Owner, request: Request) -> bool {
        // A statement that is tried again asks for what it has, too, and keeps its place in the queue.
        if self.held.get(&owner).is_some_and(|held| held.has(request)) {
            return true;
        }
        if self.blockers(owner, request).is_empty() {
            self.waiting.retain(|waiting| *waiting != (owner, request));
            let held = self.held.entry(owner).or_default();
            match request {
                Request::Row(table, key, mode) => {
                    held.rows.insert((table, key), mode);
                }
                Request::Insert(table, key) => {
                    held.rows.insert((table, key), Mode::Exclusive);
                }
                Request::Use(table) => {
                    held.tables.insert(table);
                }
                Request::Drop(_) => {}
            }
            return true;
        }
        if !self.waiting.contains(&(owner, request)) {
            self.stop_waiting(owner);
            self.waiting.push((owner, request));
        }
        false
    }

    /// Locks what lies between two keys, which never has to wait.
    pub(super) fn take_gap(
        &mut self,
        owner: Owner,
        table: TableId,
        low: Option<Key>,
        high: Option<Key>,
    ) {
        let gaps = &mut self.held.entry(owner).or_default().gaps;
        if !gaps.contains(&(table, low, high)) {
            gaps.push((table, low, high));
        }
    }

    /// Whom the owner would have to wait for.
    fn blockers(&self, owner: Owner, request: Request) -> Vec<Owner> {
        let holders = self
            .held
            .iter()
            .filter(|(other, held)| **other != owner && held.forbids(request))
            .map(|(other, _)| *other);
        let earlier = self
            .waiting
            .iter()
            .take_while(|(other, waiting)| (*other, *waiting) != (owner, request))
            .filter(|(other, waiting)| *other != owner && precedes(*waiting, request))
            .map(|(other, _)| *other);
        holders.chain(earlier).collect()
    }

    /// The transactions that wait for each other in a circle with this one, the others by the order in
    /// which they began to wait, the newest first; empty if there is none.
    pub(super) fn circle(&self, owner: Owner) -> Vec<Owner> {
        let waits: HashMap<Owner, Vec<Owner>> = self
            .waiting
            .iter()
            .map(|(waiting, request)| (*waiting, self.blockers(*waiting, *request)))
            .collect();
        let reaches = |from: Owner, to: Owner| {
            let mut seen = HashSet::new();
            let mut open = waits.get(&from).cloned().unwrap_or_default();
            while let Some(next) = open.pop() {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    open.extend(waits.get(&next).into_iter().flatten());
                }
            }
            false
        };
        if !reaches(owner, owner) {
            return Vec::new();
        }
        let others = self.waiting.iter().rev().map(|(other, _)| *other);
        let members = others
            .filter(|other| *other != owner && reaches(owner, *other) && reaches(*other, owner));
        std::iter::once(owner).chain(members).collect()
    }

    /// How much would be lost with a transaction's locks, about as `InnoDB` counts it: one for each
    /// table, and for each kind of lock.
    pub(super) fn weight(&self, owner: Owner) -> usize {
        self.held.get(&owner).map_or(0, |held| {
            held.tables.len()
                + usize::from(!held.rows.is_empty())
                + usize::from(!held.gaps.is_empty())
        })
    }

    /// Gives up a place in the queue; false if there was none.
    pub(super) fn stop_waiting(&mut self, owner: Owner) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(waiting, _)| *waiting != owner);
        self.waiting.len() < before
    }

    /// At the end of a transaction.
    pub(super) fn release(&mut self, owner: Owner) {
        self.stop_waiting(owner);
        self.held.remove(&owner);
    }
}
