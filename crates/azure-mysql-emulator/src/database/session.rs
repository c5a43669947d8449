//! A session runs statements, one after the other.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use mysql_common::{Value as Wire, constants::ColumnType, packets::Column};
use rusqlite::types::Value;
use sqlparser::ast::{self, Expr, ObjectName, TableFactor};

use super::{
    Interrupt, Outcome, Rows, ServerInformation, SessionInformation, SqlError, Statement, change,
    context::Context,
    parse::{self, Kind},
    show,
    storage::Storage,
    transaction::{Access, Transaction},
    translate::{OutputColumn, Translator, split_name},
    types::{TextForm, Type},
    value,
    variables::Variables,
};

/// What one MySQL connection has.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) context: Context,
    pub(super) transaction: Transaction,
    interrupt: Interrupt,
}

pub(super) type Parameters<'a> = (&'a [Value], &'a [Type]);

impl Session {
    pub(super) fn start(
        storage: Arc<Storage>,
        server: Arc<dyn ServerInformation>,
        information: SessionInformation,
    ) -> Self {
        Self {
            context: Context {
                storage,
                server,
                count_found_rows: information.found_rows,
                information,
                database: None,
                variables: Variables::default(),
                user_variables: HashMap::new(),
                temporary: BTreeMap::new(),
                last_insert_id: 0,
                row_count: -1,
                found_rows: 0,
                now: 0,
                autocommit: true,
                in_transaction: false,
            },
            transaction: Transaction::default(),
            interrupt: Interrupt::default(),
        }
    }

    /// Takes a text apart into statements: most hold one, and a driver may send several.
    ///
    /// # Errors
    ///
    /// 1064 if the text is not understood; then none of it has been run. 1065 if it holds none.
    pub(crate) fn parse(&self, text: &str) -> Result<Vec<Statement>, SqlError> {
        let statements = on_large_stack(|| parse::parse(text, &self.context.variables))?;
        Ok(statements
            .into_iter()
            .map(|(kind, parameters)| Statement { kind, parameters })
            .collect())
    }

    /// The columns that the statement will return, none if it returns no rows.
    pub(crate) fn columns(&mut self, statement: &Statement) -> Result<Vec<Column>, SqlError> {
        self.watched(|session| session.columns_of(&statement.kind))
    }

    fn columns_of(&mut self, kind: &Kind) -> Result<Vec<Column>, SqlError> {
        match kind {
            Kind::Query { query, names } => self.read(|context, lease| {
                let mut translator = Translator::new(context, lease, &[], &[]);
                translator.names.clone_from(names);
                let translated = translator.query(query)?;
                let charset = context.variables.result_character_set();
                Ok(translated
                    .columns
                    .iter()
                    .map(|column| describe(column, charset))
                    .collect())
            }),
            Kind::Show(show) => self.read(|context, lease| show::columns_of(context, lease, show)),
            _ => Ok(Vec::new()),
        }
    }

    /// Runs one statement.
    pub(crate) fn run(
        &mut self,
        statement: &Statement,
        parameters: &[Wire],
    ) -> Result<Outcome, SqlError> {
        if parameters.len() != statement.parameters {
            return Err(SqlError::new(
                1210,
                *b"HY000",
                "Incorrect arguments to mysqld_stmt_execute",
            ));
        }
        let mut values = Vec::with_capacity(parameters.len());
        let mut kinds = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            let (value, kind) = value::of_parameter(parameter)?;
            values.push(value);
            kinds.push(kind);
        }
        let result = self.watched(|session| session.run_kind(&statement.kind, (&values, &kinds)));
        self.context.row_count = match &result {
            Ok(Outcome::Done(done)) => i64::try_from(done.affected_rows).unwrap_or(i64::MAX),
            Ok(Outcome::Rows(rows)) => {
                self.context.found_rows = u64::try_from(rows.rows.len()).unwrap_or(u64::MAX);
                -1
            }
            Err(_) => -1,
        };
        if let Err(error) = &result
            && error.number == 1213
        {
            self.transaction.end(&mut self.context, false)?;
        }
        result
    }

    /// Does what a statement asks for, unless it is interrupted. It may have to wait all along: for a
    /// lock, and at first for who opens the database at the same time.
    fn watched<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.context.start_statement();
        let lock_wait = self.context.variables.lock_wait_timeout();
        let _watch = self.interrupt.watch(lock_wait);
        let result = on_large_stack(|| work(self));
        // A wait for a lock that was interrupted looks to SQLite like one that took too long.
        result.map_err(|error| match error.number {
            1205 if self.interrupt.asked() => SqlError::interrupted(),
            _ => error,
        })
    }

    fn run_kind(&mut self, kind: &Kind, parameters: Parameters<'_>) -> Result<Outcome, SqlError> {
        match kind {
            Kind::Query { query, names } => self.query(query, names, parameters).map(Outcome::Rows),
            Kind::Other(statement) => self.other(statement, parameters).map(Outcome::Done),
            Kind::Show(show) => self
                .read(|context, lease| show::run(context, lease, show))
                .map(Outcome::Rows),
            command => self.command(command, parameters).map(Outcome::Done),
        }
    }

    /// Without autocommit, each statement that touches tables is in a transaction.
    pub(super) fn touch(&mut self) {
        if !self.context.autocommit {
            self.context.in_transaction = true;
        }
    }

    pub(super) fn read<T>(
        &mut self,
        statement: impl FnOnce(&mut Context, &mut super::storage::Lease) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.transaction
            .run(&mut self.context, (Access::Read, None), statement)
    }

    pub(super) fn query(
        &mut self,
        query: &ast::Query,
        names: &[String],
        parameters: Parameters<'_>,
    ) -> Result<Rows, SqlError> {
        self.touch();
        let locked = if query.locks.is_empty() || !self.context.in_transaction {
            None
        } else {
            self.context.database.clone()
        };
        let how = (Access::Read, locked.as_deref());
        self.transaction
            .run(&mut self.context, how, |context, lease| {
                let mut translator = Translator::new(context, lease, parameters.0, parameters.1);
                translator.names = names.to_vec();
                let translated = translator.query(query)?;
                let charset = context.variables.result_character_set();
                let columns = translated
                    .columns
                    .iter()
                    .map(|column| describe(column, charset))
                    .collect();
                let fetched =
                    change::fetch(&mut translator, &translated.sql, translated.columns.len())?;
                let mut rows = Vec::with_capacity(fetched.len());
                for row in fetched {
                    let values: Result<Vec<Wire>, SqlError> = row
                        .into_iter()
                        .zip(&translated.columns)
                        .map(|(value, column)| value::to_wire(value, column.kind))
                        .collect();
                    rows.push(values?);
                }
                Ok(Rows { columns, rows })
            })
    }

    /// A single value of an expression that stands in no query.
    pub(super) fn evaluate(
        &mut self,
        expression: &Expr,
        parameters: Parameters<'_>,
    ) -> Result<(Value, Type), SqlError> {
        self.read(|context, lease| {
            let mut translator = Translator::new(context, lease, parameters.0, parameters.1);
            let value = translator.expression(expression)?;
            let mut rows = change::fetch(&mut translator, &format!("SELECT {}", value.sql), 1)?;
            let found = rows
                .pop()
                .and_then(|mut row| row.pop())
                .unwrap_or(Value::Null);
            Ok((found, value.kind))
        })
    }

    pub(super) fn database_of(&self, name: &ObjectName) -> Result<String, SqlError> {
        let (database, _) = split_name(name)?;
        database
            .or_else(|| self.context.database.clone())
            .ok_or_else(SqlError::no_database)
    }

    pub(super) fn write<T>(
        &mut self,
        name: &ObjectName,
        statement: impl FnOnce(&mut Context, &mut super::storage::Lease) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let database = self.database_of(name)?;
        let (named, table) = split_name(name)?;
        if named.is_none() && self.context.temporary.contains_key(&table) {
            return self.write_temporary(statement);
        }
        self.touch();
        let how = (Access::Write, Some(database.as_str()));
        self.transaction.run(&mut self.context, how, statement)
    }

    /// What only this session sees needs no lock.
    pub(super) fn write_temporary<T>(
        &mut self,
        statement: impl FnOnce(&mut Context, &mut super::storage::Lease) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.touch();
        let how = (Access::Write, None);
        self.transaction.run(&mut self.context, how, statement)
    }

    pub(super) fn define<T>(
        &mut self,
        name: &ObjectName,
        statement: impl FnOnce(&mut Context, &mut super::storage::Lease) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let database = self.database_of(name)?;
        self.transaction
            .run_definition(&mut self.context, &database, statement)
    }

    /// `COM_INIT_DB` and `USE`.
    pub(crate) fn use_database(&mut self, name: &str) -> Result<(), SqlError> {
        if name.eq_ignore_ascii_case("information_schema") {
            self.context.database = Some("information_schema".to_owned());
            return Ok(());
        }
        if !self.context.storage.exists(name) {
            return Err(SqlError::unknown_database(name));
        }
        self.context.database = Some(name.to_owned());
        Ok(())
    }

    /// `COM_RESET_CONNECTION`: rolls back, and forgets temporary tables, variables and settings.
    pub(crate) fn reset(&mut self) -> Result<(), SqlError> {
        let database = self.context.database.clone();
        let closed = self.close();
        let context = &mut self.context;
        context.database = database;
        context.variables = Variables::default();
        context.user_variables.clear();
        context.last_insert_id = 0;
        context.row_count = -1;
        context.found_rows = 0;
        context.autocommit = true;
        closed
    }

    /// Lets go of what other sessions may wait for.
    fn close(&mut self) -> Result<(), SqlError> {
        let ended = self.transaction.end(&mut self.context, false);
        self.transaction.connection = None;
        self.context.temporary.clear();
        let id = self.context.information.connection_id;
        self.context.storage.locks.release_all(id);
        ended
    }

    /// Whether a transaction is open, for the status flags of the protocol.
    pub(crate) fn in_transaction(&self) -> bool {
        self.context.in_transaction
    }

    /// Whether each statement commits at once, for the status flags of the protocol.
    pub(crate) fn autocommit(&self) -> bool {
        self.context.autocommit
    }

    /// Ends the statement that runs, from another thread.
    pub(crate) fn interrupt_handle(&self) -> Interrupt {
        self.interrupt.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What fails here goes with the connection.
        let _ = self.close();
    }
}

/// Trees are walked by recursion: 200 levels take more than the stack of a thread may have left.
fn on_large_stack<T>(work: impl FnOnce() -> T) -> T {
    const SIZE: usize = 16 << 20;
    stacker::maybe_grow(SIZE / 2, SIZE, work)
}

pub(super) fn table_name(factor: &TableFactor) -> Result<&ObjectName, SqlError> {
    match factor {
        TableFactor::Table { name, .. } => Ok(name),
        other => Err(SqlError::unsupported(other)),
    }
}

/// Long text of an expression has a type of its own; that of a column has not.
fn long(described: Column, kind: Type) -> Column {
    match kind {
        Type::Text {
            form: TextForm::LongLarge,
            ..
        } => Column::new(ColumnType::MYSQL_TYPE_LONG_BLOB)
            .with_name(described.name_ref())
            .with_flags(described.flags())
            .with_character_set(described.character_set())
            .with_column_length(described.column_length()),
        _ => described,
    }
}

fn describe(column: &OutputColumn, character_set: u16) -> Column {
    let mut described = column
        .kind
        .describe(column.nullable)
        .with_name(column.name.as_bytes());
    if described.character_set() != 63 {
        described = described.with_character_set(character_set);
    }
    match &column.origin {
        // Text that is of no column has no number of decimals: 31.
        None if matches!(column.kind, Type::Text { .. } | Type::Bytes { .. }) => {
            long(described, column.kind).with_decimals(31)
        }
        None => described,
        Some(origin) => {
            let flags = described.flags() | origin.flags;
            described
                .with_schema(origin.database.as_bytes())
                .with_table(origin.alias.as_bytes())
                .with_org_table(origin.table.as_bytes())
                .with_org_name(origin.column.as_bytes())
                .with_flags(flags)
        }
    }
}
