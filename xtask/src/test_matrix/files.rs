//! The report for other programs: JSON, and the XML of `JUnit`.

use std::{fs, path::Path};

use anyhow::Context;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::json;

use super::{
    report::{Phase, Totals, group},
    result::CaseResult,
};
use crate::outcome::Outcome;

/// Writes `{"cells": [{"name", "outcome", "reason", "seconds", "output"}], "totals", "phases"}`.
pub(super) fn write_json(
    path: &Path,
    results: &[CaseResult],
    phases: &[Phase],
) -> anyhow::Result<()> {
    let seconds = phases.iter().map(|phase| {
        let seconds = phase.duration.as_secs_f64();
        (phase.name.to_owned(), json!(seconds))
    });
    let report = json!({
        "cells": results,
        "totals": Totals::of(results),
        "phases": seconds.collect::<serde_json::Map<_, _>>(),
    });
    write(path, &format!("{report:#}\n"))
}

/// Writes a suite for each group of cases.
pub(super) fn write_junit(path: &Path, results: &[CaseResult]) -> anyhow::Result<()> {
    let mut report = Report::new("test-matrix");
    let mut suites: Vec<TestSuite> = Vec::new();
    for result in results {
        let name = group(&result.name);
        let case = test_case(result);
        if let Some(suite) = suites.iter_mut().find(|suite| suite.name.as_str() == name) {
            suite.add_test_case(case);
        } else {
            let mut suite = TestSuite::new(name);
            suite.add_test_case(case);
            suites.push(suite);
        }
    }
    report.add_test_suites(suites);
    write(path, &report.to_string()?)
}

fn test_case(result: &CaseResult) -> TestCase {
    let mut status = match result.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Skipped(_) | Outcome::NotRun(_) => TestCaseStatus::skipped(),
    };
    if let Outcome::Failed(reason) | Outcome::Skipped(reason) | Outcome::NotRun(reason) =
        &result.outcome
    {
        status.set_message(reason);
    }
    if let (Outcome::Failed(_), Some(output)) = (&result.outcome, &result.output) {
        status.set_description(output);
    }
    let mut case = TestCase::new(result.name.as_str(), status);
    if let Some(duration) = result.duration {
        case.set_time(duration);
    }
    case
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn results() -> Vec<CaseResult> {
        let failed = Outcome::Failed("rotates failed".to_owned());
        let mut results = [
            ("core/cache", Outcome::Passed),
            ("mysql/sqlx/chain", failed),
            ("docs", Outcome::Skipped("no <rustdoc>".to_owned())),
        ]
        .map(|(name, outcome)| CaseResult::new(name, outcome));
        results[0].duration = Some(Duration::from_millis(1500));
        results[1].output = Some("left \u{1b}[31m1\u{1b}[0m & right 2".to_owned());
        results.into()
    }

    #[test]
    fn json_holds_cases_totals_and_phases() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let phases = [Phase {
            name: "build",
            duration: Duration::from_secs(3),
            note: String::new(),
        }];
        write_json(&path, &results(), &phases).unwrap();
        let report: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let expected = json!({
            "cells": [
                {"name": "core/cache", "outcome": "passed", "seconds": 1.5},
                {
                    "name": "mysql/sqlx/chain",
                    "outcome": "failed",
                    "reason": "rotates failed",
                    "output": "left \u{1b}[31m1\u{1b}[0m & right 2",
                },
                {"name": "docs", "outcome": "skipped", "reason": "no <rustdoc>"},
            ],
            "totals": {"passed": 1, "failed": 1, "skipped": 1, "not_run": 0},
            "phases": {"build": 3.0},
        });
        assert_eq!(report, expected);
    }

    #[test]
    fn junit_holds_suites_of_cases_and_no_control_characters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        write_junit(&path, &results()).unwrap();
        let xml = fs::read_to_string(path).unwrap();
        for part in [
            r#"<testsuite name="core" tests="1""#,
            r#"<testcase name="core/cache" time="1.500""#,
            r#"<testsuite name="mysql/sqlx" tests="1""#,
            r#"<failure message="rotates failed">left 1 &amp; right 2</failure>"#,
            r#"<skipped message="no &lt;rustdoc&gt;"/>"#,
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
        assert!(!xml.contains('\u{1b}'));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = write_junit(Path::new("/no/such/folder/report.xml"), &results()).unwrap_err();
        assert_eq!(error.to_string(), "cannot write /no/such/folder/report.xml");
    }
}
