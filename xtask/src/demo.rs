//! `cargo xtask demo`: every example, as a process of its own, against a box that looks like Azure.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use test_servers::{Sandbox, SandboxBuilder, ServerKind};

use crate::{
    build,
    examples::{EXAMPLES, Example, Zone},
    table,
};

/// An example logs in in milliseconds. This is for the one that hangs.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// Runs the examples against a token endpoint and a real server, and prints who each logged in as.
#[derive(Args)]
pub(crate) struct Demo {
    /// The database server: mysql or mariadb.
    #[arg(long, default_value_t = ServerKind::Mysql)]
    pub(crate) server: ServerKind,
    /// Prints a JSON array instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What an example did.
#[derive(Serialize)]
struct Row {
    tab: &'static str,
    zone: &'static str,
    adapter: &'static str,
    server: String,
    ok: bool,
    /// Who the server says it was.
    user: Option<String>,
    version: Option<String>,
    tls: Option<String>,
    milliseconds: u128,
    /// What the example wrote, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// What an example that worked has printed.
#[derive(Debug, PartialEq)]
struct Login<'a> {
    user: &'a str,
    version: &'a str,
    tls: &'a str,
}

impl Demo {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let programs = build::programs(EXAMPLES.map(|example| example.package))?;
        let rows = tokio::runtime::Runtime::new()
            .context("no runtime")?
            .block_on(async {
                tokio::select! {
                    rows = run_examples(self.server, &programs) => rows,
                    // Leaving this block drops the box, which stops what it has started.
                    interrupt = interrupted() => {
                        interrupt.context("cannot listen for signals")?;
                        anyhow::bail!("interrupted")
                    }
                }
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

/// Ctrl-C, or a polite request to end.
#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

async fn run_examples(
    server: ServerKind,
    programs: &BTreeMap<String, PathBuf>,
) -> anyhow::Result<Vec<Row>> {
    let principals = Zone::ALL.map(Zone::principal);
    let sandbox = principals
        .iter()
        .cloned()
        .fold(Sandbox::builder(server), SandboxBuilder::principal)
        .start()
        .await?;
    let mut rows = Vec::new();
    for example in &EXAMPLES {
        let program = programs
            .get(example.binary)
            .with_context(|| format!("{} has no program {}", example.package, example.binary))?;
        let principal = principals
            .iter()
            .find(|principal| principal.name() == example.zone.user())
            .context("no principal for the zone")?;
        let environment = sandbox.environment(principal);
        rows.push(run_example(example, program, environment, server).await?);
    }
    sandbox.stop().await?;
    Ok(rows)
}

/// The program gets nothing but environment variables, as Azure would set them.
async fn run_example(
    example: &Example,
    program: &Path,
    environment: BTreeMap<String, String>,
    server: ServerKind,
) -> anyhow::Result<Row> {
    let started = Instant::now();
    let run = tokio::process::Command::new(program)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let (succeeded, output) = match tokio::time::timeout(LONGEST_RUN, run).await {
        Ok(output) => {
            let output = output.with_context(|| format!("{} did not start", program.display()))?;
            let text = [output.stdout, output.stderr].concat();
            (
                output.status.success(),
                String::from_utf8_lossy(&text).into_owned(),
            )
        }
        Err(_elapsed) => (
            false,
            format!("still running after {} s", LONGEST_RUN.as_secs()),
        ),
    };
    let milliseconds = started.elapsed().as_millis();

    let login = login(&output);
    let expected = format!("{}@%", example.zone.user());
    let ok = succeeded
        && login
            .as_ref()
            .is_some_and(|it| it.user == expected && it.tls.starts_with("TLSv1."));
    Ok(Row {
        tab: example.tab,
        zone: example.zone.name(),
        adapter: example.adapter,
        server: server.to_string(),
        ok,
        user: login.as_ref().map(|it| it.user.to_owned()),
        version: login.as_ref().map(|it| it.version.to_owned()),
        tls: login.as_ref().map(|it| it.tls.to_owned()),
        milliseconds,
        output: (!ok).then_some(output),
    })
}

/// Finds `logged in as USER to VERSION over TLS` in what an example has printed.
fn login(output: &str) -> Option<Login<'_>> {
    output.lines().find_map(|line| {
        let (user, rest) = line.strip_prefix("logged in as ")?.split_once(" to ")?;
        let (version, tls) = rest.split_once(" over ")?;
        Some(Login { user, version, tls })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_read_from_the_line_that_an_example_prints() {
        let output = "noise\nlogged in as aad_app@% to 9.7.4-Debian over TLSv1.3\n";
        let expected = Login {
            user: "aad_app@%",
            version: "9.7.4-Debian",
            tls: "TLSv1.3",
        };
        assert_eq!(login(output), Some(expected));
        assert_eq!(login("Error: no token for the login"), None);
    }
}
