//! `cargo xtask ci`: what has to pass before a change lands.

mod banned;
mod cargo;
mod clippy;
mod contents;
mod crates;
mod deny;
mod dependency_rules;
mod documentation;
mod duplicates;
mod files;
mod foreign;
mod format;
mod fuzz;
mod graph;
mod hosts;
mod licences;
mod links;
mod matrix;
mod packages;
mod rust_version;
mod tarballs;

use std::{process::ExitCode, time::Instant};

use clap::{Args, ValueEnum};

use crate::table;

/// Runs what has to pass before a change lands: all steps, even after one that fails.
#[derive(Args)]
pub(crate) struct Ci {
    /// Runs only this step; may be given again.
    #[arg(long, value_enum, value_name = "STEP", hide_possible_values = true)]
    only: Vec<Step>,
    /// Leaves this step out; may be given again.
    #[arg(long, value_enum, value_name = "STEP", hide_possible_values = true)]
    skip: Vec<Step>,
    /// Lists the steps.
    #[arg(long)]
    list: bool,
}

/// In the order in which they run: what is quick first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// All code is as rustfmt writes it.
    Format,
    /// Relative links in documents lead to files of the repository.
    Links,
    /// No address of a package registry or a mirror is in the repository.
    Hosts,
    /// No file of the repository is binary, a package, large, or somebody else's.
    Foreign,
    /// Packages that are published hold nothing that is not named.
    Contents,
    /// Crates depend on each other one way, and the core on no driver.
    DependencyRules,
    /// All dependencies are under licences of deny.toml's list.
    Licences,
    /// No dependency is one that deny.toml bans.
    Banned,
    /// No dependency comes in two versions without a reason in deny.toml.
    Duplicates,
    /// Each crate declares a Rust that its dependencies build with.
    RustVersion,
    /// Clippy has no warning, in all targets, with all features.
    Clippy,
    /// The documentation builds without a warning.
    Documentation,
    /// The fuzz targets build.
    Fuzz,
    /// Each crate that is published builds from its own tarball.
    Packages,
    /// The test matrix passes.
    TestMatrix,
}

impl Ci {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let steps: Vec<_> = Step::value_variants()
            .iter()
            .copied()
            .filter(|step| self.wants(*step))
            .collect();
        anyhow::ensure!(
            !steps.is_empty(),
            "no step is left: `cargo xtask ci --list` lists them"
        );
        if self.list {
            let rows: Vec<_> = steps
                .iter()
                .map(|step| [step.name(), step.promise()])
                .collect();
            print!("{}", table::render(["step", "promise"], &rows));
            return Ok(ExitCode::SUCCESS);
        }
        let mut rows = Vec::new();
        let mut failures = Vec::new();
        let mut again = String::new();
        for step in steps {
            let name = step.name();
            eprintln!("== {name}");
            let started = Instant::now();
            let lines = step
                .run()
                .unwrap_or_else(|error| vec![format!("{error:#}")]);
            let time = format!("{:.1} s", started.elapsed().as_secs_f32());
            let result = if lines.is_empty() { "passed" } else { "FAILED" };
            eprintln!("== {name}: {result}, {time}");
            if !lines.is_empty() {
                again = again + " --only " + &name;
            }
            failures.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
            rows.push([name, result.to_owned(), time]);
        }
        print!("\n{}", table::render(["step", "result", "time"], &rows));
        if failures.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        println!("\n{}", failures.join("\n"));
        println!("\nwhat failed alone: cargo xtask ci{again}");
        Ok(ExitCode::FAILURE)
    }

    fn wants(&self, step: Step) -> bool {
        (self.only.is_empty() || self.only.contains(&step)) && !self.skip.contains(&step)
    }
}

impl Step {
    /// What is wrong, one line each.
    fn run(self) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Format => format::check(),
            Self::Links => links::check(),
            Self::Hosts => hosts::check(),
            Self::Foreign => foreign::check(),
            Self::Contents => contents::check(),
            Self::DependencyRules => dependency_rules::check(),
            Self::Licences => licences::check(),
            Self::Banned => banned::check(),
            Self::Duplicates => duplicates::check(),
            Self::RustVersion => rust_version::check(),
            Self::Clippy => clippy::check(),
            Self::Documentation => documentation::check(),
            Self::Fuzz => fuzz::check(),
            Self::Packages => packages::check(),
            Self::TestMatrix => matrix::check(),
        }
    }

    fn name(self) -> String {
        self.described(|value| value.get_name().to_owned())
    }

    fn promise(self) -> String {
        self.described(|value| {
            value
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default()
        })
    }

    fn described(self, part: impl Fn(&clap::builder::PossibleValue) -> String) -> String {
        self.to_possible_value()
            .as_ref()
            .map(part)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(only: &[Step], skip: &[Step]) -> Vec<Step> {
        let ci = Ci {
            only: only.to_vec(),
            skip: skip.to_vec(),
            list: false,
        };
        Step::value_variants()
            .iter()
            .copied()
            .filter(|step| ci.wants(*step))
            .collect()
    }

    #[test]
    fn without_a_choice_every_step_runs() {
        assert_eq!(wanted(&[], &[]), Step::value_variants());
    }

    #[test]
    fn one_step_runs_alone_or_is_left_out() {
        assert_eq!(
            wanted(&[Step::Links, Step::Fuzz], &[Step::Fuzz]),
            [Step::Links]
        );
        assert!(!wanted(&[], &[Step::TestMatrix]).contains(&Step::TestMatrix));
    }
}
