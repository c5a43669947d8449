//! A session runs statements, one after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mysql_common::{Value as WireValue, packets::Column};
use tokio::{
    sync::Notify,
    time::{Duration, Instant, sleep, timeout_at},
};

use super::{
    ast::{Assignment, Command, Expression, Item},
    change, definition,
    error::SqlError,
    expression::{Environment, sleep_of},
    insert::{self, Progress},
    interface::{Done, Outcome, ServerInformation, SessionInformation},
    locks::Owner,
    metadata::Collation,
    parser, query,
    show::{self, Diagnostic},
    storage::{Stop, Storage},
    table::Value,
    variables::{Variables, Warning},
};

/// `lock_wait_timeout`: how long `DROP TABLE` waits for transactions.
const TABLE_WAIT: Duration = Duration::from_secs(31_536_000);

/// `max_error_count`.
const MOST_DIAGNOSTICS: usize = 1_024;

/// All databases of one server. They are gone with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    storage: Mutex<Storage>,
    /// Some lock was released.
    released: Notify,
}

/// A statement that was parsed, and its text for errors.
#[derive(Clone, Debug)]
pub(crate) struct Statement(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    command: Command,
    parameters: usize,
    text: Box<str>,
}

/// What one MySQL connection has.
#[derive(Debug)]
pub(crate) struct Session {
    shared: Arc<Shared>,
    owner: Owner,
    environment: Environment,
    /// `BEGIN` was said, or without autocommit a table was used.
    in_transaction: bool,
    read_only: bool,
    diagnostics: Vec<Diagnostic>,
    /// Where a statement began that has not ended: whoever ran it has dropped it.
    unfinished: Option<usize>,
}

impl Shared {
    fn storage(&self) -> MutexGuard<'_, Storage> {
        // A statement that panicked is the whole connection's end, which rolls it back.
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Database {
    /// Makes databases of these names, all of them empty.
    pub(crate) fn new(names: &[&str]) -> Self {
        Self(Arc::new(Shared {
            storage: Mutex::new(Storage::new(names)),
            released: Notify::new(),
        }))
    }

    /// Starts a session in a database, or in none.
    ///
    /// # Errors
    ///
    /// 1049 if there is no such database, 1064 for a character set that is not known here.
    pub(crate) fn session(
        &self,
        server: Arc<dyn ServerInformation>,
        information: SessionInformation,
        database: Option<&str>,
    ) -> Result<Session, SqlError> {
        let variables = Variables::new(login_collation(&information)?);
        let mut session = Session {
            shared: Arc::clone(&self.0),
            owner: self.0.storage().new_id(),
            environment: Environment::new(server, information, variables),
            in_transaction: false,
            read_only: false,
            diagnostics: Vec::new(),
            unfinished: None,
        };
        if let Some(database) = database {
            session.use_database(database)?;
        }
        Ok(session)
    }
}

fn login_collation(information: &SessionInformation) -> Result<Collation, SqlError> {
    let id = information.collation;
    let what = format!("log in with the collation number {id}; ask for utf8mb4");
    Collation::numbered(id).ok_or_else(|| SqlError::unsupported().naming(&what))
}

impl Statement {
    /// The first statement of a text, and the text behind it if there is more.
    ///
    /// # Errors
    ///
    /// 1064 for what is not supported, 1065 if there is nothing.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<&str>), SqlError> {
        let parsed = parser::parse(text).map_err(|error| error.naming(text))?;
        let own = parsed.rest.map_or(text, |rest| &text[..rest]);
        let excerpt = own.chars().take(256).collect::<String>();
        let statement = Self(Arc::new(Parsed {
            command: parsed.command,
            parameters: parsed.parameters,
            text: excerpt.into(),
        }));
        Ok((statement, parsed.rest.map(|rest| &text[rest..])))
    }

    /// How many `?` it holds.
    pub(crate) fn parameters(&self) -> usize {
        self.0.parameters
    }
}

impl Session {
    /// Parses the first statement of a text, and gives the text behind it if there is more.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::parse`]. `SHOW WARNINGS` shows it.
    pub(crate) fn parse<'a>(
        &mut self,
        text: &'a str,
    ) -> Result<(Statement, Option<&'a str>), SqlError> {
        // The same bytes may be other letters.
        let known = self.environment.variables.client.character_set == "utf8mb4" || text.is_ascii();
        let parsed = if known {
            Statement::parse(text)
        } else {
            Err(SqlError::unsupported().naming(text))
        };
        parsed.inspect_err(|error| self.failed(error))
    }

    /// The columns of a statement's result before it has run; empty if it has none.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run) for names that do not exist.
    pub(crate) fn columns(&mut self, statement: &Statement) -> Result<Vec<Column>, SqlError> {
        let columns = self.prepare(&statement.0.command);
        columns.map_err(|stop| {
            let error = match stop {
                Stop::Fail(error) => error.naming(&statement.0.text),
                Stop::Wait => SqlError::lock_wait_timeout(),
            };
            self.failed(&error);
            error
        })
    }

    fn prepare(&mut self, command: &Command) -> Result<Vec<Column>, Stop> {
        let shared = Arc::clone(&self.shared);
        let mut storage = shared.storage();
        let place = (&mut *storage, self.owner);
        let environment = &self.environment;
        match command {
            Command::Select(select) if select.from.is_some() => {
                Ok(query::select_rows(select, environment, &[], place, true)?.columns)
            }
            Command::Select(select) => {
                let mut unlimited = select.clone();
                unlimited.limit = None;
                Ok(query::select_values(&unlimited, environment, &[])?.columns)
            }
            Command::Show(show) => Ok(show::show(show, environment, &[])?.columns),
            Command::Insert(insert) => {
                insert::insert(insert, environment, &[], place, None).map(|_| Vec::new())
            }
            Command::Update(update) => {
                change::update(update, environment, &[], place, true).map(|_| Vec::new())
            }
            Command::Delete { table, filter } => {
                let what = (table, filter.as_ref());
                change::delete(what, environment, &[], place, true).map(|_| Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Runs a statement. It can be dropped at any time: what it has done is undone.
    ///
    /// # Errors
    ///
    /// MySQL's own, or 1064 for what is not supported.
    pub(crate) async fn run(
        &mut self,
        statement: &Statement,
        parameters: &[WireValue],
    ) -> Result<Outcome, SqlError> {
        self.finish();
        let Parsed { command, text, .. } = &*statement.0;
        let keeps =
            matches!(command, Command::Show(show) if matches!(show, super::ast::Show::Warnings));
        let shown = std::mem::take(&mut self.diagnostics);
        let values = parameters
            .iter()
            .map(Value::from_wire)
            .collect::<Result<Vec<_>, _>>();
        let result = match values {
            Ok(values) => self.execute(command, &values, &shown).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(mut outcome) => {
                if keeps {
                    self.diagnostics = shown;
                }
                let count = u16::try_from(self.diagnostics.len()).unwrap_or(u16::MAX);
                match &mut outcome {
                    Outcome::Done(done) => {
                        done.warnings = count;
                        self.environment.row_count =
                            i64::try_from(done.affected_rows).unwrap_or(i64::MAX);
                    }
                    Outcome::Rows(rows) => {
                        rows.warnings = if keeps { 0 } else { count };
                        self.environment.row_count = -1;
                    }
                }
                Ok(outcome)
            }
            Err(error) => {
                let error = error.naming(text);
                self.failed(&error);
                Err(error)
            }
        }
    }

    fn failed(&mut self, error: &SqlError) {
        self.environment.row_count = -1;
        self.diagnostics.clear();
        self.note("Error", error.number, error.message.clone());
    }

    fn note(&mut self, level: &'static str, number: u16, message: String) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic {
                level,
                number,
                message,
            });
        }
    }

    async fn execute(
        &mut self,
        command: &Command,
        parameters: &[Value],
        diagnostics: &[Diagnostic],
    ) -> Result<Outcome, SqlError> {
        match command {
            Command::Select(select) if select.from.is_none() => {
                // What is wrong with it is said before the wait.
                let rows = query::select_values(select, &self.environment, parameters)?;
                let mut seconds = 0.0;
                for item in &select.items {
                    if let Item::Expression { expression, .. } = item {
                        seconds += sleep_of(expression, parameters)?;
                    }
                }
                wait(seconds).await;
                Ok(Outcome::Rows(rows))
            }
            Command::Do(expressions) => {
                let mut seconds = 0.0;
                for expression in expressions {
                    self.environment.evaluate(expression, parameters)?;
                    seconds += sleep_of(expression, parameters)?;
                }
                wait(seconds).await;
                Ok(Outcome::Done(Done::default()))
            }
            Command::Show(show) => {
                show::show(show, &self.environment, diagnostics).map(Outcome::Rows)
            }
            Command::Select(_)
            | Command::Insert(_)
            | Command::Update(_)
            | Command::Delete { .. } => self.use_tables(command, parameters).await,
            Command::CreateTable(_) | Command::DropTable { .. } => self.define(command).await,
            other => self.control(other).map(|()| Outcome::Done(Done::default())),
        }
    }

    /// What concerns only the session.
    fn control(&mut self, command: &Command) -> Result<(), SqlError> {
        match command {
            Command::Set(assignments) => self.set(assignments)?,
            Command::Use(name) => self.use_database(name)?,
            Command::Kill(id) => self.kill(*id)?,
            Command::Begin {
                read_only,
                snapshot,
            } => {
                self.end_transaction(true);
                self.in_transaction = true;
                self.read_only = *read_only;
                if *snapshot {
                    self.shared.storage().snapshot(self.owner);
                }
            }
            Command::Commit => self.end_transaction(true),
            Command::Rollback => self.end_transaction(false),
            _ => return Err(SqlError::unsupported()),
        }
        Ok(())
    }

    /// Runs a statement that uses a table, in a transaction.
    async fn use_tables(
        &mut self,
        command: &Command,
        parameters: &[Value],
    ) -> Result<Outcome, SqlError> {
        if self.read_only && !matches!(command, Command::Select(_)) {
            return Err(SqlError::read_only());
        }
        if !self.environment.variables.autocommit {
            self.in_transaction = true;
        }
        let mut progress = Progress::default();
        let patience = self.environment.variables.lock_wait_timeout();
        let result = self
            .until_free(patience, |session, storage| {
                session.attempt(command, parameters, storage, &mut progress)
            })
            .await;
        if let Some(id) = progress.first_made {
            self.environment.last_insert_id = u64::try_from(id).unwrap_or_default();
        }
        let (mut outcome, cut) = result?;
        for (column, row) in cut.iter().chain(&progress.cut) {
            let message = format!("Data truncated for column '{column}' at row {row}");
            self.note("Note", 1265, message);
        }
        if let Outcome::Rows(rows) = &mut outcome {
            rows.warnings = 0;
        }
        Ok(outcome)
    }

    fn attempt(
        &self,
        command: &Command,
        parameters: &[Value],
        storage: &mut Storage,
        progress: &mut Progress,
    ) -> Result<(Outcome, change::Cut), Stop> {
        let place = (storage, self.owner);
        let environment = &self.environment;
        let nothing = change::Cut::new;
        match command {
            Command::Select(select) => {
                let rows = query::select_rows(select, environment, parameters, place, false)?;
                Ok((Outcome::Rows(rows), nothing()))
            }
            Command::Insert(insert) => {
                let done = insert::insert(insert, environment, parameters, place, Some(progress))?;
                Ok((Outcome::Done(done), nothing()))
            }
            Command::Update(update) => {
                let (done, cut) = change::update(update, environment, parameters, place, false)?;
                Ok((Outcome::Done(done), cut))
            }
            Command::Delete { table, filter } => {
                let what = (table, filter.as_ref());
                let done = change::delete(what, environment, parameters, place, false)?;
                Ok((Outcome::Done(done), nothing()))
            }
            _ => Err(SqlError::unsupported().into()),
        }
    }

    /// `CREATE TABLE` and `DROP TABLE`, which commit what is open.
    async fn define(&mut self, command: &Command) -> Result<Outcome, SqlError> {
        if self.read_only {
            return Err(SqlError::read_only());
        }
        self.end_transaction(true);
        let notes = self
            .until_free(TABLE_WAIT, |session, storage| match command {
                Command::CreateTable(create) => {
                    let note = definition::create_table(create, &session.environment, storage)?;
                    Ok(note.into_iter().collect())
                }
                Command::DropTable { tables, if_exists } => {
                    let place = (storage, session.owner);
                    definition::drop_tables(tables, *if_exists, &session.environment, place)
                }
                _ => Err(SqlError::unsupported().into()),
            })
            .await?;
        for note in notes {
            self.note("Note", note.number, note.message);
        }
        Ok(Outcome::Done(Done::default()))
    }

    /// Tries until no lock is in the way. Without a transaction, what was done is committed.
    async fn until_free<T>(
        &mut self,
        patience: Duration,
        mut attempt: impl FnMut(&Self, &mut Storage) -> Result<T, Stop>,
    ) -> Result<T, SqlError> {
        let shared = Arc::clone(&self.shared);
        let savepoint = shared.storage().savepoint(self.owner);
        self.unfinished = Some(savepoint);
        let deadline = Instant::now() + patience;
        let result = loop {
            let mut released = std::pin::pin!(shared.released.notified());
            released.as_mut().enable();
            let stop = {
                let mut storage = shared.storage();
                if storage.was_victim(self.owner) {
                    break Err(SqlError::deadlock());
                }
                let attempted = attempt(self, &mut storage);
                if storage.has_victims() {
                    shared.released.notify_waiters();
                }
                match attempted {
                    Ok(done) => break Ok(done),
                    Err(stop) => stop,
                }
            };
            match stop {
                Stop::Fail(error) => break Err(error),
                Stop::Wait if timeout_at(deadline, released).await.is_err() => {
                    break Err(SqlError::lock_wait_timeout());
                }
                Stop::Wait => {}
            }
        };
        self.unfinished = None;
        // Of a lock that turned out not to be needed.
        if shared.storage().locks.stop_waiting(self.owner) {
            shared.released.notify_waiters();
        }
        match &result {
            Ok(_) if self.in_transaction => {}
            Ok(_) => self.end_transaction(true),
            Err(error) if error.number == 1213 => self.end_transaction(false),
            Err(_) => self.undo(savepoint),
        }
        result
    }

    /// Takes back what a statement did.
    fn undo(&mut self, savepoint: usize) {
        if self.in_transaction {
            let mut storage = self.shared.storage();
            storage.locks.stop_waiting(self.owner);
            storage.roll_back_to(self.owner, savepoint);
            drop(storage);
            self.shared.released.notify_waiters();
        } else {
            self.end_transaction(false);
        }
    }

    /// Takes back what a statement did whose run was dropped.
    fn finish(&mut self) {
        if let Some(savepoint) = self.unfinished.take() {
            if self.shared.storage().was_victim(self.owner) {
                self.end_transaction(false);
            }
            self.undo(savepoint);
        }
    }

    fn end_transaction(&mut self, commit: bool) {
        let mut storage = self.shared.storage();
        if commit {
            storage.commit(self.owner);
        } else {
            storage.roll_back(self.owner);
        }
        drop(storage);
        self.in_transaction = false;
        self.read_only = false;
        self.shared.released.notify_waiters();
    }

    fn set(&mut self, assignments: &[Assignment]) -> Result<(), SqlError> {
        let mut variables = self.environment.variables.clone();
        let mut warnings: Vec<Warning> = Vec::new();
        let mut user = Vec::new();
        for assignment in assignments {
            let warning = match assignment {
                Assignment::Names {
                    character_set,
                    collation,
                } => variables.set_names(character_set.as_deref(), collation.as_deref())?,
                Assignment::CharacterSet(name) => variables.set_character_set(name.as_deref())?,
                Assignment::System(name, Expression::Default) => variables.write(name, None)?,
                Assignment::System(name, value) => {
                    let (value, _) = self.environment.evaluate(value, &[])?;
                    variables.write(name, Some(&value))?
                }
                Assignment::User(name, value) => {
                    // Whether one sees what another sets is not known here.
                    if assignments.len() > 1 && matches!(value, Expression::User(_)) {
                        return Err(SqlError::unsupported());
                    }
                    user.push((name, self.environment.evaluate(value, &[])?.0));
                    None
                }
                Assignment::Transaction { session } => {
                    if self.in_transaction && !session {
                        return Err(SqlError::new(
                            1568,
                            *b"25001",
                            "Transaction characteristics can't be changed while a transaction is in \
                             progress",
                        ));
                    }
                    None
                }
            };
            warnings.extend(warning);
        }
        for (name, value) in user {
            self.environment.set_user_variable(name, value)?;
        }
        let commits = variables.autocommit && !self.environment.variables.autocommit;
        self.environment.variables = variables;
        if commits {
            self.end_transaction(true);
        }
        for (number, message) in warnings {
            self.note("Warning", number, message.to_owned());
        }
        Ok(())
    }

    fn kill(&self, id: u64) -> Result<(), SqlError> {
        let known = u32::try_from(id).is_ok_and(|id| self.environment.server.kill(id));
        if known {
            return Ok(());
        }
        let message = format!("Unknown thread id: {id}");
        Err(SqlError::new(1094, *b"HY000", message))
    }

    /// `COM_INIT_DB` and `USE`.
    ///
    /// # Errors
    ///
    /// 1049 if there is no such database.
    pub(crate) fn use_database(&mut self, name: &str) -> Result<(), SqlError> {
        let lower = name.to_lowercase();
        if !self.shared.storage().has_database(&lower) {
            return Err(SqlError::unknown_database(name));
        }
        self.environment.database = Some(lower);
        Ok(())
    }

    /// `COM_RESET_CONNECTION`: rolls back, and forgets variables and settings.
    ///
    /// # Errors
    ///
    /// None after a login that succeeded.
    pub(crate) fn reset(&mut self) -> Result<(), SqlError> {
        self.finish();
        self.end_transaction(false);
        self.diagnostics.clear();
        let variables = Variables::new(login_collation(&self.environment.information)?);
        self.environment.reset(variables);
        Ok(())
    }

    /// Whether a transaction is open, for the status flags of the protocol.
    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Whether that transaction only reads, for the status flags of the protocol.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Whether each statement commits at once, for the status flags of the protocol.
    pub(crate) fn autocommit(&self) -> bool {
        self.environment.variables.autocommit
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut storage = self.shared.storage();
        storage.was_victim(self.owner);
        storage.roll_back(self.owner);
        drop(storage);
        self.shared.released.notify_waiters();
    }
}

async fn wait(seconds: f64) {
    if seconds > 0.0 {
        sleep(Duration::try_from_secs_f64(seconds).unwrap_or(TABLE_WAIT)).await;
    }
}
