//! Running jobs, several at a time, until all are done or somebody interrupts.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::{
    job::{Context, Job},
    progress::Progress,
    result::CaseResult,
};
use crate::{outcome::Outcome, run};

const REDRAWING: Duration = Duration::from_millis(500);

/// Runs jobs and collects what comes of them.
pub(super) struct Runner {
    pub(super) context: Arc<Context>,
    pub(super) progress: Progress,
    pub(super) keep_going: bool,
    pub(super) results: Vec<CaseResult>,
    /// Why nothing more is begun.
    pub(super) stopped: Option<&'static str>,
    begun: usize,
}

impl Runner {
    /// With what came of cases that cannot be run.
    pub(super) fn new(
        context: Context,
        progress: Progress,
        keep_going: bool,
        blocked: Vec<CaseResult>,
    ) -> Self {
        let mut runner = Self {
            context: Arc::new(context),
            progress,
            keep_going,
            results: Vec::new(),
            stopped: None,
            begun: 0,
        };
        if !blocked.is_empty() {
            runner.ended("what cannot be run", blocked);
        }
        runner
    }

    /// Runs jobs, so many at once. After a failure, unless told to go on, no other is begun; those
    /// that are under way come to their end. After an interruption they are ended.
    pub(super) async fn run(&mut self, jobs: Vec<Job>, at_once: usize) -> anyhow::Result<()> {
        let mut waiting: VecDeque<_> = jobs.into();
        let mut running = JoinSet::new();
        let mut titles = Vec::new();
        let mut redrawing = tokio::time::interval(REDRAWING);
        let interrupted = run::interrupted();
        tokio::pin!(interrupted);
        loop {
            while self.stopped.is_none() && running.len() < at_once {
                let Some(job) = waiting.pop_front() else {
                    break;
                };
                self.progress.begins(job.title());
                titles.push((job.title(), names(&job)));
                let (number, context) = (self.begun, Arc::clone(&self.context));
                self.begun += 1;
                running.spawn(async move { (job.title(), job.run(number, &context).await) });
            }
            tokio::select! {
                ended = running.join_next() => match ended {
                    None => break,
                    Some(ended) => {
                        let (title, results) = ended.context("a cell panicked")?;
                        titles.retain(|(running, _)| *running != title);
                        self.ended(&title, results);
                    }
                },
                _ = redrawing.tick() => self.progress.draw(),
                interrupt = &mut interrupted => {
                    interrupt.context("cannot listen for signals")?;
                    self.stopped = Some("interrupted");
                    self.progress.clear();
                    eprintln!("interrupted: ending what is under way");
                    running.shutdown().await;
                    for name in titles.drain(..).flat_map(|(_, names)| names) {
                        self.not_run(&name, "interrupted");
                    }
                    break;
                }
            }
        }
        if let Some(reason) = self.stopped {
            for name in waiting.iter().flat_map(names) {
                self.not_run(&name, reason);
            }
        }
        self.progress.clear();
        Ok(())
    }

    fn ended(&mut self, title: &str, results: Vec<CaseResult>) {
        self.progress.ends(title, &results);
        if !self.keep_going && results.iter().any(|result| result.outcome.has_failed()) {
            self.stopped.get_or_insert("another cell failed");
        }
        self.results.extend(results);
    }

    fn not_run(&mut self, name: &str, reason: &str) {
        let outcome = Outcome::NotRun(reason.to_owned());
        self.results.push(CaseResult::new(name, outcome));
    }
}

fn names(job: &Job) -> Vec<String> {
    job.cases.iter().map(|case| case.name.clone()).collect()
}
