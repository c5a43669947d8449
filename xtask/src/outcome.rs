//! What came of one cell of the test matrix.

use std::fmt;

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Passed,
    /// With what went wrong.
    Failed(String),
    /// With what this machine lacks. It is never counted as passed.
    Skipped(String),
    /// With why its turn never came.
    NotRun(String),
}

impl Outcome {
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Why it did not pass.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Passed => "",
            Self::Failed(reason) | Self::Skipped(reason) | Self::NotRun(reason) => reason,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::NotRun(reason) => write!(f, "not run: {reason}"),
        }
    }
}
