//! `cargo xtask test-matrix`: all tests, the demo and foreign clients, on each of the servers.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use test_servers::ServerKind;

use crate::{build, clients, demo::Demo, run, step::Outcome, table};

/// Puts a model in the place of tokio: see `crates/token-source/tests/shuttle.rs`.
const MODEL: (&str, &str) = ("RUSTFLAGS", "--cfg shuttle");

/// The adapters, whose tests talk to a server.
const ADAPTERS: &str = "test --package token-source-mysql-async --package token-source-sqlx \
     --package token-source-sea-orm --package token-source-diesel --all-features --no-fail-fast \
     --test server --test conformance";

/// Runs all tests, the demo and foreign clients, on each of the servers.
#[derive(Args)]
pub(crate) struct TestMatrix {
    /// Runs only the steps whose name holds this text, such as `clients` or `mariadb`.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

enum Step {
    AllTests,
    Adapters(ServerKind),
    Model,
    Demo(ServerKind),
    Clients(ServerKind),
}

impl TestMatrix {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let wanted = |step: &Step| {
            let only = self.only.as_deref().unwrap_or_default();
            step.name().contains(only)
        };
        let mut rows = Vec::new();
        for step in steps().into_iter().filter(wanted) {
            let name = step.name();
            let results = step.run().unwrap_or_else(|error| {
                let failed = Outcome::Failed(format!("{error:#}"));
                vec![(String::new(), failed)]
            });
            for (detail, outcome) in results {
                let name = if detail.is_empty() {
                    name.clone()
                } else {
                    format!("{name}, {detail}")
                };
                eprintln!("== {name}: {outcome}");
                if let Outcome::Failed(said) = &outcome {
                    eprintln!("{said}");
                }
                rows.push((name, outcome));
            }
        }
        anyhow::ensure!(!rows.is_empty(), "no step has such a name");
        report(&rows);
        let failed = |(_, outcome): &(String, Outcome)| matches!(outcome, Outcome::Failed(_));
        Ok(if rows.iter().any(failed) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

fn steps() -> Vec<Step> {
    use ServerKind::{Embedded, Mariadb, Mysql};

    // All tests once, on the embedded server; then again those that talk to a server.
    let mut steps = vec![
        Step::AllTests,
        Step::Adapters(Mysql),
        Step::Adapters(Mariadb),
        Step::Model,
    ];
    steps.extend([Embedded, Mysql, Mariadb].map(Step::Demo));
    steps.extend([Embedded, Mysql, Mariadb].map(Step::Clients));
    steps
}

impl Step {
    fn name(&self) -> String {
        match self {
            Self::AllTests => "tests, embedded".to_owned(),
            Self::Adapters(server) => format!("tests, {server}"),
            Self::Model => "model of the cache".to_owned(),
            Self::Demo(server) => format!("demo, {server}"),
            Self::Clients(server) => format!("clients, {server}"),
        }
    }

    /// Its rows, each with what its name adds to the step's.
    fn run(&self) -> anyhow::Result<Vec<(String, Outcome)>> {
        let outcome = match self {
            Self::AllTests => {
                let all = "test --workspace --all-features --no-fail-fast";
                passes(all, (ServerKind::VARIABLE, "embedded"))?
            }
            Self::Adapters(server) => {
                passes(ADAPTERS, (ServerKind::VARIABLE, &server.to_string()))?
            }
            // Its flag rebuilds everything, so it has a folder of its own.
            Self::Model => passes(
                "test --package token-source --test shuttle --target-dir target/shuttle",
                MODEL,
            )?,
            Self::Demo(server) => {
                let demo = Demo {
                    server: *server,
                    json: false,
                };
                Outcome::of(demo.run()? == ExitCode::SUCCESS)
            }
            Self::Clients(server) => return run::until_interrupted(clients::run(*server)),
        };
        Ok(vec![(String::new(), outcome)])
    }
}

fn passes(arguments: &str, (name, value): (&str, &str)) -> anyhow::Result<Outcome> {
    eprintln!("$ {name}={value:?} cargo {arguments}");
    let status = build::cargo()
        .args(arguments.split(' '))
        .env(name, value)
        .status()
        .context("cargo could not be started")?;
    Ok(Outcome::of(status.success()))
}

fn report(rows: &[(String, Outcome)]) {
    let cells: Vec<_> = rows
        .iter()
        .map(|(name, outcome)| [name.clone(), outcome.to_string()])
        .collect();
    print!("\n{}", table::render(["step", "result"], &cells));
    let count = |is: fn(&Outcome) -> bool| rows.iter().filter(|(_, outcome)| is(outcome)).count();
    println!(
        "\nsteps: {} passed, {} failed, {} skipped",
        count(|outcome| matches!(outcome, Outcome::Passed)),
        count(|outcome| matches!(outcome, Outcome::Failed(_))),
        count(|outcome| matches!(outcome, Outcome::Skipped(_))),
    );
}
