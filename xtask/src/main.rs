//! The maintainers' commands: `cargo xtask --help`.

mod build;
mod demo;
mod examples;
mod table;
mod test_matrix;

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
    Demo(demo::Demo),
    /// Runs all tests and the demo, on each of the real servers.
    TestMatrix,
}

fn main() -> ExitCode {
    // What takes long says so: standard output is for results alone.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .init();
    let result = match Arguments::parse().command {
        Command::Demo(demo) => demo.run(),
        Command::TestMatrix => test_matrix::run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
