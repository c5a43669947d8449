use std::{error::Error as StdError, fmt};

use sea_orm::{DbErr, RuntimeErr};
use token_source_sqlx::ErrorKind;

/// Why there is no connection.
///
/// One line that says what happened and what to do next; [`source`](StdError::source) leads to the
/// cause. It never holds a token.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// sea-orm's options cannot be turned into the driver's. The URL is not shown: there may be a
    /// password in it.
    pub(crate) fn from_options(error: DbErr) -> Self {
        Self {
            kind: ErrorKind::Options,
            message: format!(
                "the URL of the options cannot be used; \"mysql://\" is enough, since the settings \
                 say where to connect: {error}"
            ),
            source: Some(error.into()),
        }
    }

    /// The options' `after_connect` has failed.
    pub(crate) fn from_after_connect(error: DbErr) -> Self {
        Self {
            kind: ErrorKind::Server,
            message: format!("what the options do after connecting has failed: {error}"),
            source: Some(error.into()),
        }
    }

    /// Which step failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<token_source_sqlx::Error> for Error {
    fn from(error: token_source_sqlx::Error) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
            source: Some(error.into()),
        }
    }
}

/// For functions that return the errors of sea-orm.
impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        Self::Conn(RuntimeErr::Internal(error.message))
    }
}
