//! A figure, and what it is held against.

use std::fmt;

use serde::Serialize;

/// A ratio or a count from one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// What was measured. Figures of one kind are drawn side by side.
    pub(crate) measure: String,
    /// Of what.
    pub(crate) subject: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Measured {
        value: f64,
        goal: Goal,
        /// The least that anybody could reach, shown in the same run. `None` where the goal is
        /// within reach as far as anybody knows.
        #[serde(skip_serializing_if = "Option::is_none")]
        floor: Option<f64>,
        /// What the value was made of, such as two medians in milliseconds.
        detail: String,
    },
    /// With the reason.
    Skipped { skipped: String },
}

/// What a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// It is there to explain another one.
    None,
}

/// What to think of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    /// The goal is out of reach for whoever it is, and this is as near to it as can be.
    AtTheFloor,
    Missed,
    Skipped,
    Informative,
}

/// How far above a floor is still at the floor: as far as the goals let a token be above a password.
const FLOOR_TOLERANCE: f64 = 1.05;

impl Figure {
    pub(crate) fn new(measure: impl Into<String>, subject: impl Into<String>, value: f64) -> Self {
        Self {
            measure: measure.into(),
            subject: subject.into(),
            outcome: Outcome::Measured {
                value,
                goal: Goal::None,
                floor: None,
                detail: String::new(),
            },
        }
    }

    pub(crate) fn skipped(
        measure: impl Into<String>,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            measure: measure.into(),
            subject: subject.into(),
            outcome: Outcome::Skipped {
                skipped: reason.into(),
            },
        }
    }

    pub(crate) fn goal(mut self, is: Goal) -> Self {
        if let Outcome::Measured { goal, .. } = &mut self.outcome {
            *goal = is;
        }
        self
    }

    pub(crate) fn floor(mut self, is: f64) -> Self {
        if let Outcome::Measured { floor, .. } = &mut self.outcome {
            *floor = Some(is);
        }
        self
    }

    pub(crate) fn made_of(mut self, what: impl Into<String>) -> Self {
        if let Outcome::Measured { detail, .. } = &mut self.outcome {
            *detail = what.into();
        }
        self
    }

    pub(crate) fn value(&self) -> Option<f64> {
        match &self.outcome {
            Outcome::Measured { value, .. } => Some(*value),
            Outcome::Skipped { .. } => None,
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let (value, goal, floor) = match &self.outcome {
            Outcome::Measured {
                value, goal, floor, ..
            } => (*value, *goal, *floor),
            Outcome::Skipped { .. } => return Verdict::Skipped,
        };
        let met = match goal {
            Goal::AtMost(limit) => value <= limit,
            Goal::AtLeast(limit) => value >= limit,
            Goal::None => return Verdict::Informative,
        };
        match floor {
            _ if met => Verdict::Met,
            Some(floor) if value <= floor * FLOOR_TOLERANCE => Verdict::AtTheFloor,
            _ => Verdict::Missed,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "≤ {limit}"),
            Self::AtLeast(limit) => write!(f, "≥ {limit}"),
            Self::None => f.write_str("-"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::AtTheFloor => "at the floor",
            Self::Missed => "MISSED",
            Self::Skipped => "skipped",
            Self::Informative => "-",
        })
    }
}

/// The median of some values, of which there is one at least.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_figure_is_held_against_its_goal() {
        let verdict = |value, goal| Figure::new("", "", value).goal(goal).verdict();
        assert_eq!(verdict(1.05, Goal::AtMost(1.05)), Verdict::Met);
        assert_eq!(verdict(1.06, Goal::AtMost(1.05)), Verdict::Missed);
        assert_eq!(verdict(0.97, Goal::AtLeast(0.97)), Verdict::Met);
        assert_eq!(verdict(0.96, Goal::AtLeast(0.97)), Verdict::Missed);
        assert_eq!(verdict(0.96, Goal::None), Verdict::Informative);
    }

    #[test]
    fn a_floor_excuses_what_is_near_it_and_no_more() {
        let verdict = |value| {
            let figure = Figure::new("", "", value).goal(Goal::AtMost(1.05));
            figure.floor(1.1).verdict()
        };
        assert_eq!(verdict(1.04), Verdict::Met);
        assert_eq!(verdict(1.15), Verdict::AtTheFloor);
        assert_eq!(verdict(1.16), Verdict::Missed);
    }

    #[test]
    fn what_was_skipped_is_not_met() {
        let figure = Figure::skipped("connect", "Node", "no node on PATH").goal(Goal::AtMost(1.0));
        assert_eq!(figure.verdict(), Verdict::Skipped);
    }
}
