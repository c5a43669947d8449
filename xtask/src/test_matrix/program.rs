//! Running a program of tests, and what came of the cases that are in it.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use anyhow::ensure;

use super::{
    case::{Case, Selection, Task},
    output::{self, Verdict},
    plan,
    result::CaseResult,
};
use crate::{outcome::Outcome, run};

/// Several times what the slowest program takes: this is for one that hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs the tests of these cases. `environment` is the command without the program.
pub(super) async fn run(
    executable: &Path,
    environment: &Command,
    cases: &[Case],
) -> anyhow::Result<Vec<CaseResult>> {
    let with = |arguments: Vec<String>| {
        let mut command = Command::new(executable);
        command.args(arguments);
        for (name, value) in environment.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        if let Some(folder) = environment.get_current_dir() {
            command.current_dir(folder);
        }
        run::to_its_end(command, LIMIT)
    };
    let list = with(vec!["--list".to_owned()]).await?;
    ensure!(
        list.succeeded(),
        "it does not list its tests: {}",
        list.output()
    );
    let listed = output::listed(&list.stdout);
    if let Some(test) = of_no_case(&listed, cases) {
        anyhow::bail!("the test `{test}` belongs to no cell: its name should be `ADAPTER::CHECK`");
    }

    let mut ended = BTreeMap::new();
    let mut output = String::new();
    let mut complaint = None;
    for arguments in arguments(&listed, cases) {
        let run = with(arguments).await?;
        let verdicts = output::verdicts(&run.stdout);
        let is_explained = verdicts.values().any(|verdict| *verdict == Verdict::Failed);
        if !run.succeeded() {
            output.push_str(&output::without_passed(&run.output()));
            output.push('\n');
            if run.status.is_none() || !is_explained {
                complaint = Some(ending(&run));
            }
        }
        ended.extend(verdicts);
    }
    Ok(results(&listed, &ended, cases, output, complaint))
}

/// What came of a run that is one case.
pub(super) fn whole_run(name: &str, run: &run::Run) -> CaseResult {
    let ended = output::verdicts(&run.stdout);
    let listed: Vec<_> = ended.keys().cloned().collect();
    let outcome = Selection::All.outcome(&listed, false, &ended);
    let mut result = CaseResult::new(name, outcome.unwrap_or(Outcome::Passed));
    if !run.succeeded() {
        if !result.outcome.has_failed() {
            result.outcome = Outcome::Failed(ending(run));
        }
        result.output = Some(output::without_passed(&run.output()));
    }
    result
}

fn ending(run: &run::Run) -> String {
    match run.status {
        Some(status) => format!("the process ended with {status}"),
        None => format!("still running after {} s", run.duration.as_secs()),
    }
}

/// A test that would never be run, because it is in a program that is shared by adapters and is none
/// of theirs.
fn of_no_case<'a>(listed: &'a [String], cases: &[Case]) -> Option<&'a String> {
    let is_all = |case: &Case| matches!(case.task, Task::Tests(_, Selection::All));
    if cases.iter().any(is_all) {
        return None;
    }
    listed.iter().find(|test| {
        let adapter = test.split("::").next().unwrap_or_default();
        plan::adapters().all(|known| known != adapter)
    })
}

/// One run for all tests, or one for each case where others are not wanted: libtest-mimic takes one
/// filter alone.
fn arguments(listed: &[String], cases: &[Case]) -> Vec<Vec<String>> {
    let which: Vec<_> = cases
        .iter()
        .filter_map(|case| match &case.task {
            Task::Tests(_, which) => Some(which),
            _ => None,
        })
        .collect();
    if listed
        .iter()
        .all(|test| which.iter().any(|which| which.includes(test)))
    {
        return vec![Vec::new()];
    }
    which.iter().map(|which| which.arguments()).collect()
}

fn results(
    listed: &[String],
    ended: &BTreeMap<String, Verdict>,
    cases: &[Case],
    output: String,
    complaint: Option<String>,
) -> Vec<CaseResult> {
    let outcomes = cases.iter().filter_map(|case| {
        let Task::Tests(program, which) = &case.task else {
            return None;
        };
        let outcome = which.outcome(listed, program.is_unit, ended)?;
        Some(CaseResult::new(&case.name, outcome))
    });
    let mut results: Vec<_> = outcomes.collect();
    if let Some(complaint) = complaint {
        let nobody_failed = results.iter().all(|result| !result.outcome.has_failed());
        for result in &mut results {
            if let Outcome::Failed(reason) = &mut result.outcome {
                reason.push_str("; ");
                reason.push_str(&complaint);
            } else if nobody_failed {
                result.outcome = Outcome::Failed(complaint.clone());
            }
        }
    }
    if !output.is_empty()
        && let Some(failed) = results.iter_mut().find(|it| it.outcome.has_failed())
    {
        failed.output = Some(output);
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_matrix::case::{Build, TestProgram};

    fn case(which: Selection) -> Case {
        let program = TestProgram {
            build: Build::Workspace,
            package: "token-source-sqlx".to_owned(),
            folder: "/".into(),
            target: "conformance".to_owned(),
            is_unit: false,
        };
        Case {
            name: format!("{which:?}"),
            server: None,
            needs: Vec::new(),
            task: Task::Tests(program, which),
        }
    }

    fn cases() -> [Case; 2] {
        let adapter = "sqlx";
        let identity = "chain";
        [
            case(Selection::Login { adapter, identity }),
            case(Selection::Promises { adapter }),
        ]
    }

    /// Runs a script as if it were a program of tests.
    async fn outcomes(script: &str, cases: &[Case]) -> Vec<Outcome> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
        std::fs::set_permissions(&path, permissions).unwrap();
        let environment = Command::new("");
        let results = run(&path, &environment, cases).await.unwrap();
        results.into_iter().map(|it| it.outcome).collect()
    }

    const LIST: &str = "if [ \"$1\" = --list ]; then
        echo 'sqlx::logs_in_with::chain: test'; echo 'sqlx::rotates: test'; exit; fi\n";

    #[tokio::test]
    async fn one_process_is_enough_for_all_cases_of_a_program() {
        let script = format!(
            "{LIST} [ $# = 0 ] || exit 1
            echo 'test sqlx::logs_in_with::chain ... ok'; echo 'test sqlx::rotates ... ok'"
        );
        assert_eq!(
            outcomes(&script, &cases()).await,
            [const { Outcome::Passed }; 2]
        );
    }

    #[tokio::test]
    async fn one_case_is_run_without_the_others() {
        let script = format!(
            "{LIST} [ \"$*\" = '--exact sqlx::logs_in_with::chain' ] || exit 1
            echo 'test sqlx::logs_in_with::chain ... ok'"
        );
        assert_eq!(outcomes(&script, &cases()[..1]).await, [Outcome::Passed]);
    }

    #[tokio::test]
    async fn a_test_that_is_listed_and_not_run_has_failed() {
        let script = format!("{LIST} echo 'test sqlx::rotates ... ok'");
        let outcomes = outcomes(&script, &cases()).await;
        assert!(outcomes[0].has_failed());
        assert_eq!(outcomes[1], Outcome::Passed);
    }

    #[tokio::test]
    async fn a_process_that_fails_after_its_tests_passed_has_failed() {
        let script = format!(
            "{LIST} echo 'test sqlx::logs_in_with::chain ... ok'
            echo 'test sqlx::rotates ... ok'; exit 3"
        );
        let failed = Outcome::Failed("the process ended with exit status: 3".to_owned());
        assert_eq!(outcomes(&script, &cases()).await, [failed.clone(), failed]);
    }

    #[test]
    fn a_test_of_no_adapter_is_noticed() {
        let listed = ["sqlx::rotates", "rotates"].map(str::to_owned);
        let found = of_no_case(&listed, &cases());
        assert_eq!(found.map(String::as_str), Some("rotates"));
        assert_eq!(of_no_case(&listed[..1], &cases()), None);
    }
}
