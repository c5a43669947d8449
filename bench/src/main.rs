//! `cargo xtask bench`: the figures of the README's performance table, as ratios of one run.
//!
//! Machines are noisy, so nothing here is compared with another run: of two things that are compared,
//! each is done in turn with the other, on the same server.

mod bare_login;
mod cache;
mod connect;
mod copied;
mod diesel;
mod diesel_sync;
// Token endpoints without a network, which `cargo bench -p token-source` uses too.
#[expect(
    clippy::duration_suboptimal_units,
    reason = "it is written for an older Rust than this program"
)]
#[path = "../../crates/token-source/benches/cache/endpoint.rs"]
mod endpoint;
mod figure;
mod foreign;
mod interleaved;
mod login;
mod mysql_async;
mod outage;
mod parts;
mod plot;
mod pool;
mod relay;
mod rotation;
mod server;
mod sqlx;
mod subject;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use figure::{Figure, Verdict};
use test_servers::ServerKind;

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures the performance table.")]
struct Arguments {
    /// The database server: mysql or mariadb. The embedded one knows no static passwords.
    #[arg(long, default_value_t = ServerKind::Mysql)]
    server: ServerKind,
    /// Measures only the parts whose name holds this text: `--list` shows them.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Lists the parts.
    #[arg(long)]
    list: bool,
    /// Writes a JSON array to a file, or to standard output in the table's place (`-`).
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Prints the table in Markdown, as in the README.
    #[arg(long)]
    markdown: bool,
    /// Writes the plot to `docs/bench.svg` as well.
    #[arg(long)]
    write_plot: bool,
    /// Programs in other languages, as JSON.
    #[arg(long, hide = true, default_value = "[]")]
    foreign: String,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Subcommand)]
enum Role {
    /// What a process of its own does.
    #[command(hide = true)]
    OutageClients { seconds: u64 },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(Role::OutageClients { seconds }) = arguments.role {
        outage::clients::run(Duration::from_secs(seconds)).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let programs: Vec<foreign::Program> = serde_json::from_str(&arguments.foreign)?;
    let parts = parts::parts(&programs, &arguments.only);
    ensure!(!parts.is_empty(), "no part is named so; see --list");
    if arguments.list {
        for part in &parts {
            println!("{}", part.name());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let figures = parts::measure(arguments.server, &parts).await?;
    report(&arguments, &figures)?;
    let missed = |figure: &Figure| figure.verdict() == Verdict::Missed;
    Ok(if figures.iter().any(missed) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn report(arguments: &Arguments, figures: &[Figure]) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let plot = plot::svg(figures);
    write(&root.join("target/bench/bench.svg"), &plot)?;
    if arguments.write_plot {
        write(&root.join("docs/bench.svg"), &plot)?;
    }
    let table = if arguments.markdown {
        table::markdown(figures)
    } else {
        table::plain(figures)
    };
    match &arguments.json {
        Some(file) if file == Path::new("-") => {
            println!("{}", serde_json::to_string_pretty(figures)?);
        }
        Some(file) => {
            write(file, &serde_json::to_string_pretty(figures)?)?;
            print!("{table}");
        }
        None => print!("{table}"),
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}
