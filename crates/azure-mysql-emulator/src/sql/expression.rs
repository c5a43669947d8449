//! Values that need no table, and what the protocol says of them.

use std::{collections::HashMap, sync::Arc};

use super::{
    ast::{Expression, Function},
    error::{Result, unsupported},
    interface::{ServerInformation, SessionInformation},
    locks::Owner,
    metadata::{Collation, Kind, Shape},
    table::Value,
    variables::Variables,
};

/// User variables of a session.
const MOST_USER_VARIABLES: usize = 1_000;

/// All of their text, in bytes.
const MOST_USER_BYTES: usize = 1 << 20;

/// What a session is asked for.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) server: Arc<dyn ServerInformation>,
    pub(super) information: SessionInformation,
    pub(super) variables: Variables,
    pub(super) database: Option<String>,
    pub(super) user_variables: HashMap<String, (Value, Collation)>,
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
    /// # Errors
    ///
    /// 1064 if there are too many, or too long ones.
    pub(super) fn set_user_variable(&mut self, name: &str, value: Value) -> Result<()> {
        let kept = self.user_variables.values().map(|(value, _)| value.size());
        if self.user_variables.len() >= MOST_USER_VARIABLES
            || kept.sum::<usize>() + value.size() > MOST_USER_BYTES
        {
            return Err(unsupported());
        }
        let collation = self.variables.connection;
        self.user_variables
            .insert(name.to_owned(), (value, collation));
        Ok(())
    }

    /// The value of an expression in which there is no column. Before the parameters are given, they
    /// are NULL.
    ///
    /// `SLEEP` gives 0 at once: whoever runs the statement waits before.
    ///
    /// # Errors
    ///
    /// 1064 for what is not supported here.
    pub(super) fn evaluate(
        &self,
        expression: &Expression,
        parameters: Option<&[Value]>,
    ) -> Result<(Value, Kind)> {
        let null = Kind {
            shape: Shape::Null,
            nullable: true,
        };
        Ok(match expression {
            Expression::Null => (Value::Null, null),
            Expression::Integer { value, digits } => {
                (Value::Integer(*value), Kind::integer(*digits, false, false))
            }
            Expression::Text(text) => {
                let kind = Kind::text(characters(text), self.variables.connection, false);
                (Value::Text(text.as_str().into()), kind)
            }
            // Its type is for those to know who use it as what it is.
            Expression::Parameter(index) => {
                let given = parameters.and_then(|parameters| parameters.get(*index));
                (given.cloned().unwrap_or(Value::Null), null)
            }
            Expression::System { global, name } => {
                return self.variables.read(name, *global, &*self.server);
            }
            Expression::User(name) => self.user_variable(name),
            Expression::Function(function) => self.function(*function),
            Expression::Sleep(_) => (Value::Integer(0), Kind::integer(21, false, false)),
            Expression::Column(_) | Expression::CountRows => return Err(unsupported()),
        })
    }

    /// A value that stands in a column of the result.
    ///
    /// # Errors
    ///
    /// Those of [`evaluate`](Self::evaluate), and 1064 for a parameter, which has no type.
    pub(super) fn shown(&self, expression: &Expression) -> Result<(Value, Kind)> {
        match expression {
            Expression::Parameter(_) => Err(unsupported()),
            expression => self.evaluate(expression, None),
        }
    }

    fn user_variable(&self, name: &str) -> (Value, Kind) {
        let kind = |shape| Kind {
            shape,
            nullable: true,
        };
        match self.user_variables.get(name) {
            None => (Value::Null, kind(Shape::UnsetVariable)),
            Some((Value::Null, _)) => (Value::Null, kind(Shape::NullVariable)),
            Some((Value::Integer(number), _)) => {
                (Value::Integer(*number), Kind::integer(21, false, true))
            }
            Some((text, collation)) => (text.clone(), kind(Shape::LongText(*collation))),
        }
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
