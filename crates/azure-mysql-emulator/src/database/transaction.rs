//! The transaction of a session, and the connection to `SQLite` that it holds.

use super::{SqlError, catalogue, context::Context, storage::Lease};

/// What a statement does to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// Held while a transaction or temporary tables need it.
    pub(crate) connection: Option<Lease>,
    pub(crate) read_only: bool,
    /// In the order in which they were set.
    savepoints: Vec<String>,
    /// Whether it has changed data, or locked it to do so.
    has_written: bool,
}

impl Transaction {
    /// A connection for one statement, in a transaction of `SQLite`; whether that was open already.
    fn enter(&mut self, context: &Context, access: Access) -> Result<(Lease, bool), SqlError> {
        let mut lease = match self.connection.take() {
            Some(lease) => lease,
            None => context.storage.borrow()?,
        };
        if !lease.is_autocommit() && self.reads_anew(context) {
            lease.execute_batch("ROLLBACK")?;
        }
        if !lease.is_autocommit() {
            if access == Access::Write {
                lease.execute_batch("SAVEPOINT \"statement \"")?;
            }
            return Ok((lease, true));
        }
        let checks = context.variables.foreign_key_checks();
        lease.execute_batch(if checks {
            "PRAGMA foreign_keys = ON"
        } else {
            "PRAGMA foreign_keys = OFF"
        })?;
        let database = context.database.as_deref();
        if let Some(database) = database.filter(|name| context.storage.exists(name)) {
            lease.attach(database)?;
        }
        lease.execute_batch("BEGIN")?;
        Ok((lease, false))
    }

    /// Whether a statement sees what others have committed since the last one. A transaction of
    /// `SQLite` keeps what it saw first, so another one is begun; once this one has written, nobody
    /// else can.
    fn reads_anew(&self, context: &Context) -> bool {
        context.variables.reads_committed() && !self.has_written && self.savepoints.is_empty()
    }

    /// Runs a statement, which leaves nothing behind if it fails.
    ///
    /// The lock of a database, where one is named, is taken before anything is read, so that
    /// nothing that is read is stale.
    pub(crate) fn run<T>(
        &mut self,
        context: &mut Context,
        (access, locked): (Access, Option<&str>),
        statement: impl FnOnce(&mut Context, &mut Lease) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if access == Access::Write && context.in_transaction && self.read_only {
            return Err(SqlError::new(
                1792,
                *b"25006",
                "Cannot execute statement in a READ ONLY transaction.",
            ));
        }
        let (mut lease, open) = self.enter(context, access)?;
        self.has_written |= access == Access::Write || locked.is_some();
        let result = match locked {
            Some(database) => lease
                .attach(database)
                .and_then(|()| catalogue::lock_for_writing(&lease, database)),
            None => Ok(()),
        }
        .and_then(|()| statement(context, &mut lease));
        self.leave(context, lease, (access, open), result)
    }

    fn leave<T>(
        &mut self,
        context: &Context,
        mut lease: Lease,
        (access, open): (Access, bool),
        result: Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let undone = match &result {
            Ok(_) => false,
            // What a deadlock undoes is the whole transaction.
            Err(error) => error.number == 1213 || !open,
        };
        // An error of SQLite may have rolled all back already.
        let gone = lease.is_autocommit();
        let end = match (context.in_transaction, access, result.is_ok()) {
            _ if gone => "",
            _ if undone => "ROLLBACK",
            (false, _, _) => "COMMIT",
            (true, Access::Write, true) if open => "RELEASE \"statement \"",
            (true, Access::Write, false) => "ROLLBACK TO \"statement \"; RELEASE \"statement \"",
            _ => "",
        };
        let ended = lease.execute_batch(end);
        lease.spent = !context.temporary.is_empty();
        if context.in_transaction || lease.spent {
            self.connection = Some(lease);
        }
        ended?;
        result
    }

    /// Ends the transaction.
    pub(crate) fn end(&mut self, context: &mut Context, commit: bool) -> Result<(), SqlError> {
        context.in_transaction = false;
        self.read_only = false;
        self.savepoints.clear();
        self.has_written = false;
        let Some(mut lease) = self.connection.take() else {
            return Ok(());
        };
        if !lease.is_autocommit() {
            lease.execute_batch(if commit { "COMMIT" } else { "ROLLBACK" })?;
        }
        if context.temporary.is_empty() {
            lease.spent = false;
        } else {
            lease.spent = true;
            self.connection = Some(lease);
        }
        Ok(())
    }

    /// A savepoint is set within the transaction of `SQLite`, which it may begin.
    pub(crate) fn savepoint(&mut self, context: &Context, name: &str) -> Result<(), SqlError> {
        if !context.in_transaction {
            return Ok(());
        }
        let (lease, _) = self.enter(context, Access::Read)?;
        let name = name.to_lowercase();
        // One of the same name goes.
        self.savepoints.retain(|known| *known != name);
        let done = lease.execute_batch(&format!("SAVEPOINT {}", catalogue::quote(&name)));
        self.connection = Some(lease);
        done?;
        self.savepoints.push(name);
        Ok(())
    }

    pub(crate) fn to_savepoint(&mut self, name: &str, release: bool) -> Result<(), SqlError> {
        let lower = name.to_lowercase();
        let known = self.savepoints.iter().rposition(|known| *known == lower);
        let (Some(index), Some(lease)) = (known, &self.connection) else {
            return Err(SqlError::new(
                1305,
                *b"42000",
                format!("SAVEPOINT {name} does not exist"),
            ));
        };
        let words = if release { "RELEASE" } else { "ROLLBACK TO" };
        lease.execute_batch(&format!("{words} {}", catalogue::quote(&lower)))?;
        self.savepoints
            .truncate(if release { index } else { index + 1 });
        Ok(())
    }

    /// Changes of tables commit what was open, and check no foreign keys while tables are rebuilt.
    pub(crate) fn run_definition<T>(
        &mut self,
        context: &mut Context,
        database: &str,
        statement: impl FnOnce(&mut Context, &mut Lease) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.end(context, true)?;
        let mut lease = match self.connection.take() {
            Some(lease) => lease,
            None => context.storage.borrow()?,
        };
        lease.attach(database)?;
        lease.execute_batch("PRAGMA foreign_keys = OFF; BEGIN")?;
        let result = catalogue::lock_for_writing(&lease, database)
            .and_then(|()| statement(context, &mut lease));
        if !lease.is_autocommit() {
            lease.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        }
        if !context.temporary.is_empty() {
            lease.spent = true;
            self.connection = Some(lease);
        }
        result
    }
}
