//! `INSERT` and `REPLACE`: row by row, so that each error, count and id is MySQL's.

use rusqlite::{OptionalExtension, types::Value};
use sqlparser::ast::{Assignment, Insert, OnInsert, TableObject};

use super::inserted_rows::{Given, default, plain_values, rows};
use super::{
    Done, SqlError,
    catalogue::{Table, quote},
    change,
    context::Context,
    interrupt,
    storage::Lease,
    store::{self, Place},
    translate::{Inserted, Translator},
    types::Type,
    written_row::Change,
};

struct Insertion<'a> {
    insert: &'a Insert,
    table: Table,
    /// The column of each value.
    positions: Vec<usize>,
    rows: Vec<Vec<Given>>,
    done: Done,
    first_generated: Option<u64>,
    /// Ids that are set aside: the next, and the first that is not.
    reserved: (u64, u64),
    /// Whether the row that is being inserted has taken one of them.
    took_id: bool,
    intervals: u32,
    expected: u64,
    last_id: u64,
    duplicates: u64,
}

pub(crate) fn run(
    context: &mut Context,
    lease: &mut Lease,
    insert: &Insert,
    parameters: (&[Value], &[Type]),
) -> Result<Done, SqlError> {
    check(insert)?;
    let TableObject::TableName(name) = &insert.table else {
        return Err(SqlError::unsupported(insert));
    };
    let mut translator = Translator::new(context, lease, parameters.0, parameters.1);
    let table = translator.table(name)?;
    let (positions, rows, many) = rows(&mut translator, insert, &table)?;
    let mut insertion = Insertion {
        insert,
        table,
        positions,
        rows,
        done: Done::default(),
        first_generated: None,
        reserved: (0, 0),
        took_id: false,
        intervals: 0,
        expected: 0,
        last_id: 0,
        duplicates: 0,
    };
    let rows = std::mem::take(&mut insertion.rows);
    let count = rows.len();
    let from_query = many
        && insert
            .source
            .as_deref()
            .is_none_or(|source| plain_values(source).is_none());
    insertion.expected = if from_query {
        0
    } else {
        u64::try_from(count).unwrap_or(u64::MAX)
    };
    for (index, row) in rows.into_iter().enumerate() {
        if interrupt::is_asked() {
            return Err(SqlError::interrupted());
        }
        insertion.row(context, lease, row, index + 1, parameters)?;
    }
    if let Some(id) = insertion.first_generated {
        context.last_insert_id = id;
    }
    insertion.done.last_insert_id = insertion.first_generated.unwrap_or(insertion.last_id);
    if many {
        insertion.done.info = format!(
            "Records: {count}  Duplicates: {}  Warnings: 0",
            insertion.duplicates
        );
    }
    Ok(insertion.done)
}

fn check(insert: &Insert) -> Result<(), SqlError> {
    let plain = insert.or.is_none()
        && insert.table_alias.is_none()
        && !insert.by_name
        && !insert.overwrite
        && insert.partitioned.is_none()
        && insert.after_columns.is_empty()
        && insert.overriding.is_none()
        && !insert.has_table_keyword
        && insert.returning.is_none()
        && insert.output.is_none()
        && insert.settings.is_none()
        && insert.format_clause.is_none()
        && insert.multi_table_insert_type.is_none()
        && !(insert.replace_into && (insert.on.is_some() || insert.ignore))
        && !(insert.ignore && insert.on.is_some());
    let alias = insert
        .insert_alias
        .as_ref()
        .is_none_or(|alias| alias.col_aliases.as_ref().is_none_or(Vec::is_empty));
    if plain && alias {
        Ok(())
    } else {
        Err(SqlError::unsupported(insert))
    }
}

impl Insertion<'_> {
    fn row(
        &mut self,
        context: &Context,
        lease: &mut Lease,
        row: Vec<Given>,
        number: usize,
        parameters: (&[Value], &[Type]),
    ) -> Result<(), SqlError> {
        self.took_id = false;
        let result = self.row_inner(context, lease, row, number, parameters);
        match result {
            Err(error) if self.insert.ignore => match error.number {
                1062 | 1452 => {
                    self.duplicates += 1;
                    self.return_id();
                    Ok(())
                }
                1048 | 1264 | 1265 | 1292 | 1364 | 1366 | 1406 | 3819 | 3140 => {
                    Err(SqlError::unsupported(format!(
                        "INSERT IGNORE with a value that is refused: {}",
                        error.message
                    )))
                }
                _ => Err(error),
            },
            other => other,
        }
    }

    fn row_inner(
        &mut self,
        context: &Context,
        lease: &mut Lease,
        row: Vec<Given>,
        number: usize,
        parameters: (&[Value], &[Type]),
    ) -> Result<(), SqlError> {
        let mut given: Vec<Given> = vec![None; self.table.columns.len()];
        for (position, value) in self.positions.iter().zip(row) {
            given[*position] = value;
        }
        let automatic = self.table.auto_increment();
        let mut values = Vec::with_capacity(given.len());
        let mut generate = None;
        for (index, (column, given)) in self.table.columns.iter().zip(given).enumerate() {
            if Some(index) == automatic {
                let stored = match given {
                    None | Some((Value::Null, _)) => Value::Integer(0),
                    Some((value, kind)) => {
                        let place = Place {
                            column,
                            row: number,
                            offset: 0,
                        };
                        store::store(value, kind, place)?
                    }
                };
                if stored == Value::Integer(0) && !context.variables.zero_is_a_value() {
                    generate = Some(index);
                }
                values.push(stored);
                continue;
            }
            values.push(match given {
                None => default(column, context, number)?,
                Some((value, kind)) => {
                    let offset = context.variables.time_offset();
                    store::store(
                        value,
                        kind,
                        Place {
                            column,
                            row: number,
                            offset,
                        },
                    )?
                }
            });
        }
        let mut id = None;
        if let Some(index) = generate {
            let next = self.next_id(context, lease, index)?;
            let column = &self.table.columns[index];
            let place = Place {
                column,
                row: number,
                offset: 0,
            };
            let number = i64::try_from(next).unwrap_or(i64::MAX);
            values[index] = store::store(Value::Integer(number), super::types::BIGINT, place)
                .map_err(|_| {
                    SqlError::new(
                        1467,
                        *b"HY000",
                        "Failed to read auto-increment value from storage engine",
                    )
                })?;
            id = Some(next);
        } else if let Some(index) = automatic
            && let Value::Integer(explicit @ 1..) = values[index]
        {
            let explicit = explicit.unsigned_abs();
            self.last_id = explicit;
            if explicit >= self.reserved.0 {
                self.reserved = (0, 0);
            }
            // The counter must know of the rows that were there.
            if context
                .storage
                .next_id(&self.table.database, &self.table.name)
                .is_none()
            {
                let next = self.first_id(lease, index)?;
                context
                    .storage
                    .set_next_id(&self.table.database, &self.table.name, Some(next));
            }
            context
                .storage
                .id_used(&self.table.database, &self.table.name, explicit);
        }
        let change = Change::new(&self.table, context);
        let written = if self.insert.replace_into {
            let replaced = change.delete_conflicting(lease, &values)?;
            change.insert(lease, &values)?;
            self.duplicates += replaced;
            1 + replaced
        } else if let Some(OnInsert::DuplicateKeyUpdate(assignments)) = &self.insert.on {
            match change.conflict(lease, &values, None)? {
                None => {
                    change.insert(lease, &values)?;
                    1
                }
                Some((row, _)) => {
                    self.duplicates += 1;
                    id = None;
                    self.return_id();
                    let affected =
                        self.update(context, lease, (row, assignments), &values, parameters)?;
                    if let (Some(index), 1..) = (automatic, affected) {
                        let kept: Option<i64> = lease
                            .query_row(
                                &format!(
                                    "SELECT {} FROM {} WHERE {} = ?1",
                                    quote(&self.table.columns[index].name),
                                    self.table.sqlite_name(),
                                    self.table.row_number()?
                                ),
                                [row],
                                |row| row.get(0),
                            )
                            .optional()?;
                        self.last_id = kept.map_or(0, i64::unsigned_abs);
                    }
                    affected
                }
            }
        } else if let Some(OnInsert::OnConflict(_)) = &self.insert.on {
            return Err(SqlError::unsupported("ON CONFLICT"));
        } else {
            change.insert(lease, &values)?;
            1
        };
        self.done.affected_rows += written;
        if let Some(id) = id {
            self.first_generated.get_or_insert(id);
        }
        Ok(())
    }

    /// The next row of the statement gets the id of one that was not inserted.
    fn return_id(&mut self) {
        if std::mem::take(&mut self.took_id) {
            self.reserved.0 -= 1;
        }
    }

    fn first_id(&self, lease: &Lease, column: usize) -> Result<u64, SqlError> {
        let sql = format!(
            "SELECT MAX({}) FROM {}",
            quote(&self.table.columns[column].name),
            self.table.sqlite_name()
        );
        let greatest: Option<i64> = lease.query_row(&sql, [], |row| row.get(0))?;
        let next = greatest.unwrap_or(0).max(0).unsigned_abs() + 1;
        Ok(next.max(self.table.first_id))
    }

    /// As `InnoDB` gives them: for rows that are counted all at once, for those of a query 1, 2, 4, ….
    fn next_id(
        &mut self,
        context: &Context,
        lease: &Lease,
        column: usize,
    ) -> Result<u64, SqlError> {
        if self.table.temporary {
            // Of one session only: no counter is shared.
            return self.first_id(lease, column);
        }
        if self.reserved.0 == self.reserved.1 {
            let count = match self.expected {
                0 => 1 << self.intervals.min(16),
                expected => expected,
            };
            self.intervals += 1;
            let (database, table) = (&self.table.database, &self.table.name);
            let first = context
                .storage
                .next_ids(database, table, count, || self.first_id(lease, column))?;
            self.reserved = (first, first.saturating_add(count));
        }
        let id = self.reserved.0;
        self.reserved.0 += 1;
        self.took_id = true;
        Ok(id)
    }

    /// `ON DUPLICATE KEY UPDATE` of one row: 2 if it changed, else 0, or 1 where found rows count.
    fn update(
        &self,
        context: &Context,
        lease: &mut Lease,
        (row, assignments): (i64, &[Assignment]),
        values: &[Value],
        parameters: (&[Value], &[Type]),
    ) -> Result<u64, SqlError> {
        let mut translator = Translator::new(context, lease, parameters.0, parameters.1);
        translator.inserted = Some(Inserted {
            alias: self
                .insert
                .insert_alias
                .as_ref()
                .map(|alias| alias.row_alias.to_string().trim_matches('`').to_owned()),
            table: self.table.clone(),
            values: values.to_vec(),
        });
        let affected = change::update_rows(
            &mut translator,
            &self.table,
            &self.table.name.clone(),
            assignments,
            |_| Ok(format!(" WHERE {} = {row}", self.table.row_number()?)),
        )?;
        Ok(match (affected.1, context.count_found_rows) {
            (0, true) => 1,
            (changed, _) => changed * 2,
        })
    }
}
