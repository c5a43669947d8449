//! A session runs statements, one after the other.

use std::{collections::HashMap, sync::Arc};

use mysql_common::{Value as WireValue, packets::Column};
use mysql_handshake::ServerError;
use tokio::time::{Duration, sleep};

use super::{
    ast::{Assignment, Command, Expression, Item, Select, Show},
    change::change,
    error::{Result, naming, unknown_database, unsupported},
    expression::{Context, Environment},
    interface::{Done, Outcome, ServerInformation, SessionInformation},
    locks::Request,
    metadata::Collation,
    parser::{self, Statement},
    query,
    show::{self, Diagnostic},
    storage::{Stop, Storage},
    table::Value,
    transaction::{Database, Transaction},
    variables::Variables,
};

/// `lock_wait_timeout`: how long `DROP TABLE` waits for transactions.
const TABLE_WAIT: Duration = Duration::from_secs(31_536_000);

/// `max_error_count`.
const MOST_DIAGNOSTICS: usize = 1_024;

/// What one MySQL connection has.
#[derive(Debug)]
pub(crate) struct Session {
    transaction: Transaction,
    environment: Environment,
    diagnostics: Vec<Diagnostic>,
}

impl Session {
    /// Starts a session in a database, or in none.
    ///
    /// # Errors
    ///
    /// 1049 if there is no such database, 1064 for a character set that is not known here.
    pub(crate) fn start(
        database: &Database,
        server: Arc<dyn ServerInformation>,
        information: SessionInformation,
        name: Option<&str>,
    ) -> Result<Self> {
        let id = information.collation;
        let collation = Collation::numbered(id).ok_or_else(|| {
            let what = format!("log in with the collation number {id}; ask for utf8mb4");
            naming(unsupported(), &what)
        })?;
        let mut session = Self {
            transaction: Transaction::new(database),
            environment: Environment {
                server,
                information,
                variables: Variables::new(collation),
                database: None,
                user_variables: HashMap::new(),
                last_insert_id: 0,
            },
            diagnostics: Vec::new(),
        };
        if let Some(name) = name {
            session.use_database(name)?;
        }
        Ok(session)
    }

    /// Parses the first statement of a text, and gives the text behind it if there is more.
    ///
    /// # Errors
    ///
    /// 1064 for what is not supported, 1065 if there is nothing. `SHOW WARNINGS` shows it.
    pub(crate) fn parse<'a>(&mut self, text: &'a str) -> Result<(Statement, Option<&'a str>)> {
        let parsed = if self.reads(text) {
            parser::parse(text)
        } else {
            Err(unsupported())
        };
        parsed.map_err(|error| self.failed(error, text))
    }

    /// In another character set the same bytes may be other letters.
    fn reads(&self, text: &str) -> bool {
        self.environment.variables.client.character_set == "utf8mb4" || text.is_ascii()
    }

    /// The columns of a statement's result before it has run; empty if it has none.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run) for names that do not exist.
    pub(crate) fn columns(&mut self, statement: &Statement) -> Result<Vec<Column>> {
        let columns = self.transaction.at_once(|storage, owner| {
            let context = Context {
                environment: &self.environment,
                parameters: None,
                owner,
            };
            Ok(
                match attempt(&statement.command, context, storage, &mut None)? {
                    Outcome::Rows(rows) => rows.columns,
                    Outcome::Done(_) => Vec::new(),
                },
            )
        });
        columns.map_err(|stop: Stop| self.failed(stop.error(), &statement.text))
    }

    /// Runs a statement. It can be dropped at any time: it changes nothing before it has all locks.
    ///
    /// # Errors
    ///
    /// MySQL's own, or 1064 for what is not supported.
    pub(crate) async fn run(
        &mut self,
        statement: &Statement,
        parameters: &[WireValue],
    ) -> Result<Outcome> {
        let command = &*statement.command;
        let before = std::mem::take(&mut self.diagnostics);
        let values = parameters
            .iter()
            .map(|value| match Value::from_wire(value) {
                Ok(Value::Text(text)) if !self.reads(&text) => Err(unsupported()),
                value => value,
            });
        let result = match values.collect::<Result<Vec<_>>>() {
            Ok(values) if shows_integers(command, parameters) => {
                self.execute(command, &values, &before).await
            }
            Ok(_) => Err(unsupported()),
            Err(error) => Err(error),
        };
        let mut outcome = result.map_err(|error| self.failed(error, &statement.text))?;
        let count = u16::try_from(self.diagnostics.len()).unwrap_or(u16::MAX);
        match &mut outcome {
            Outcome::Done(done) => done.warnings = count,
            Outcome::Rows(rows) => rows.warnings = count,
        }
        if matches!(command, Command::Show(Show::Warnings)) {
            self.diagnostics = before;
        }
        Ok(outcome)
    }

    /// Keeps an error for `SHOW WARNINGS`.
    fn failed(&mut self, error: ServerError, statement: &str) -> ServerError {
        let error = naming(error, statement);
        self.diagnostics.clear();
        self.note("Error", error.number, error.message.clone());
        error
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
    ) -> Result<Outcome> {
        match command {
            Command::Show(Show::Warnings) => {
                return Ok(Outcome::Rows(show::warnings(
                    &self.environment,
                    diagnostics,
                )));
            }
            Command::Select(Select { from: Some(_), .. }) | Command::Change(..) => {
                return self.use_table(command, parameters).await;
            }
            Command::Select(_) | Command::Show(_) => {
                let attempted = self.transaction.at_once(|storage, owner| {
                    let context = self.environment.context(parameters, owner);
                    attempt(command, context, storage, &mut None)
                });
                let rows = attempted.map_err(Stop::error)?;
                if let Command::Select(select) = command {
                    // What is wrong with it is said before the wait.
                    pause(select.items.iter().filter_map(Item::expression)).await;
                }
                return Ok(rows);
            }
            Command::Do(expressions) => {
                for expression in expressions {
                    self.environment.evaluate(expression, Some(parameters))?;
                }
                pause(expressions.iter()).await;
            }
            Command::CreateTable { .. } | Command::DropTable { .. } => self.define(command).await?,
            Command::Set(assignments) => self.set(assignments, parameters)?,
            Command::Use(name) => self.use_database(name)?,
            Command::Kill(id) => {
                let server = &self.environment.server;
                if !u32::try_from(*id).is_ok_and(|id| server.kill(id)) {
                    let message = format!("Unknown thread id: {id}");
                    return Err(ServerError::new(1094, *b"HY000", message));
                }
            }
            Command::Begin => {
                self.transaction.end(true);
                self.transaction.open = true;
            }
            Command::Commit => self.transaction.end(true),
            Command::Rollback => self.transaction.end(false),
        }
        Ok(Outcome::Done(Done::default()))
    }

    /// Runs a statement that uses a table, in a transaction.
    async fn use_table(&mut self, command: &Command, parameters: &[Value]) -> Result<Outcome> {
        if !self.environment.variables.autocommit {
            self.transaction.open = true;
        }
        let environment = &self.environment;
        let mut made = None;
        let patience = environment.variables.lock_wait_timeout();
        let outcome = self.transaction.run(patience, |storage, owner| {
            let context = environment.context(parameters, owner);
            attempt(command, context, storage, &mut made)
        });
        let outcome = outcome.await?;
        if let Some(id) = made {
            self.environment.last_insert_id = id;
        }
        Ok(outcome)
    }

    /// `CREATE TABLE` and `DROP TABLE`, which commit what is open.
    async fn define(&mut self, command: &Command) -> Result<()> {
        self.transaction.end(true);
        let database = self.environment.database.as_deref();
        let name = database.unwrap_or_default();
        let note = self.transaction.run(TABLE_WAIT, |storage, owner| {
            let (note, is_error) = match command {
                Command::CreateTable {
                    table,
                    if_not_exists,
                    definition,
                } => {
                    if storage.find(database, table)?.is_none() {
                        storage.create(name, table, definition)?;
                        return Ok(None);
                    }
                    let message = format!("Table '{table}' already exists");
                    (ServerError::new(1050, *b"42S01", message), !if_not_exists)
                }
                Command::DropTable { table, if_exists } => {
                    if let Some(id) = storage.find(database, table)?.map(|table| table.id) {
                        storage.lock(owner, Request::Drop(id))?;
                        storage.drop_table(id);
                        return Ok(None);
                    }
                    let message = format!("Unknown table '{name}.{table}'");
                    (ServerError::new(1051, *b"42S02", message), !if_exists)
                }
                _ => (unsupported(), true),
            };
            (!is_error)
                .then_some(Some(note.clone()))
                .ok_or(Stop::Fail(note))
        });
        if let Some(note) = note.await? {
            self.note("Note", note.number, note.message);
        }
        Ok(())
    }

    fn set(&mut self, assignments: &[Assignment], parameters: &[Value]) -> Result<()> {
        let mut variables = self.environment.variables.clone();
        let mut warnings = Vec::new();
        let mut user = Vec::new();
        let value = |expression: &Expression| {
            let (value, _) = self.environment.evaluate(expression, Some(parameters))?;
            Ok::<_, ServerError>(value)
        };
        for assignment in assignments {
            match assignment {
                Assignment::Names {
                    character_set,
                    collation,
                } => variables.set_names(character_set, collation.as_deref())?,
                Assignment::System(name, new) => {
                    warnings.extend(variables.write(name, &value(new)?)?);
                }
                Assignment::MoreModes(modes) => warnings.extend(variables.add_modes(modes)?),
                Assignment::User(name, new) => user.push((name, value(new)?)),
            }
        }
        for (name, value) in user {
            self.environment.set_user_variable(name, value)?;
        }
        let commits = variables.autocommit && !self.environment.variables.autocommit;
        self.environment.variables = variables;
        if commits {
            self.transaction.end(true);
        }
        for (number, message) in warnings {
            self.note("Warning", number, message.to_owned());
        }
        Ok(())
    }

    /// `COM_INIT_DB` and `USE`.
    ///
    /// # Errors
    ///
    /// 1049 if there is no such database.
    pub(crate) fn use_database(&mut self, name: &str) -> Result<()> {
        let lower = name.to_lowercase();
        let known = |storage: &mut Storage, _| storage.has_database(&lower);
        if !self.transaction.at_once(known) {
            return Err(unknown_database(name));
        }
        self.environment.database = Some(lower);
        Ok(())
    }

    /// `COM_RESET_CONNECTION`: rolls back, and forgets variables and settings.
    pub(crate) fn reset(&mut self) {
        self.transaction.end(false);
        self.diagnostics.clear();
        let collation = Collation::numbered(self.environment.information.collation);
        self.environment.variables = Variables::new(collation.unwrap_or(Collation::DEFAULT));
        self.environment.user_variables.clear();
        self.environment.last_insert_id = 0;
    }

    /// Whether a transaction is open, for the status flags of the protocol.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.open
    }

    /// Whether each statement commits at once, for the status flags of the protocol.
    pub(crate) fn autocommit(&self) -> bool {
        self.environment.variables.autocommit
    }
}

/// Runs a statement that changes nothing in the session, or only prepares it.
fn attempt(
    command: &Command,
    context: Context<'_>,
    storage: &mut Storage,
    made: &mut Option<i64>,
) -> Result<Outcome, Stop> {
    Ok(match command {
        Command::Select(select) => Outcome::Rows(query::select(select, context, storage)?),
        Command::Show(show) => Outcome::Rows(show::show(show, context.environment)?),
        Command::Change(table, what) => Outcome::Done(change(table, what, context, storage, made)?),
        _ => Outcome::Done(Done::default()),
    })
}

/// Waits for as long as all `SLEEP` together say.
async fn pause(expressions: impl Iterator<Item = &Expression>) {
    let seconds = expressions.map(|expression| match expression {
        Expression::Sleep(seconds, _) => *seconds,
        _ => 0.0,
    });
    let seconds = seconds.sum::<f64>();
    if seconds > 0.0 {
        sleep(Duration::try_from_secs_f64(seconds).unwrap_or(TABLE_WAIT)).await;
    }
}

/// Whether each parameter that a `SELECT` shows is a signed integer. For other types MySQL's answer
/// depends on those of earlier executions.
fn shows_integers(command: &Command, parameters: &[WireValue]) -> bool {
    let Command::Select(select) = command else {
        return true;
    };
    select.items.iter().all(|item| match item.expression() {
        Some(Expression::Parameter(index)) => {
            matches!(parameters.get(*index), Some(WireValue::Int(_)))
        }
        _ => true,
    })
}
