//! Statements that give no rows.

use rusqlite::types::Value;
use sqlparser::ast::{self, Expr, TableObject};

use super::session::{Parameters, Session, table_name};
use super::{Done, SqlError, change, ddl, definition, insert, parse::Kind, translate::split_name};
use super::{alter, rebuild};

impl Session {
    pub(crate) fn other(
        &mut self,
        statement: &ast::Statement,
        parameters: Parameters<'_>,
    ) -> Result<Done, SqlError> {
        match statement {
            ast::Statement::Insert(insert) => {
                let TableObject::TableName(name) = &insert.table else {
                    return Err(SqlError::unsupported(statement));
                };
                self.write(name, |context, lease| {
                    insert::run(context, lease, insert, parameters)
                })
            }
            ast::Statement::Update(update) => {
                let name = table_name(&update.table.relation)?;
                self.write(name, |context, lease| {
                    change::update(context, lease, update, parameters)
                })
            }
            ast::Statement::Delete(delete) => {
                let (ast::FromTable::WithFromKeyword(from) | ast::FromTable::WithoutKeyword(from)) =
                    &delete.from;
                let [from] = from.as_slice() else {
                    return Err(SqlError::unsupported(statement));
                };
                let name = table_name(&from.relation)?;
                self.write(name, |context, lease| {
                    change::delete(context, lease, delete, parameters)
                })
            }
            other if !parameters.0.is_empty() => {
                Err(SqlError::unsupported(format!("? in {other}")))
            }
            ast::Statement::CreateTable(create) => {
                if create.temporary {
                    // No implicit commit.
                    self.write_temporary(|context, lease| {
                        ddl::create_table(context, lease, create)
                    })?;
                } else {
                    self.define(&create.name, |context, lease| {
                        ddl::create_table(context, lease, create)
                    })?;
                }
                Ok(Done::default())
            }
            ast::Statement::AlterTable(alter) => self.define(&alter.name, |context, lease| {
                alter::alter(context, lease, alter)
            }),
            ast::Statement::Drop {
                object_type,
                if_exists,
                names,
                cascade: _,
                restrict: _,
                purge: false,
                temporary,
                table: None,
            } => {
                let flags = (*if_exists, *temporary);
                let first = names
                    .first()
                    .ok_or_else(|| SqlError::unsupported(statement))?;
                let all_temporary = names.iter().all(|name| {
                    split_name(name).is_ok_and(|(database, name)| {
                        database.is_none() && self.context.temporary.contains_key(&name)
                    })
                });
                if all_temporary {
                    self.write(first, |context, lease| {
                        ddl::drop_tables(context, lease, *object_type, names, flags)
                    })?;
                } else {
                    self.define(first, |context, lease| {
                        ddl::drop_tables(context, lease, *object_type, names, flags)
                    })?;
                }
                Ok(Done::default())
            }
            ast::Statement::Truncate(truncate) => {
                let ([target], None) = (truncate.table_names.as_slice(), &truncate.partitions)
                else {
                    return Err(SqlError::unsupported(statement));
                };
                self.define(&target.name, |context, lease| {
                    ddl::truncate(context, lease, &target.name)
                })?;
                Ok(Done::default())
            }
            ast::Statement::CreateIndex(create) => {
                self.define(&create.table_name, |context, lease| {
                    ddl::create_index(context, lease, create)
                })?;
                Ok(rebuild::altered(0))
            }
            other => Err(SqlError::unsupported(other)),
        }
    }

    pub(crate) fn command(
        &mut self,
        command: &Kind,
        parameters: Parameters<'_>,
    ) -> Result<Done, SqlError> {
        match command {
            Kind::Set(settings) => {
                for setting in settings {
                    self.set(setting, parameters)?;
                }
            }
            Kind::Use(name) => self.use_database(name)?,
            Kind::Do(values) => {
                for value in values {
                    self.evaluate(value, parameters)?;
                }
            }
            Kind::Kill { query_only, id } => self.kill(*query_only, id, parameters)?,
            Kind::Begin { read_only } => {
                self.transaction.end(&mut self.context, true)?;
                self.context.in_transaction = true;
                self.transaction.read_only = *read_only || self.context.variables.read_only();
            }
            Kind::Commit => self.transaction.end(&mut self.context, true)?,
            Kind::Rollback => self.transaction.end(&mut self.context, false)?,
            Kind::Savepoint(name) => {
                self.touch();
                self.transaction.savepoint(&self.context, name)?;
            }
            Kind::RollbackTo(name) => self.transaction.to_savepoint(name, false)?,
            Kind::Release(name) => self.transaction.to_savepoint(name, true)?,
            Kind::CreateDatabase {
                name,
                if_not_exists,
            } => {
                self.transaction.end(&mut self.context, true)?;
                definition::check_name(name)?;
                if !(*if_not_exists && self.context.storage.exists(name)) {
                    self.context.storage.create_database(name)?;
                }
                return Ok(Done {
                    affected_rows: 1,
                    ..Done::default()
                });
            }
            Kind::DropDatabase { name, if_exists } => {
                self.transaction.end(&mut self.context, true)?;
                if !*if_exists || self.context.storage.exists(name) {
                    self.context.storage.drop_database(name)?;
                    if self.context.database.as_ref() == Some(name) {
                        self.context.database = None;
                    }
                }
            }
            Kind::RenameTables(pairs) => {
                for (from, to) in pairs {
                    self.define(from, |context, lease| ddl::rename(context, lease, from, to))?;
                }
            }
            Kind::DropIndex { name, table } => {
                self.define(table, |context, lease| {
                    ddl::drop_index_of(context, lease, name, table)
                })?;
                return Ok(rebuild::altered(0));
            }
            _ => {}
        }
        Ok(Done::default())
    }

    pub(crate) fn kill(
        &mut self,
        query_only: bool,
        id: &Expr,
        parameters: Parameters<'_>,
    ) -> Result<(), SqlError> {
        let (id, _) = self.evaluate(id, parameters)?;
        let connection = match id {
            Value::Integer(id) => u32::try_from(id).ok(),
            _ => None,
        };
        if connection == Some(self.context.information.connection_id) {
            return Err(SqlError::interrupted());
        }
        if query_only {
            return Err(SqlError::unsupported("KILL QUERY of another connection"));
        }
        if connection.is_some_and(|id| self.context.server.kill(id)) {
            return Ok(());
        }
        let shown = connection.unwrap_or_default();
        Err(SqlError::new(
            1094,
            *b"HY000",
            format!("Unknown thread id: {shown}"),
        ))
    }
}
