//! `cargo xtask bench`: the figures of the README's performance table, as ratios of one run.
//!
//! Machines are noisy, so nothing here is compared with another run: of two things that are compared,
//! each is done in turn with the other, on the same server.

mod connect;
mod contender;
mod figure;
mod mysql_async;
mod pool;
mod relay;
mod stage;

use std::process::ExitCode;

use clap::Parser;
use figure::{Figure, Goal};
use mysql_async::MysqlAsync;
use stage::{PasswordLogin, Stage};
use test_servers::ServerKind;

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures the performance table.")]
struct Arguments {
    /// The database server: mysql or mariadb. The embedded one knows no static passwords.
    #[arg(long, default_value_t = ServerKind::Mysql)]
    server: ServerKind,
    /// Prints a JSON array instead of a table.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let stage = Stage::start(arguments.server).await?;
    let figures = measure(&stage, &stage.password_login()?).await;
    stage.stop().await?;
    let figures = figures?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        for figure in &figures {
            let mark = if figure.is_met() { "" } else { "  MISSED" };
            println!(
                "{:<62} {:>6.3}  {:<14} {}{mark}",
                figure.name, figure.value, figure.goal, figure.detail
            );
        }
    }
    Ok(if figures.iter().all(Figure::is_met) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn measure(stage: &Stage, password: &PasswordLogin) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![
        connect::token_against_password::<MysqlAsync>(stage, password).await?,
        connect::token_against_documentation(stage, password).await?,
        connect::round_trips::<MysqlAsync>(stage, password, Goal::AtMost(5.0)).await?,
    ];
    let (ours, native) = mysql_async::pools(stage, password).await?;
    figures.extend(pool::throughput("mysql_async", &ours, &native).await?);
    Ok(figures)
}
