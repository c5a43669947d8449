//! `cargo xtask demo`: every example, as a process of its own, against a box that looks like Azure.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use test_servers::ServerKind;

use crate::{
    auth_mode::AuthMode,
    build,
    examples::{Example, examples},
    login::Login,
    run, table,
};

/// Runs the examples against token endpoints and a server, and prints who each logged in as.
#[derive(Args)]
pub(crate) struct Demo {
    /// The database server: embedded, mysql or mariadb.
    #[arg(long, default_value_t = ServerKind::Embedded)]
    pub(crate) server: ServerKind,
    /// Prints a JSON array instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What an example did.
#[derive(Serialize)]
pub(crate) struct Row {
    tab: &'static str,
    zone: &'static str,
    adapter: &'static str,
    server: String,
    pub(crate) ok: bool,
    /// Who the server says it was.
    user: Option<String>,
    version: Option<String>,
    tls: Option<String>,
    milliseconds: u128,
    /// What the example wrote, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
}

impl Demo {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let examples = examples();
        let packages: BTreeSet<_> = examples.iter().map(Example::package).collect();
        let rows = run::until_interrupted(async {
            let programs = build::programs(&packages).await?;
            run_all(&examples, self.server, &programs).await
        })?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&rows)?);
        } else {
            print!("{}", as_table(&rows));
        }
        let failed = rows.iter().filter(|row| !row.ok).count();
        if failed == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        for row in rows.iter().filter(|row| !row.ok) {
            let output = row.output.as_deref().unwrap_or_default();
            eprintln!("\n{} {} failed:\n{output}", row.tab, row.zone);
        }
        eprintln!("\n{failed} of {} examples failed", rows.len());
        Ok(ExitCode::FAILURE)
    }
}

/// Runs these examples one after the other, and gives a row for each.
pub(crate) async fn run_all(
    examples: &[Example],
    server: ServerKind,
    programs: &BTreeMap<String, PathBuf>,
) -> anyhow::Result<Vec<Row>> {
    let env = AuthMode::start_env(server).await?;
    let mut rows = Vec::new();
    for example in examples {
        let program = programs
            .get(&example.binary)
            .with_context(|| format!("{} has no program {}", example.package(), example.binary))?;
        let environment = env.environment(example.tab, example.auth_mode.principal(&env));
        rows.push(run_example(example, program, environment, server).await?);
    }
    env.stop().await?;
    Ok(rows)
}

/// The program gets nothing but environment variables, as Azure would set them.
async fn run_example(
    example: &Example,
    program: &Path,
    environment: BTreeMap<String, String>,
    server: ServerKind,
) -> anyhow::Result<Row> {
    let mut command = Command::new(program);
    command.env_clear().envs(environment);
    let run = run::to_its_end(command, run::LOGIN_LIMIT).await?;
    let output = run.output();
    let login = Login::find(&output);
    let ok = run.succeeded()
        && login
            .as_ref()
            .is_some_and(|it| it.is_of(&example.auth_mode.user(), server));
    let text = |text: &str| text.to_owned();
    Ok(Row {
        tab: example.tab.name(),
        zone: example.auth_mode.name(),
        adapter: example.adapter,
        server: server.to_string(),
        ok,
        user: login.as_ref().map(|it| text(it.user)),
        version: login.as_ref().map(|it| text(it.version)),
        tls: login.as_ref().map(|it| text(it.tls)),
        milliseconds: run.duration.as_millis(),
        output: (!ok).then(|| output.clone()),
    })
}

fn as_table(rows: &[Row]) -> String {
    let cells: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            [
                row.tab.to_owned(),
                row.zone.to_owned(),
                row.adapter.to_owned(),
                text(&row.user),
                format!("{} {}", row.server, text(&row.version)),
                text(&row.tls),
                format!("{} ms", row.milliseconds),
                if row.ok { "ok" } else { "FAILED" }.to_owned(),
            ]
        })
        .collect();
    table::render(
        [
            "tab",
            "zone",
            "adapter",
            "logged in as",
            "server",
            "TLS",
            "time",
            "result",
        ],
        &cells,
    )
}
