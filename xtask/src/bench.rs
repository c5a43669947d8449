//! `cargo xtask bench`: the figures of the README's performance table.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::{build, clients, run};

/// Measures the performance table: ratios of one run, on a real server.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Bench {
    /// What the program takes: see `cargo xtask bench --help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// A program of its own, because it is built with optimisation and with all adapters. What it
    /// measures of other languages is made ready here, where foreign clients are.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let programs = run::until_interrupted(async { Ok(clients::programs().await) })?;
        let status = build::cargo()
            .args(["run", "--quiet", "--release", "--package", "bench", "--"])
            .args(["--foreign", &serde_json::to_string(&programs)?])
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
