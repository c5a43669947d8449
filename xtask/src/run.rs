//! Running one program to its end.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::process::Command;

/// A program here logs in in milliseconds, or, in another language, in seconds. This is for the one
/// that hangs.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// What became of a program.
pub(crate) struct Run {
    pub(crate) succeeded: bool,
    /// All that it wrote, or that it did not come to an end.
    pub(crate) output: String,
    pub(crate) milliseconds: u128,
}

/// Runs a program without input, and ends it if it takes too long.
pub(crate) async fn to_its_end(mut command: Command) -> anyhow::Result<Run> {
    let started = Instant::now();
    let run = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let (succeeded, output) = match tokio::time::timeout(LONGEST_RUN, run).await {
        Ok(output) => {
            let output = output.with_context(|| {
                let program = command.as_std().get_program().display().to_string();
                format!("{program} did not start")
            })?;
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text).into_owned();
            (output.status.success(), text)
        }
        Err(_elapsed) => {
            let seconds = LONGEST_RUN.as_secs();
            (false, format!("still running after {seconds} s"))
        }
    };
    Ok(Run {
        succeeded,
        output,
        milliseconds: started.elapsed().as_millis(),
    })
}

/// Runs what is under way until it ends or somebody interrupts it: Ctrl-C, or a polite request to
/// end. What it has started must end when it is dropped.
pub(crate) fn until_interrupted<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()
        .context("no runtime")?
        .block_on(async {
            tokio::select! {
                done = work => done,
                interrupt = interrupted() => {
                    interrupt.context("cannot listen for signals")?;
                    anyhow::bail!("interrupted")
                }
            }
        })
}

/// Ctrl-C, or a polite request to end.
#[cfg(unix)]
pub(crate) async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
