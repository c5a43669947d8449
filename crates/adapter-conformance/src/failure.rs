use std::{error::Error, fmt};

/// An adapter's error, in terms that they share.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which step failed.
    pub kind: FailureKind,
    /// What the error says.
    pub text: String,
    /// All that the error shows: its text, its `Debug`, and both of each cause.
    pub shown: String,
}

/// Which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No token could be had.
    Token,
    /// The server could not be verified.
    Tls,
    /// The server refused the login.
    LoginRefused,
    /// The server answered with another error.
    Server,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// It took too long.
    Timeout,
    /// Anything else.
    Other,
}

impl Failure {
    /// What an error shows, with the step that the adapter says has failed.
    pub fn new(kind: FailureKind, error: &(dyn Error + 'static)) -> Self {
        let shown = std::iter::successors(Some(error), |&error| error.source())
            .map(|error| format!("{error} {error:?}"))
            .collect::<Vec<_>>()
            .join(" | ");
        Self {
            kind,
            text: error.to_string(),
            shown,
        }
    }

    /// That it is of this kind, and a text of one line.
    pub(crate) fn is(&self, kind: FailureKind) {
        assert_eq!(self.kind, kind, "{self}");
        assert!(!self.text.is_empty() && !self.text.contains('\n'), "{self}");
    }

    /// That the text holds this.
    pub(crate) fn says(&self, what: &str) {
        assert!(self.text.contains(what), "{what:?} is not said: {self}");
    }

    /// That the text or a cause holds this.
    pub(crate) fn shows(&self, what: &str) {
        assert!(self.shown.contains(what), "{what:?} is not shown: {self}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.shown)
    }
}
