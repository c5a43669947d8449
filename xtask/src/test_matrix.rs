//! `cargo xtask test-matrix`: all tests, the demo and foreign clients, on each of the servers.

mod builds;
mod case;
mod files;
mod job;
mod output;
mod pattern;
mod plan;
mod program;
mod progress;
mod provision;
mod report;
mod result;
mod runner;

use std::{
    fs,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use clap::Args;
use process_supervisor::orphans;
use test_servers::{Plugin, ServerKind};

use self::{
    builds::Builds,
    case::{Case, Need},
    job::{Context, Job},
    pattern::Pattern,
    progress::Progress,
    provision::Missing,
    report::Phase,
    result::CaseResult,
    runner::Runner,
};
use crate::{outcome::Outcome, run, workspace};

/// Longer than a database server has to shut down.
const ORPHANS_PATIENCE: Duration = Duration::from_secs(20);

/// Runs all tests, the demo and foreign clients, on each of the servers.
///
/// A cell is what passes or fails on its own: an adapter that logs in as somebody to a server
/// (`mysql/sqlx/certificate`), its other promises (`mysql/sqlx/promises`), a program of tests
/// (`core/cache`), an example (`mariadb/demo/java`) and so on; `--list` names all.
///
/// What cells need is downloaded, once, under `target`. A cell that needs what this machine cannot
/// have is skipped, with the reason, and does not count as passed.
#[derive(Args)]
pub(crate) struct TestMatrix {
    /// Runs only these cells: a cell's name, or a text that names hold, or with `*` for any text what
    /// whole names are like.
    #[arg(long, value_name = "PATTERN")]
    only: Option<Pattern>,
    /// Runs only the cells that talk to these servers: embedded, mysql, mariadb.
    #[arg(long, value_delimiter = ',', value_name = "SERVER,…")]
    server: Vec<ServerKind>,
    /// Counts a skipped cell of these servers as failed. A missing python3, node or npm is no part of
    /// a server.
    #[arg(long, value_delimiter = ',', value_name = "SERVER,…")]
    require: Vec<ServerKind>,
    /// Begins other cells after one has failed, too.
    #[arg(long)]
    keep_going: bool,
    /// Names the cells and runs none.
    #[arg(long)]
    list: bool,
    /// Writes what came of each cell as JSON, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes what came of each cell as the XML of `JUnit`, too.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl TestMatrix {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let all = plan::cases()?;
        let mut cases = all.clone();
        if let Some(pattern) = &self.only {
            pattern.retain(&mut cases, |case| &case.name);
        }
        if !self.server.is_empty() {
            cases.retain(|case| case.server.is_some_and(|it| self.server.contains(&it)));
        }
        ensure!(!cases.is_empty(), "no cell is meant: see --list");
        if self.list {
            for case in &cases {
                println!("{}", case.name);
            }
            return Ok(ExitCode::SUCCESS);
        }

        orphans::adopt().context("this process cannot adopt others")?;
        let temporary = temporary_folder()?;
        let run = tokio::runtime::Runtime::new()
            .context("no runtime")?
            .block_on(self.run_cases(cases, &all, temporary.path().to_owned()));
        // Servers of tests that were ended are still shutting down.
        let killed = orphans::wait_for_all(ORPHANS_PATIENCE);
        if killed > 0 {
            eprintln!(
                "killed: {}",
                progress::counted(killed, "process that was left")
            );
        }
        temporary
            .close()
            .context("temporary files are left under target/matrix")?;
        let (mut results, phases) = run?;
        results.sort_by_key(|result| all.iter().position(|case| case.name == result.name));
        anstream::print!("{}", report::text(&results, &phases));
        if let Some(path) = &self.json {
            files::write_json(path, &results, &phases)?;
        }
        if let Some(path) = &self.junit {
            files::write_junit(path, &results)?;
        }
        let is_good =
            |result: &CaseResult| matches!(result.outcome, Outcome::Passed | Outcome::Skipped(_));
        Ok(if results.iter().all(is_good) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn run_cases(
        &self,
        cases: Vec<Case>,
        all: &[Case],
        temporary: PathBuf,
    ) -> anyhow::Result<(Vec<CaseResult>, Vec<Phase>)> {
        let mut phases = Vec::new();
        let is_whole = cases.len() == all.len();
        let preparation = self.prepare(&cases, is_whole, &mut phases);
        let (missing, builds) = tokio::select! {
            prepared = preparation => prepared,
            interrupt = run::interrupted() => {
                interrupt.context("cannot listen for signals")?;
                anyhow::bail!("interrupted before any cell was begun");
            }
        };
        if let Some(Err(error)) = builds.workspace() {
            anyhow::bail!("{error}: no cell was begun");
        }
        if let Some(program) = builds.unclaimed(all).first() {
            anyhow::bail!("the tests of {program} belong to no cell: see the plan of the cells");
        }
        let plugin = builds.workspace().and_then(|it| it.as_ref().ok()?.plugin());
        if let Some(plugin) = &plugin {
            Plugin::use_built(plugin.clone());
        }

        let progress = Progress::new(cases.len());
        let (ready, blocked) = self.part(cases, &missing);
        let context = Context {
            builds,
            plugin,
            temporary,
        };
        let mut runner = Runner::new(context, progress, self.keep_going, blocked);
        let (cargos, jobs): (Vec<_>, Vec<_>) = Job::of(ready).into_iter().partition(Job::is_cargos);
        let begun = Instant::now();
        runner.run(jobs, jobs_at_once()).await?;
        phases.push(phase("tests", begun, String::new()));
        if !cargos.is_empty() {
            let begun = Instant::now();
            runner.run(cargos, 1).await?;
            phases.push(phase("docs and features", begun, String::new()));
        }
        Ok((runner.results, phases))
    }

    /// Downloads and builds.
    async fn prepare(
        &self,
        cases: &[Case],
        is_whole: bool,
        phases: &mut Vec<Phase>,
    ) -> (Missing, Builds) {
        let begun = Instant::now();
        let missing = Missing::after_provisioning(cases).await;
        phases.push(phase("provisioning", begun, String::new()));
        let begun = Instant::now();
        let buildable: Vec<_> = cases
            .iter()
            .filter(|case| missing.outcome(case).is_none())
            .cloned()
            .collect();
        let builds = Builds::of(&buildable, is_whole).await;
        let compiled = format!("{} compiled", builds.compiled());
        phases.push(phase("build", begun, compiled));
        (missing, builds)
    }

    /// Parts the cases that can be run from those of which it is clear what comes of them.
    fn part(&self, cases: Vec<Case>, missing: &Missing) -> (Vec<Case>, Vec<CaseResult>) {
        let mut ready = Vec::new();
        let mut blocked = Vec::new();
        for case in cases {
            match missing.outcome(&case) {
                None => ready.push(case),
                Some(outcome) => {
                    let outcome = self.required(&case, missing, outcome);
                    blocked.push(CaseResult::new(&case.name, outcome));
                }
            }
        }
        (ready, blocked)
    }

    /// Makes a failure of what must not be skipped.
    fn required(&self, case: &Case, missing: &Missing, outcome: Outcome) -> Outcome {
        let is_required = case.server.is_some_and(|it| self.require.contains(&it));
        let is_of_a_server = |need: &&Need| missing.has(**need) && need.is_of_a_server();
        match outcome {
            Outcome::Skipped(reason)
                if is_required && case.needs.iter().any(|need| is_of_a_server(&need)) =>
            {
                Outcome::Failed(format!("required, but {reason}"))
            }
            outcome => outcome,
        }
    }
}

/// Tests wait most of the time, so two more than there are cores keep them busy.
fn jobs_at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) + 2
}

fn phase(name: &'static str, begun: Instant, note: String) -> Phase {
    let duration: Duration = begun.elapsed();
    Phase {
        name,
        duration,
        note,
    }
}

/// Where everything temporary of a run is, of this process and of those that it starts.
fn temporary_folder() -> anyhow::Result<tempfile::TempDir> {
    let folder = workspace::root().join("target/matrix");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let temporary = tempfile::Builder::new().prefix("").tempdir_in(&folder)?;
    tempfile::env::override_temp_dir(temporary.path())
        .map_err(|_| anyhow::anyhow!("temporary files have a place already"))?;
    Ok(temporary)
}
