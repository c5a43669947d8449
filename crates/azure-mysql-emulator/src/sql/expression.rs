//! Values that need no table, and what the protocol says of them.

use std::{collections::HashMap, sync::Arc};

use super::{
    ast::{Expression, Function},
    error::{Result, unsupported},
    interface::{ServerInformation, SessionInformation},
    locks::Owner,
    metadata::{Collation, Kind},
    table::Value,
    variables::Variables,
};

/// What the user variables of a session may take, in bytes.
const MOST_USER_BYTES: usize = 1 << 20;

/// What a session is asked for.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) server: Arc<dyn ServerInformation>,
    pub(super) information: SessionInformation,
    pub(super) variables: Variables,
    pub(super) database: Option<String>,
    pub(super) user_variables: HashMap<String, (Value, Kind)>,
    pub(super) last_insert_id: i64,
}

/// What a statement is run with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) environment: &'a Environment,
    /// `None` if the statement is only to be prepared: whether its names are right.
    pub(super) parameters: Option<&'a [Value]>,
    pub(super) owner: Owner,
}

impl Environment {
    pub(super) fn context<'a>(&'a self, parameters: &'a [Value], owner: Owner) -> Context<'a> {
        Context {
            environment: self,
            parameters: Some(parameters),
            owner,
        }
    }

    pub(super) fn set_user_variable(&mut self, name: &str, value: Value) -> Result<()> {
        let kept = self.user_variables.values().map(|(value, _)| value.size());
        let kind = match &value {
            _ if kept.sum::<usize>() + value.size() > MOST_USER_BYTES => return Err(unsupported()),
            Value::Null | Value::Real(_) => return Err(unsupported()),
            Value::Integer(_) => Kind::integer(21, false, true),
            Value::Text(_) => Kind::long_text(self.variables.connection),
        };
        self.user_variables.insert(name.to_owned(), (value, kind));
        Ok(())
    }

    /// The value of an expression in which there is no column. Before the parameters are given, they
    /// are NULL.
    ///
    /// `SLEEP` gives 0 at once: whoever runs the statement waits before.
    pub(super) fn evaluate(
        &self,
        expression: &Expression,
        parameters: Option<&[Value]>,
    ) -> Result<(Value, Kind)> {
        Ok(match expression {
            Expression::Null => (Value::Null, Kind::NULL),
            Expression::Integer { value, digits } => {
                (Value::Integer(*value), Kind::integer(*digits, false, false))
            }
            Expression::Text(text) => {
                let kind = Kind::text(characters(text), self.variables.connection, false);
                (Value::Text(text.as_str().into()), kind)
            }
            // As an item of `SELECT`. Who uses it as something else knows its type.
            Expression::Parameter(index) => {
                let given = parameters.and_then(|parameters| parameters.get(*index));
                let kind = match given {
                    Some(_) => Kind::integer(21, false, true),
                    None => Kind::parameter(self.variables.connection),
                };
                (given.cloned().unwrap_or(Value::Null), kind)
            }
            Expression::System(name) => return self.variables.read(name, &*self.server),
            Expression::User(name) => {
                let unset = (Value::Null, Kind::UNSET);
                self.user_variables.get(name).cloned().unwrap_or(unset)
            }
            Expression::Function(function) => self.function(*function),
            Expression::Sleep(_, plus) => {
                let kind = Kind::integer(21 + u32::from(plus.is_some()), false, false);
                (Value::Integer(plus.unwrap_or_default().into()), kind)
            }
            Expression::Column(_) | Expression::CountRows => return Err(unsupported()),
        })
    }

    fn function(&self, function: Function) -> (Value, Kind) {
        let system = |text: &str, characters: u32, nullable| {
            let kind = Kind::text(characters, Collation::SYSTEM, nullable);
            (Value::Text(text.into()), kind)
        };
        let user = &self.information.user;
        let id = self.information.connection_id;
        match function {
            Function::CurrentUser => system(&format!("{user}@%"), 288, true),
            Function::User => system(&format!("{user}@localhost"), 288, true),
            Function::Database => match &self.database {
                Some(name) => system(name, 64, true),
                None => (Value::Null, Kind::text(64, Collation::SYSTEM, true)),
            },
            Function::Version => {
                let version = self.server.version();
                system(version, characters(version), false)
            }
            Function::ConnectionId => (Value::Integer(id.into()), Kind::integer(21, true, false)),
            Function::ConnectionIdAsText => {
                let kind = Kind::text(21, self.variables.connection, true);
                (Value::Text(id.to_string().into()), kind)
            }
            Function::LastInsertId => {
                let id = self.last_insert_id;
                (Value::Integer(id), Kind::integer(21, true, false))
            }
        }
    }
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
