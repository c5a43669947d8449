//! Running one program to its end.

use std::{
    io,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use process_supervisor::{Options, Output, Process};
use test_servers::blocking;

/// How long a program has to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A program that logs in does it in milliseconds, or, in another language, in seconds. This is for
/// the one that hangs.
pub(crate) const LOGIN_LIMIT: Duration = Duration::from_secs(60);

/// What became of a program.
pub(crate) struct Run {
    /// `None` if it took too long and was ended.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) duration: Duration,
}

impl Run {
    pub(crate) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// All that it wrote, and that it did not come to an end.
    pub(crate) fn output(&self) -> String {
        let ended = match self.status {
            Some(_) => String::new(),
            None => format!("still running after {} s", self.duration.as_secs()),
        };
        [self.stdout.as_str(), &self.stderr, &ended].concat()
    }
}

/// Runs a program without input, and ends it if it takes too long. What it has started ends with it,
/// also when this is dropped.
pub(crate) async fn to_its_end(mut command: Command, limit: Duration) -> anyhow::Result<Run> {
    let outputs = || -> io::Result<_> { Ok((Output::new()?, Output::new()?)) };
    let (stdout, stderr) = outputs().context("no temporary file: check TMPDIR")?;
    command.stdout(stdout.writer()?).stderr(stderr.writer()?);
    let started = Instant::now();
    let mut process = spawn(command)?;
    let status = match tokio::time::timeout(limit, end_of(&mut process)).await {
        Ok(status) => Some(status?),
        Err(_elapsed) => {
            blocking(move || process.stop()).await?;
            None
        }
    };
    Ok(Run {
        status,
        stdout: stdout.text(),
        stderr: stderr.text(),
        duration: started.elapsed(),
    })
}

/// The same without a time limit, for a program that writes where its command says.
pub(crate) async fn status(command: Command) -> anyhow::Result<ExitStatus> {
    end_of(&mut spawn(command)?).await
}

fn spawn(mut command: Command) -> anyhow::Result<Process> {
    let program = command.get_program().display().to_string();
    command.stdin(Stdio::null());
    let options = Options {
        grace: GRACE,
        ..Options::default()
    };
    Process::spawn(command, options).with_context(|| format!("{program} did not start"))
}

async fn end_of(process: &mut Process) -> anyhow::Result<ExitStatus> {
    loop {
        if let Some(status) = process.ended()? {
            return Ok(status);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Runs what is under way until it ends or somebody interrupts it. What it has started must end when
/// it is dropped.
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

/// Ctrl-C, a polite request to end, or a terminal that was closed.
#[cfg(unix)]
pub(crate) async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_program_is_run_to_its_end_with_all_that_it_writes() {
        let run = to_its_end(shell("echo out; echo err >&2"), LOGIN_LIMIT).await;
        let run = run.unwrap();
        assert!(run.succeeded());
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            ("out\n", "err\n")
        );
        let failed = to_its_end(shell("exit 3"), LOGIN_LIMIT).await.unwrap();
        assert!(!failed.succeeded());
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended_and_says_so() {
        let limit = Duration::from_millis(50);
        let run = to_its_end(shell("echo begun; exec sleep 1000"), limit).await;
        let run = run.unwrap();
        assert!(!run.succeeded());
        assert!(
            run.output().contains("still running after"),
            "{}",
            run.output()
        );
    }

    #[tokio::test]
    async fn a_program_has_ended_though_its_child_holds_its_output() {
        let run = to_its_end(shell("sleep 1000 & echo done"), LOGIN_LIMIT).await;
        let run = run.unwrap();
        assert!(run.duration < LOGIN_LIMIT);
        assert_eq!(run.stdout, "done\n");
    }
}
