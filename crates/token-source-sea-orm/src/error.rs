use std::{error::Error as StdError, fmt};

use sea_orm::{DbErr, RuntimeErr};
use token_source_sqlx::{ErrorKind, azure_mysql::refusal::Diagnosis};

/// Why there is no connection.
///
/// One line that says what happened and what to do next; [`source`](StdError::source) leads to the
/// cause. It never holds a token: where a server's answer to a login repeats it, that is cut. What the
/// server says later in a session is passed on as it is.
#[derive(Debug)]
pub struct Error(Cause);

#[derive(Debug)]
enum Cause {
    Login(token_source_sqlx::Error),
    /// sea-orm's options cannot be turned into the driver's.
    Options(DbErr),
    /// What the options do after connecting has failed.
    AfterConnect(DbErr),
}

impl Error {
    pub(crate) fn from_options(error: DbErr) -> Self {
        Self(Cause::Options(error))
    }

    pub(crate) fn from_after_connect(error: DbErr) -> Self {
        Self(Cause::AfterConnect(error))
    }

    /// Which step failed.
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Cause::Login(error) => error.kind(),
            Cause::Options(_) => ErrorKind::Options,
            Cause::AfterConnect(_) => ErrorKind::Server,
        }
    }

    /// The likeliest cause of a refused login or a missing token, if something points to one.
    pub fn refusal(&self) -> Option<&Diagnosis> {
        match &self.0 {
            Cause::Login(error) => error.refusal(),
            Cause::Options(_) | Cause::AfterConnect(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Login(error) => error.fmt(f),
            // The URL itself is not shown: there may be a password in it.
            Cause::Options(error) => write!(
                f,
                "the URL of the options cannot be used; \"mysql://\" is enough, since the settings \
                 say where to connect: {error}"
            ),
            Cause::AfterConnect(error) => {
                write!(f, "the options' after_connect has failed: {error}")
            }
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Cause::Login(error) => error.source(),
            Cause::Options(error) | Cause::AfterConnect(error) => Some(error),
        }
    }
}

impl From<token_source_sqlx::Error> for Error {
    fn from(error: token_source_sqlx::Error) -> Self {
        Self(Cause::Login(error))
    }
}

/// For functions that return the errors of sea-orm.
impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        match error.0 {
            // The text is all that is left, and this error's own does not repeat its cause.
            Cause::Login(error) => Self::Conn(RuntimeErr::Internal(match error.source() {
                Some(cause) if error.kind() == ErrorKind::Token => format!("{error}: {cause}"),
                _ => error.to_string(),
            })),
            Cause::Options(error) | Cause::AfterConnect(error) => error,
        }
    }
}
