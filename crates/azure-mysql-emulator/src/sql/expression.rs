//! Values that need no table, and what the protocol says of them.

use std::{collections::HashMap, sync::Arc};

use super::{
    ast::{Expression, Function},
    error::SqlError,
    interface::{ServerInformation, SessionInformation},
    metadata::{Collation, Kind, Shape},
    table::Value,
    variables::Variables,
};

/// Characters of `CONCAT`: beyond about as many, MySQL has another type for it.
const LONGEST_CONCAT: u32 = 512;

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
    user_variables: HashMap<String, (Value, Collation)>,
    pub(super) last_insert_id: u64,
    pub(super) row_count: i64,
}

impl Environment {
    pub(super) fn new(
        server: Arc<dyn ServerInformation>,
        information: SessionInformation,
        variables: Variables,
    ) -> Self {
        Self {
            server,
            information,
            variables,
            database: None,
            user_variables: HashMap::new(),
            last_insert_id: 0,
            row_count: -1,
        }
    }

    pub(super) fn reset(&mut self, variables: Variables) {
        self.variables = variables;
        self.user_variables = HashMap::new();
        self.last_insert_id = 0;
        self.row_count = -1;
    }

    /// # Errors
    ///
    /// 1064 if there are too many, or too long ones.
    pub(super) fn set_user_variable(&mut self, name: &str, value: Value) -> Result<(), SqlError> {
        let kept = self.user_variables.values().map(|(value, _)| value.size());
        if self.user_variables.len() >= MOST_USER_VARIABLES
            || kept.sum::<usize>() + value.size() > MOST_USER_BYTES
        {
            return Err(SqlError::unsupported());
        }
        let collation = self.variables.connection;
        self.user_variables
            .insert(name.to_owned(), (value, collation));
        Ok(())
    }

    /// The value of an expression in which there is no column.
    ///
    /// `SLEEP` gives 0 at once: whoever runs the statement waits before.
    ///
    /// # Errors
    ///
    /// 1064 for what is not supported here, 1690 if a sum is too large.
    pub(super) fn evaluate(
        &self,
        expression: &Expression,
        parameters: &[Value],
    ) -> Result<(Value, Kind), SqlError> {
        match expression {
            Expression::Null => {
                let kind = Kind {
                    shape: Shape::Null,
                    nullable: true,
                };
                Ok((Value::Null, kind))
            }
            Expression::Integer { value, digits } => {
                let unsigned = *value > i128::from(i64::MAX);
                Ok((
                    Value::Integer(*value),
                    Kind::integer(*digits, unsigned, false),
                ))
            }
            Expression::Text(text) => {
                let kind = Kind::text(characters(text), self.variables.connection, false);
                Ok((Value::Text(text.as_str().into()), kind))
            }
            Expression::Parameter(index) => {
                // Its type is for those to know who use it as what it is.
                let value = parameters.get(*index).cloned().unwrap_or(Value::Null);
                let kind = Kind {
                    shape: Shape::Null,
                    nullable: true,
                };
                Ok((value, kind))
            }
            Expression::System { global, name } => {
                self.variables.read(name, *global, &*self.server)
            }
            Expression::User(name) => Ok(self.user_variable(name)),
            Expression::Function(function, arguments) => {
                self.function(*function, arguments, parameters)
            }
            Expression::Add(left, right) => {
                let left = self.evaluate(left, parameters)?;
                let right = self.evaluate(right, parameters)?;
                add(left, right)
            }
            Expression::Decimal(_)
            | Expression::Default
            | Expression::Column(_)
            | Expression::CountRows => Err(SqlError::unsupported()),
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
                let unsigned = *number > i128::from(i64::MAX);
                (Value::Integer(*number), Kind::integer(21, unsigned, true))
            }
            Some((text, collation)) => (text.clone(), kind(Shape::LongText(*collation))),
        }
    }

    fn function(
        &self,
        function: Function,
        arguments: &[Expression],
        parameters: &[Value],
    ) -> Result<(Value, Kind), SqlError> {
        let system = |text: &str, characters: u32, nullable| {
            (
                Value::Text(text.into()),
                Kind::text(characters, Collation::SYSTEM, nullable),
            )
        };
        let user = &self.information.user;
        Ok(match function {
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
            Function::ConnectionId => {
                let id = self.information.connection_id;
                (Value::Integer(id.into()), Kind::integer(21, true, false))
            }
            Function::LastInsertId => {
                let id = self.last_insert_id;
                (Value::Integer(id.into()), Kind::integer(21, true, false))
            }
            Function::RowCount => {
                let count = self.row_count;
                (
                    Value::Integer(count.into()),
                    Kind::integer(21, false, false),
                )
            }
            Function::Sleep => (Value::Integer(0), Kind::integer(21, false, false)),
            Function::Concat => self.concat(arguments, parameters)?,
            Function::CastAsText => {
                let argument = arguments.first().ok_or_else(SqlError::unsupported)?;
                let Expression::Function(Function::ConnectionId, _) = argument else {
                    return Err(SqlError::unsupported());
                };
                let id = self.information.connection_id.to_string();
                let kind = Kind::text(21, self.variables.connection, true);
                (Value::Text(id.into()), kind)
            }
        })
    }

    fn concat(
        &self,
        arguments: &[Expression],
        parameters: &[Value],
    ) -> Result<(Value, Kind), SqlError> {
        let mut text = Some(String::new());
        let mut length = 0_u32;
        for argument in arguments {
            let (value, kind) = self.evaluate(argument, parameters)?;
            length = length.saturating_add(match kind.shape {
                Shape::Text { characters, .. } => characters,
                Shape::Null => 0,
                _ => return Err(SqlError::unsupported()),
            });
            text = match (text, value) {
                (Some(before), Value::Text(more)) => Some(before + &more),
                (_, Value::Null) | (None, _) => None,
                (Some(_), Value::Integer(_)) => return Err(SqlError::unsupported()),
            };
        }
        let value = text.map_or(Value::Null, |text| Value::Text(text.into()));
        Ok((value, Kind::text(length, self.variables.connection, true)))
    }
}

/// # Errors
///
/// 1064 for a text whose type is another one.
pub(super) fn check_shown(expression: &Expression, kind: Kind) -> Result<(), SqlError> {
    match (expression, kind.shape) {
        (Expression::Function(Function::Concat, _), Shape::Text { characters, .. })
            if characters > LONGEST_CONCAT =>
        {
            Err(SqlError::unsupported())
        }
        (Expression::Parameter(_), _) => Err(SqlError::unsupported()),
        _ => Ok(()),
    }
}

/// How many seconds `SLEEP` takes in it, all together.
///
/// # Errors
///
/// 1064 for a time that MySQL refuses.
pub(super) fn sleep_of(expression: &Expression, parameters: &[Value]) -> Result<f64, SqlError> {
    match expression {
        Expression::Function(Function::Sleep, arguments) => match arguments.first() {
            Some(Expression::Decimal(seconds)) => Ok(*seconds),
            Some(Expression::Integer { value, .. }) => seconds(*value),
            Some(Expression::Parameter(index)) => match parameters.get(*index) {
                Some(Value::Integer(value)) => seconds(*value),
                _ => Err(SqlError::unsupported()),
            },
            _ => Err(SqlError::unsupported()),
        },
        Expression::Function(_, arguments) => {
            let sleeps = arguments
                .iter()
                .map(|argument| sleep_of(argument, parameters));
            sleeps.sum()
        }
        Expression::Add(left, right) => {
            Ok(sleep_of(left, parameters)? + sleep_of(right, parameters)?)
        }
        _ => Ok(0.0),
    }
}

fn seconds(value: i128) -> Result<f64, SqlError> {
    u32::try_from(value)
        .map(f64::from)
        .map_err(|_| SqlError::unsupported())
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

fn add(left: (Value, Kind), right: (Value, Kind)) -> Result<(Value, Kind), SqlError> {
    let (
        (
            Value::Integer(one),
            Kind {
                shape: Shape::Integer { length, unsigned },
                nullable,
            },
        ),
        (
            Value::Integer(other),
            Kind {
                shape:
                    Shape::Integer {
                        length: other_length,
                        unsigned: other_unsigned,
                    },
                nullable: other_nullable,
            },
        ),
    ) = (left, right)
    else {
        return Err(SqlError::unsupported());
    };
    let unsigned = unsigned || other_unsigned;
    let sum = one + other;
    // Beyond, the error's text has the whole expression, in MySQL's own way to write it.
    if sum > i128::from(i64::MAX) || sum < i128::from(i64::MIN) || unsigned && sum < 0 {
        return Err(SqlError::unsupported());
    }
    let length = length.max(other_length) + 1;
    Ok((
        Value::Integer(sum),
        Kind::integer(length, unsigned, nullable || other_nullable),
    ))
}
