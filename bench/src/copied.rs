//! What the emulator's copying of a session costs, in front of a real server.

use anyhow::Context;
use azure_mysql_emulator::{Backend, CertificateAuthority, Emulator, Principal};
use test_servers::{Product, Server, ServerOptions, blocking};
use token_source_mysql_async::mysql_async::{Conn, Opts, OptsBuilder, SslOpts, prelude::Queryable};

use crate::{
    figure::{Figure, Goal},
    interleaved::interleaved,
};

const USER: &str = "administrator";
const PASSWORD: &str = "only-on-loopback";
const DATABASE: &str = "bench";
const HOST: &str = "127.0.0.1";

/// What is read each time, in rows of 1,000 bytes.
const ROWS: usize = 16_000;

/// Compared are two sessions of one driver, both over TLS: one with the server itself, and one with the
/// emulator, which copies it from the same server.
pub(crate) async fn figure() -> anyhow::Result<Figure> {
    let authority = CertificateAuthority::new()?;
    let certificate = authority.issue(&[HOST])?;
    let options = ServerOptions::new()
        .database(DATABASE)
        .administrator(USER, PASSWORD)
        .tls(
            certificate.certificate_pem(),
            certificate.private_key_pem(),
            authority.certificate_pem(),
        );
    let server = blocking(move || Server::start(Product::Mysql, options)).await?;
    let principal = Principal::system_assigned("aad_bench");
    let url = format!(
        "mysql://{USER}:{PASSWORD}@{HOST}:{}/{DATABASE}",
        server.port()
    );
    let emulator = Emulator::builder()
        .principal(principal.clone())
        .backend(Backend::server(url))
        .start()
        .await?;

    let root = authority.certificate_pem().as_bytes().to_vec();
    let trust = SslOpts::default().with_root_certs(vec![root.into()]);
    let mut direct = connect(server.port(), USER, PASSWORD, trust).await?;
    let root = emulator.ca_pem_path().to_owned();
    let trust = SslOpts::default().with_root_certs(vec![root.into()]);
    let token = emulator.token_for(&principal);
    let port = emulator.address().port;
    let mut copied = connect(port, principal.mysql_user(), &token, trust).await?;
    fill(&mut direct).await?;

    let [own, through] = interleaved(async |which| match which {
        0 => read(&mut direct).await,
        _ => read(&mut copied).await,
    })
    .await?;
    drop((direct, copied));
    emulator.stop().await;
    blocking(|| server.stop()).await?;
    Ok(Figure::new(
        "emulator: copied session ÷ server's own throughput",
        "MySQL",
        own / through,
    )
    .goal(Goal::AtLeast(0.8))
    .made_of(format!(
        "16 MB in {through:.0} ms / {own:.0} ms, both over TLS"
    )))
}

async fn connect(port: u16, user: &str, password: &str, trust: SslOpts) -> anyhow::Result<Conn> {
    let options = OptsBuilder::default()
        .ip_or_hostname(HOST)
        .tcp_port(port)
        .user(Some(user))
        .pass(Some(password))
        .db_name(Some(DATABASE))
        .enable_cleartext_plugin(true)
        .prefer_socket(false)
        .ssl_opts(trust);
    Ok(Conn::new(Opts::from(options)).await?)
}

async fn fill(conn: &mut Conn) -> anyhow::Result<()> {
    for statement in [
        "CREATE TABLE texts (id INT PRIMARY KEY, text VARCHAR(1000)) CHARSET latin1".to_owned(),
        format!("SET cte_max_recursion_depth = {ROWS}"),
        format!(
            "INSERT INTO texts WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM \
             numbers WHERE id < {ROWS}) SELECT id, REPEAT('x', 1000) FROM numbers"
        ),
    ] {
        conn.query_drop(statement)
            .await
            .context("no table to read")?;
    }
    Ok(())
}

async fn read(conn: &mut Conn) -> anyhow::Result<()> {
    let mut rows = 0;
    let mut result = conn.query_iter("SELECT text FROM texts").await?;
    while result.next().await?.is_some() {
        rows += 1;
    }
    anyhow::ensure!(rows == ROWS, "{rows} rows");
    Ok(())
}
