//! Running a program of tests, and what came of the cells that are in it.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use anyhow::ensure;

use super::{
    cell::{Cell, Which, Work},
    cell_result::CellResult,
    output::{self, Verdict},
    plan,
};
use crate::{outcome::Outcome, run};

/// Several times what the slowest program takes: this is for one that hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs the tests of these cells. `environment` is the command without the program.
pub(super) async fn run(
    executable: &Path,
    environment: &Command,
    cells: &[Cell],
) -> anyhow::Result<Vec<CellResult>> {
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
    if let Some(test) = of_no_cell(&listed, cells) {
        anyhow::bail!("the test `{test}` belongs to no cell: its name should be `ADAPTER::CHECK`");
    }

    let mut ended = BTreeMap::new();
    let mut output = String::new();
    let mut complaint = None;
    for arguments in arguments(&listed, cells) {
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
    Ok(results(&listed, &ended, cells, output, complaint))
}

/// What came of a run that is one cell.
pub(super) fn whole_run(name: &str, run: &run::Run) -> CellResult {
    let ended = output::verdicts(&run.stdout);
    let listed: Vec<_> = ended.keys().cloned().collect();
    let outcome = Which::All.outcome(&listed, false, &ended);
    let mut result = CellResult::new(name, outcome.unwrap_or(Outcome::Passed));
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
fn of_no_cell<'a>(listed: &'a [String], cells: &[Cell]) -> Option<&'a String> {
    let is_all = |cell: &Cell| matches!(cell.work, Work::Tests(_, Which::All));
    if cells.iter().any(is_all) {
        return None;
    }
    listed.iter().find(|test| {
        let adapter = test.split("::").next().unwrap_or_default();
        plan::adapters().all(|known| known != adapter)
    })
}

/// One run for all tests, or one for each cell where others are not wanted: libtest-mimic takes one
/// filter alone.
fn arguments(listed: &[String], cells: &[Cell]) -> Vec<Vec<String>> {
    let which: Vec<_> = cells
        .iter()
        .filter_map(|cell| match &cell.work {
            Work::Tests(_, which) => Some(which),
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
    cells: &[Cell],
    output: String,
    complaint: Option<String>,
) -> Vec<CellResult> {
    let outcomes = cells.iter().filter_map(|cell| {
        let Work::Tests(program, which) = &cell.work else {
            return None;
        };
        let outcome = which.outcome(listed, program.is_unit, ended)?;
        Some(CellResult::new(&cell.name, outcome))
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
    use crate::test_matrix::cell::{Build, TestProgram};

    fn cell(which: Which) -> Cell {
        let program = TestProgram {
            build: Build::Workspace,
            package: "token-source-sqlx".to_owned(),
            folder: "/".into(),
            target: "conformance".to_owned(),
            is_unit: false,
        };
        Cell {
            name: format!("{which:?}"),
            server: None,
            needs: Vec::new(),
            work: Work::Tests(program, which),
        }
    }

    fn cells() -> [Cell; 2] {
        let adapter = "sqlx";
        let identity = "chain";
        [
            cell(Which::Login { adapter, identity }),
            cell(Which::Promises { adapter }),
        ]
    }

    /// Runs a script as if it were a program of tests.
    async fn outcomes(script: &str, cells: &[Cell]) -> Vec<Outcome> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
        std::fs::set_permissions(&path, permissions).unwrap();
        let environment = Command::new("");
        let results = run(&path, &environment, cells).await.unwrap();
        results.into_iter().map(|it| it.outcome).collect()
    }

    const LIST: &str = "if [ \"$1\" = --list ]; then
        echo 'sqlx::logs_in_with::chain: test'; echo 'sqlx::rotates: test'; exit; fi\n";

    #[tokio::test]
    async fn one_process_is_enough_for_all_cells_of_a_program() {
        let script = format!(
            "{LIST} [ $# = 0 ] || exit 1
            echo 'test sqlx::logs_in_with::chain ... ok'; echo 'test sqlx::rotates ... ok'"
        );
        assert_eq!(
            outcomes(&script, &cells()).await,
            [const { Outcome::Passed }; 2]
        );
    }

    #[tokio::test]
    async fn one_cell_is_run_without_the_others() {
        let script = format!(
            "{LIST} [ \"$*\" = '--exact sqlx::logs_in_with::chain' ] || exit 1
            echo 'test sqlx::logs_in_with::chain ... ok'"
        );
        assert_eq!(outcomes(&script, &cells()[..1]).await, [Outcome::Passed]);
    }

    #[tokio::test]
    async fn a_test_that_is_listed_and_not_run_has_failed() {
        let script = format!("{LIST} echo 'test sqlx::rotates ... ok'");
        let outcomes = outcomes(&script, &cells()).await;
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
        assert_eq!(outcomes(&script, &cells()).await, [failed.clone(), failed]);
    }

    #[test]
    fn a_test_of_no_adapter_is_noticed() {
        let listed = ["sqlx::rotates", "rotates"].map(str::to_owned);
        let found = of_no_cell(&listed, &cells());
        assert_eq!(found.map(String::as_str), Some("rotates"));
        assert_eq!(of_no_cell(&listed[..1], &cells()), None);
    }
}
