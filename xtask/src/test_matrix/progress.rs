//! What the terminal shows while cases run.

use std::{
    io::{self, IsTerminal, Write},
    time::Instant,
};

use anstyle::{AnsiColor, Style};

use super::result::CaseResult;

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const NEUTRAL: Style = AnsiColor::Yellow.on_default();

/// Terminals are at least as wide as this; a longer line could not be taken back.
const WIDTH: usize = 78;

/// One line that changes, where there is a terminal; and a line for what has ended, if it failed or
/// if there is none.
pub(super) struct Progress {
    is_live: bool,
    started: Instant,
    cases: usize,
    ended: usize,
    failed: usize,
    running: Vec<String>,
}

impl Progress {
    pub(super) fn new(cases: usize) -> Self {
        Self {
            is_live: io::stderr().is_terminal(),
            started: Instant::now(),
            cases,
            ended: 0,
            failed: 0,
            running: Vec::new(),
        }
    }

    pub(super) fn begins(&mut self, title: String) {
        self.running.push(title);
        self.draw();
    }

    /// Says what came of a job.
    pub(super) fn ends(&mut self, title: &str, results: &[CaseResult]) {
        self.running.retain(|running| running != title);
        self.ended += results.len();
        self.clear();
        let failed: Vec<_> = results
            .iter()
            .filter(|it| it.outcome.has_failed())
            .collect();
        self.failed += failed.len();
        if failed.is_empty() && !self.is_live {
            eprintln!("ended: {title} ({})", counted(results.len(), "cell"));
        }
        for result in &failed {
            let reason = result.outcome.reason();
            anstream::eprintln!("{BAD}FAILED{BAD:#} {}: {}", result.name, reason);
            if let Some(output) = &result.output {
                eprintln!("{output}");
            }
        }
        if let Some(first) = failed.first() {
            eprintln!("to run this cell alone: {}", alone(&first.name));
        }
        self.draw();
    }

    /// To be called again and again, for the time that passes.
    pub(super) fn draw(&self) {
        if self.is_live {
            // It is only for the eye.
            let _ = write!(io::stderr(), "\r\x1b[K{}", self.line());
            let _ = io::stderr().flush();
        }
    }

    pub(super) fn clear(&self) {
        if self.is_live {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }

    fn line(&self) -> String {
        let seconds = self.started.elapsed().as_secs();
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(", {failed} FAILED"),
        };
        let mut line = format!(
            "{}/{} cells{failed}, {}:{:02}  {}",
            self.ended,
            self.cases,
            seconds / 60,
            seconds % 60,
            self.running.join("  ")
        );
        if let Some((end, _)) = line.char_indices().nth(WIDTH) {
            line.truncate(end);
        }
        line
    }
}

/// The command that runs one case.
pub(super) fn alone(case: &str) -> String {
    format!("cargo xtask test-matrix --only '{case}'")
}

pub(super) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn the_line_tells_how_far_it_is_and_fits() {
        let mut progress = Progress::new(120);
        progress.is_live = false;
        progress.begins("mysql/token-source-sqlx/server".to_owned());
        progress.begins("core/cache".to_owned());
        let failed = Outcome::Failed("no".to_owned());
        progress.ends("core/cache", &[CaseResult::new("core/cache", failed)]);
        let expected = "1/120 cells, 1 FAILED, 0:00  mysql/token-source-sqlx/server";
        assert_eq!(progress.line(), expected);
        progress.begins("x".repeat(200));
        assert_eq!(progress.line().len(), WIDTH);
    }
}
