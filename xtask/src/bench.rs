//! `cargo xtask bench`: the figures of the README's performance table.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::build;

/// Measures the performance table: ratios of one run, on a real server.
#[derive(Args)]
pub(crate) struct Bench {
    /// What the program takes: `--server mysql|mariadb`, `--json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// A program of its own, because it is built with optimisation and with all adapters.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let status = build::cargo()
            .args(["run", "--quiet", "--release", "--package", "bench", "--"])
            .args(&self.arguments)
            .status()
            .context("cargo could not be started")?;
        Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
