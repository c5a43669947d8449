use std::{error::Error as StdError, fmt};

use crate::name::Name;

/// Which setting cannot be used, and why.
///
/// One line that names the environment variable or the option, says what is wrong with it and what
/// was expected. `Debug` is that line followed by the texts of its causes. Neither contains a secret.
pub struct Error {
    kind: ErrorKind,
    name: Name,
    problem: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What is wrong with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is set: none of the variables that could describe this connection. A program may take
    /// that as "connect in another way", for instance to a local server with a password.
    NotConfigured,
    /// It is required and not set, although other variables of the connection are.
    Missing,
    /// It is set and cannot be used.
    Invalid,
    /// It contradicts another one.
    Contradiction,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, name: impl Into<Name>, problem: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            problem: problem.into(),
            source: None,
        }
    }

    pub(crate) fn missing(name: impl Into<Name>, expected: &str) -> Self {
        Self::new(
            ErrorKind::Missing,
            name,
            format!("is missing; expected {expected}"),
        )
    }

    pub(crate) fn invalid(name: impl Into<Name>, problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, name, problem)
    }

    pub(crate) fn contradiction(name: impl Into<Name>, problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contradiction, name, problem)
    }

    /// The same where no other variable of the connection is set either.
    pub(crate) fn not_configured(mut self) -> Self {
        self.kind = ErrorKind::NotConfigured;
        self.problem += "; no other variable of a connection is set";
        self
    }

    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.problem += hint;
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What is wrong with the setting.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The environment variable, or the builder's option, that is at fault.
    pub fn name(&self) -> &str {
        self.name.whole()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.problem)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        causes
            .into_iter()
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
