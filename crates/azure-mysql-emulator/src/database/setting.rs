//! `SET`.

use rusqlite::types::Value;
use sqlparser::ast::Expr;

use super::{
    SqlError,
    parse::Setting,
    session::Session,
    types::{Collation, TextForm, Type},
};

impl Session {
    pub(super) fn set(
        &mut self,
        setting: &Setting,
        parameters: (&[Value], &[Type]),
    ) -> Result<(), SqlError> {
        match setting {
            Setting::User { name, value } => {
                let (value, mut kind) = self.evaluate(value, parameters)?;
                let variables = &mut self.context.user_variables;
                match (kind, variables.get(name)) {
                    // Its type stays.
                    (Type::Null, Some((_, known))) => kind = *known,
                    (Type::Text { collation, .. }, _) => {
                        kind = Type::Text {
                            form: TextForm::LongLarge,
                            length: u32::MAX,
                            collation,
                        };
                    }
                    _ => {}
                }
                variables.insert(name.clone(), (value, kind));
                Ok(())
            }
            Setting::Names { charset, collation } => {
                if let Some(charset) = charset {
                    let charset = Value::Text(charset.clone());
                    for variable in [
                        "character_set_client",
                        "character_set_connection",
                        "character_set_results",
                    ] {
                        self.context.variables.write(variable, Some(&charset))?;
                    }
                }
                let collation = match collation {
                    Some(collation) => Collation::named(collation)?,
                    None => Collation::Default,
                };
                let name = Value::Text(collation.name().to_owned());
                self.context
                    .variables
                    .write("collation_connection", Some(&name))
            }
            Setting::Transaction {
                isolation,
                read_only,
            } => {
                if self.context.in_transaction {
                    return Err(SqlError::new(
                        1568,
                        *b"25001",
                        "Transaction characteristics can't be changed while a transaction is in \
                         progress",
                    ));
                }
                if let Some(isolation) = isolation {
                    let value = Value::Text((*isolation).to_owned());
                    self.context
                        .variables
                        .write("transaction_isolation", Some(&value))?;
                }
                if let Some(read_only) = read_only {
                    let value = Value::Integer((*read_only).into());
                    self.context
                        .variables
                        .write("transaction_read_only", Some(&value))?;
                }
                Ok(())
            }
            Setting::Variable {
                global,
                name,
                value,
            } => self.set_variable(*global, name, value.as_ref(), parameters),
        }
    }

    fn set_variable(
        &mut self,
        global: bool,
        name: &str,
        value: Option<&Expr>,
        parameters: (&[Value], &[Type]),
    ) -> Result<(), SqlError> {
        if global {
            return Err(SqlError::unsupported(format!("SET GLOBAL {name}")));
        }
        let value = match value {
            None => None,
            Some(value) => Some(self.evaluate(value, parameters)?.0),
        };
        match name {
            "autocommit" => {
                let on = match &value {
                    None | Some(Value::Integer(1)) => true,
                    Some(Value::Integer(0)) => false,
                    Some(Value::Text(text)) if text.eq_ignore_ascii_case("ON") => true,
                    Some(Value::Text(text)) if text.eq_ignore_ascii_case("OFF") => false,
                    _ => {
                        return Err(SqlError::new(
                            1231,
                            *b"42000",
                            "Variable 'autocommit' can't be set to that value",
                        ));
                    }
                };
                if on && !self.context.autocommit {
                    self.transaction.end(&mut self.context, true)?;
                }
                self.context.autocommit = on;
                Ok(())
            }
            "foreign_key_checks" if self.context.in_transaction => Err(SqlError::unsupported(
                "SET foreign_key_checks in a transaction",
            )),
            "last_insert_id" | "insert_id" => Err(SqlError::unsupported(format!("SET {name}"))),
            _ => self.context.variables.write(name, value.as_ref()),
        }
    }
}
