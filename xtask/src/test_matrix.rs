//! `cargo xtask test-matrix`: all tests, on each of the real servers.

use std::process::{Command, ExitCode};

use anyhow::Context;
use test_servers::ServerKind;

use crate::{build, demo::Demo, table};

struct Step {
    name: String,
    passed: bool,
}

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let mut steps = Vec::new();
    let mut record = |name: String, passed: bool| {
        eprintln!("== {name}: {}", result(passed));
        steps.push(Step { name, passed });
    };

    // All tests once; then again those that talk to a server, on the other one.
    let mut all = build::cargo();
    all.args(["test", "--workspace"]);
    record(
        "tests, mysql".to_owned(),
        passes(&mut all, ServerKind::Mysql)?,
    );
    let mut adapters = build::cargo();
    adapters.args([
        "test",
        "--package",
        "token-source-mysql-async",
        "--test",
        "server",
    ]);
    record(
        "tests, mariadb".to_owned(),
        passes(&mut adapters, ServerKind::Mariadb)?,
    );
    for server in [ServerKind::Mysql, ServerKind::Mariadb] {
        let code = Demo {
            server,
            json: false,
        }
        .run()?;
        record(format!("demo, {server}"), code == ExitCode::SUCCESS);
    }

    let rows: Vec<_> = steps
        .iter()
        .map(|step| [step.name.clone(), result(step.passed).to_owned()])
        .collect();
    print!("\n{}", table::render(["step", "result"], &rows));
    let failed = steps.iter().filter(|step| !step.passed).count();
    println!("\n{} passed, {failed} failed", steps.len() - failed);
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn passes(cargo: &mut Command, server: ServerKind) -> anyhow::Result<bool> {
    let arguments: Vec<_> = cargo.get_args().map(|it| it.to_string_lossy()).collect();
    eprintln!(
        "$ {}={server} cargo {}",
        ServerKind::VARIABLE,
        arguments.join(" ")
    );
    let status = cargo
        .env(ServerKind::VARIABLE, server.to_string())
        .status()
        .context("cargo could not be started")?;
    Ok(status.success())
}

fn result(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}
