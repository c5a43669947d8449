//! What an emulator costs: the time it takes to start, and the memory of idle connections.
//!
//! `cargo run --release -p azure-mysql-emulator --example figures`
//!
//! The clients are in another process: this program starts itself again for them.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    time::Instant,
};

use azure_mysql_emulator::{Emulator, Principal};
use mysql_async::{Conn, Opts, OptsBuilder, SslOpts, prelude::Queryable as _};

const CONNECTIONS: usize = 1_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [port, ca, token] = &*arguments {
        return clients(port.parse()?, ca, token).await;
    }

    let start = Instant::now();
    let principal = Principal::service_principal("app", "a secret");
    let builder = Emulator::builder().principal(principal.clone());
    let emulator = builder.start().await?;
    println!("start: {} ms", start.elapsed().as_millis());
    let start = Instant::now();
    Emulator::builder().start().await?.stop().await;
    println!("another one: {} ms", start.elapsed().as_millis());

    let before = resident_kib()?;
    let mut clients = Command::new(std::env::current_exe()?)
        .arg(emulator.address().port.to_string())
        .arg(emulator.ca_pem_path())
        .arg(emulator.token_for(&principal))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = clients.stdout.take().ok_or("no output")?;
    let connected = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map(|_| line)
    });
    print!("{}", connected.await??);
    let after = resident_kib()?;
    println!(
        "{} connections: {after} KiB resident, {before} KiB before, {} KiB each",
        emulator.counters().open_connections,
        (after - before) / CONNECTIONS
    );
    drop(clients.stdin.take());
    clients.wait()?;

    let start = Instant::now();
    emulator.stop().await;
    println!("stop: {} ms", start.elapsed().as_millis());
    Ok(())
}

/// Opens the connections, says so, and keeps them until its input ends.
async fn clients(port: u16, ca: &str, token: &str) -> Result<(), Box<dyn Error>> {
    let roots = vec![std::path::PathBuf::from(ca).into()];
    let base = OptsBuilder::default()
        .ip_or_hostname("localhost")
        .tcp_port(port)
        .user(Some("app"))
        .pass(Some(token))
        .enable_cleartext_plugin(true)
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 26))
        .wait_timeout(Some(28_800))
        .ssl_opts(SslOpts::default().with_root_certs(roots));
    let base = Opts::from(base);
    let start = Instant::now();
    let opening: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let options = OptsBuilder::from_opts(base.clone());
            tokio::spawn(async move {
                let mut conn = Conn::new(options).await?;
                conn.query_drop("SELECT 1").await.map(|()| conn)
            })
        })
        .collect();
    let mut connections = Vec::new();
    for connection in opening {
        connections.push(connection.await??);
    }
    println!("logins, all at once: {} ms", start.elapsed().as_millis());
    std::io::stdout().flush()?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    Ok(())
}

/// `VmRSS` of this process, on Linux.
fn resident_kib() -> Result<usize, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let size = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(size.ok_or("no VmRSS in /proc/self/status")?.parse()?)
}
