//! `cargo xtask test-matrix`: all tests, on each of the real servers.

use std::process::ExitCode;

use anyhow::Context;
use test_servers::ServerKind;

use crate::{build, demo::Demo, table};

/// Puts a model in the place of tokio: see `crates/token-source/tests/shuttle.rs`.
const MODEL: (&str, &str) = ("RUSTFLAGS", "--cfg shuttle");

struct Step {
    name: String,
    passed: bool,
}

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let mut steps = Vec::new();
    let mut record = |name: &str, passed: bool| {
        eprintln!("== {name}: {}", result(passed));
        let name = name.to_owned();
        steps.push(Step { name, passed });
    };

    // All tests once; then again those that talk to a server, on the other one.
    let all = "test --workspace --all-features --no-fail-fast";
    record(
        "tests, mysql",
        passes(all, (ServerKind::VARIABLE, "mysql"))?,
    );
    let adapters = "test --package token-source-mysql-async --test server";
    record(
        "tests, mariadb",
        passes(adapters, (ServerKind::VARIABLE, "mariadb"))?,
    );
    // Its flag rebuilds everything, so it has a folder of its own.
    let model = "test --package token-source --test shuttle --target-dir target/shuttle";
    record("model of the cache", passes(model, MODEL)?);
    for server in [ServerKind::Mysql, ServerKind::Mariadb] {
        let demo = Demo {
            server,
            json: false,
        };
        let passed = demo.run().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }) == ExitCode::SUCCESS;
        record(&format!("demo, {server}"), passed);
    }

    let rows: Vec<_> = steps
        .iter()
        .map(|step| [step.name.clone(), result(step.passed).to_owned()])
        .collect();
    print!("\n{}", table::render(["step", "result"], &rows));
    let failed = steps.iter().filter(|step| !step.passed).count();
    println!("\nsteps: {} passed, {failed} failed", steps.len() - failed);
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn passes(arguments: &str, (name, value): (&str, &str)) -> anyhow::Result<bool> {
    eprintln!("$ {name}={value:?} cargo {arguments}");
    let status = build::cargo()
        .args(arguments.split(' '))
        .env(name, value)
        .status()
        .context("cargo could not be started")?;
    Ok(status.success())
}

fn result(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}
