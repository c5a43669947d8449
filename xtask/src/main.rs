//! The maintainers' commands: `cargo xtask --help`.

mod auth_mode;
mod bench;
mod build;
mod ci;
mod clients;
mod demo;
mod examples;
mod features;
mod login;
mod outcome;
mod run;
mod table;
mod test_matrix;
mod up;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The maintainers' commands.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Bench),
    Ci(ci::Ci),
    Demo(demo::Demo),
    TestMatrix(test_matrix::TestMatrix),
    Up(up::Up),
}

fn main() -> ExitCode {
    // What takes long says so: standard output is for results alone.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .init();
    let result = match Arguments::parse().command {
        Command::Bench(bench) => bench.run(),
        Command::Ci(ci) => ci.run(),
        Command::Demo(demo) => demo.run(),
        Command::TestMatrix(test_matrix) => test_matrix.run(),
        Command::Up(up) => up.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
