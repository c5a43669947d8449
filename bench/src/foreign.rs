//! The page's own programs in other languages, on the same server.

use std::process::Stdio;

use anyhow::{Context, ensure};
use serde::Deserialize;
use tokio::process::Command;

use test_servers::TestEnv;

use crate::{
    connect::{DELAY, ROUND_TRIPS},
    figure::{Figure, Goal, median},
    interleaved::milliseconds,
    login,
    mysql_async::MysqlAsync,
    relay::Relay,
    subject::Subject,
};

/// How many connects a program measures. The first is not counted.
const CONNECTS: usize = 21;
const DISTANT_CONNECTS: usize = 4;

const RATIO: &str = "connect: mysql_async with a token ÷ the page's program";

/// A program, made ready by `cargo xtask bench`, or why there is none.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Program {
    name: String,
    #[serde(flatten)]
    how: How,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum How {
    /// The program and its arguments.
    Command(Vec<String>),
    Missing(String),
}

/// The median time of its connects, as the program itself prints it.
#[derive(Deserialize)]
struct Printed {
    milliseconds: f64,
}

impl Program {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn figures(&self, env: &TestEnv) -> anyhow::Result<Vec<Figure>> {
        let command = match &self.how {
            How::Command(command) => command,
            How::Missing(reason) => {
                return Ok(vec![
                    Figure::skipped(RATIO, &self.name, reason),
                    Figure::skipped(ROUND_TRIPS, &self.name, reason),
                ]);
            }
        };
        // A process cannot take turns with this one, so ours is measured before and after.
        let before = ours(env).await?;
        let theirs = run(command, env, env.address().port, CONNECTS).await?;
        let ours = median([before, ours(env).await?].concat());
        let relay = Relay::start(([127, 0, 0, 1], env.address().port).into(), DELAY).await?;
        let distant = run(command, env, relay.port(), DISTANT_CONNECTS).await?;
        Ok(vec![
            Figure::new(RATIO, &self.name, ours / theirs)
                .goal(Goal::AtMost(1.0))
                .made_of(format!("{ours:.2} ms / {theirs:.2} ms")),
            Figure::new(ROUND_TRIPS, &self.name, distant / milliseconds(2 * DELAY))
                .made_of("at 50 ms a round trip"),
        ])
    }
}

async fn ours(env: &TestEnv) -> anyhow::Result<Vec<f64>> {
    let subject = MysqlAsync::new(env, env.address().port).await?;
    let mut times = Vec::new();
    for connect in 0..CONNECTS {
        let started = std::time::Instant::now();
        subject.with_adapter().await?;
        if connect > 0 {
            times.push(milliseconds(started.elapsed()));
        }
    }
    Ok(times)
}

/// Runs a program that connects so often, with a token that it finds in its environment.
async fn run(command: &[String], env: &TestEnv, port: u16, connects: usize) -> anyhow::Result<f64> {
    let (program, arguments) = command.split_first().context("an empty command")?;
    let settings = env.settings();
    let output = Command::new(program)
        .args(arguments)
        .env("AZURE_MYSQL_HOST", settings.host())
        .env("AZURE_MYSQL_PORT", port.to_string())
        .env("AZURE_MYSQL_USER", settings.user())
        .env("AZURE_MYSQL_NAME", settings.database().unwrap_or_default())
        .env("AZURE_MYSQL_SSL_CA", env.emulator().ca_pem_path())
        .env("ACCESS_TOKEN", login::token(env))
        .env("CONNECTS", connects.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("{program} did not start"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?} failed: {said}{errors}"
    );
    let printed: Printed = serde_json::from_str(said.trim())
        .with_context(|| format!("{command:?} printed no JSON: {said}"))?;
    Ok(printed.milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_there_or_missing_with_a_reason() {
        let programs = r#"[
            {"name": "Python, PyMySQL", "command": ["python3", "-B"]},
            {"name": "Node, mysql2", "missing": "no node on PATH"}
        ]"#;
        let programs: Vec<Program> = serde_json::from_str(programs).unwrap();
        assert!(matches!(&programs[0].how, How::Command(command) if command.len() == 2));
        assert!(matches!(&programs[1].how, How::Missing(reason) if reason == "no node on PATH"));
    }
}
