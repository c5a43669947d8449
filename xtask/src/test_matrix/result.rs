//! What came of a case.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::outcome::Outcome;

/// What came of a case.
#[derive(Serialize)]
pub(super) struct CaseResult {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// How long it took, if it shared its process with no other.
    #[serde(
        rename = "seconds",
        serialize_with = "as_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) duration: Option<Duration>,
    /// What its process wrote, if it failed; of those that shared one, the first has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn as_seconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration.map(|it| it.as_secs_f64()).serialize(serializer)
}

impl CaseResult {
    pub(super) fn new(name: &str, outcome: Outcome) -> Self {
        Self {
            name: name.to_owned(),
            outcome,
            duration: None,
            output: None,
        }
    }
}
