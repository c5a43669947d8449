//! What is run at once: the cases that share a process or a server.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use test_servers::{Plugin, ServerKind};

use super::{
    builds::Builds,
    case::{Build, Case, Task},
    program,
    result::CaseResult,
};
use crate::{auth_mode::AuthMode, build, demo, outcome::Outcome, run};

/// A test of documentation or a lint builds first.
const CARGO_LIMIT: Duration = Duration::from_secs(1800);

/// Cases that are run together.
pub(super) struct Job {
    pub(super) cases: Vec<Case>,
}

/// What all jobs need.
pub(super) struct Context {
    pub(super) builds: Builds,
    pub(super) plugin: Option<PathBuf>,
    /// Each job has a folder in it for what is temporary.
    pub(super) temporary: PathBuf,
}

impl Job {
    /// In the order of their first cases.
    pub(super) fn of(cases: Vec<Case>) -> Vec<Self> {
        let mut jobs: Vec<Self> = Vec::new();
        for case in cases {
            match jobs.iter_mut().find(|job| job.cases[0].shares_with(&case)) {
                Some(job) => job.cases.push(case),
                None => jobs.push(Self { cases: vec![case] }),
            }
        }
        jobs
    }

    /// What its cases' names begin with, or the only one's name.
    pub(super) fn title(&self) -> String {
        let first = &self.cases[0];
        match (self.cases.as_slice(), &first.task) {
            ([only], _) => only.name.clone(),
            (_, Task::Tests(program, _)) => {
                let server = first.server.map(|server| format!("{server}/"));
                let server = server.unwrap_or_default();
                format!("{server}{}/{}", program.package, program.target)
            }
            _ => first.name.split('/').take(2).collect::<Vec<_>>().join("/"),
        }
    }

    /// Whether it takes cargo, which uses all of the machine.
    pub(super) fn is_cargos(&self) -> bool {
        matches!(self.cases[0].task, Task::Documentation | Task::Features(_))
    }

    /// Runs its cases. What it has started ends when this is dropped.
    pub(super) async fn run(&self, number: usize, context: &Context) -> Vec<CaseResult> {
        // Short, because paths of Unix sockets are.
        let temporary = context.temporary.join(number.to_string());
        let started = Instant::now();
        let results = self.run_in(&temporary, context).await;
        let mut results = results.unwrap_or_else(|error| {
            let failed = Outcome::Failed(format!("{error:#}"));
            let failed = |case: &Case| CaseResult::new(&case.name, failed.clone());
            self.cases.iter().map(failed).collect()
        });
        if let [only] = results.as_mut_slice() {
            only.duration = Some(started.elapsed());
        }
        // A server that was told to end may still write: then the folder goes with all others.
        let _ = fs::remove_dir_all(temporary);
        results
    }

    async fn run_in(&self, temporary: &Path, context: &Context) -> anyhow::Result<Vec<CaseResult>> {
        fs::create_dir(temporary)?;
        let first = &self.cases[0];
        match &first.task {
            Task::Tests(program, _) => {
                let mut command = self.command(program.build, temporary, context)?;
                command
                    .current_dir(&program.folder)
                    .env("CARGO_MANIFEST_DIR", &program.folder)
                    .env("CARGO_PKG_NAME", &program.package);
                let executable = context.builds.executable(program);
                let executable = executable.map_err(anyhow::Error::msg)?;
                program::run(&executable, &command, &self.cases).await
            }
            Task::Documentation => {
                let arguments = "test --doc --workspace --all-features --no-fail-fast --locked";
                let mut cargo = build::cargo();
                cargo.args(arguments.split(' ')).env("TMPDIR", temporary);
                let run = run::to_its_end(cargo, CARGO_LIMIT).await?;
                Ok(vec![program::whole_run(&first.name, &run)])
            }
            Task::Features(set) => {
                let mut cargo = build::cargo();
                cargo
                    .args(["clippy", "--lib", "--locked", "--quiet"])
                    .args(set.arguments())
                    .args(["--", "-D", "warnings"]);
                let run = run::to_its_end(cargo, CARGO_LIMIT).await?;
                let mut result = CaseResult::new(&first.name, Outcome::Passed);
                if !run.succeeded() {
                    result.outcome = Outcome::Failed("it does not build".to_owned());
                    result.output = Some(run.output());
                }
                Ok(vec![result])
            }
            Task::Demo(_) => self.demo(context).await,
            Task::Client(..) => self.clients().await,
        }
    }

    /// What a test program gets from its environment.
    fn command(
        &self,
        build: Build,
        temporary: &Path,
        context: &Context,
    ) -> anyhow::Result<std::process::Command> {
        let server = self.cases[0].server.unwrap_or(ServerKind::Embedded);
        // The program is not known yet.
        let mut command = std::process::Command::new("");
        command
            .env(ServerKind::VARIABLE, server.to_string())
            .env("TMPDIR", temporary);
        if let Some(plugin) = &context.plugin {
            command.env(Plugin::VARIABLE, plugin);
        }
        if let Build::ClientLibrary(product) = build {
            command.envs(test_servers::ClientLibrary::provision(product)?.environment()?);
        }
        Ok(command)
    }

    fn server(&self) -> ServerKind {
        self.cases[0].server.unwrap_or(ServerKind::Embedded)
    }

    async fn demo(&self, context: &Context) -> anyhow::Result<Vec<CaseResult>> {
        let examples: Vec<_> = self
            .cases
            .iter()
            .filter_map(|case| match &case.task {
                Task::Demo(example) => Some(example.clone()),
                _ => None,
            })
            .collect();
        let built = context.builds.get(Build::Workspace);
        let programs = built.map_err(anyhow::Error::msg)?.programs();
        let rows = demo::run_all(&examples, self.server(), &programs).await?;
        let results = self.cases.iter().zip(rows);
        Ok(results
            .map(|(case, row)| {
                let outcome = if row.ok {
                    Outcome::Passed
                } else {
                    Outcome::Failed("it did not log in".to_owned())
                };
                CaseResult {
                    output: row.output,
                    ..CaseResult::new(&case.name, outcome)
                }
            })
            .collect())
    }

    async fn clients(&self) -> anyhow::Result<Vec<CaseResult>> {
        let env = AuthMode::start_env(self.server()).await?;
        let mut results = Vec::new();
        for case in &self.cases {
            let Task::Client(client, auth_mode) = &case.task else {
                continue;
            };
            let mut result = CaseResult::new(&case.name, client.log_in(&env, *auth_mode).await?);
            if let Outcome::Failed(output) = &mut result.outcome {
                let output = std::mem::replace(output, "it did not log in".to_owned());
                result.output = Some(output);
            }
            results.push(result);
        }
        env.stop().await?;
        Ok(results)
    }
}

impl Case {
    /// Whether one process, or one server, is for both.
    fn shares_with(&self, other: &Self) -> bool {
        self.server == other.server
            && match (&self.task, &other.task) {
                (Task::Tests(program, _), Task::Tests(others, _)) => program == others,
                (Task::Demo(_), Task::Demo(_)) | (Task::Client(..), Task::Client(..)) => true,
                _ => false,
            }
    }
}
