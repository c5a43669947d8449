//! What came of one step of the test matrix.

use std::fmt;

pub(crate) enum Outcome {
    Passed,
    /// With what the step said.
    Failed(String),
    /// With the reason. It is never counted as passed.
    Skipped(String),
}

impl Outcome {
    pub(crate) fn of(passed: bool) -> Self {
        if passed {
            Self::Passed
        } else {
            Self::Failed(String::new())
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(_) => f.write_str("FAILED"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}
