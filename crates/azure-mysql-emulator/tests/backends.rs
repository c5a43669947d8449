//! A real server answers SQL behind Azure's login, and what becomes of it is told in MySQL's words.

mod mysql;

use std::{env, fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use azure_mysql_emulator::{Backend, Emulator, Principal};
use mysql::{USER, log_in, options, server_error};
use mysql_async::{ChangeUserOpts, Conn, Opts, prelude::Queryable as _};
use test_servers::{Error, Installation, Product, Server, ServerOptions, blocking};

const ROOT: &str = "root_of_tests";
const PASSWORD: &str = "p@ss/word";
const DATABASE: &str = "shop";

/// Where Debian's packages cannot be had there is no real server. That is a failure where they must be.
fn skipped(error: &Error) -> bool {
    let required = env::var_os("REQUIRE_REAL_SERVERS").is_some();
    assert!(error.is_unsupported() && !required, "{error}");
    eprintln!("SKIPPED: {error}");
    true
}

/// A server with a user who may create others.
async fn server(product: Product) -> Option<Server> {
    let options = ServerOptions::new()
        .database(DATABASE)
        .administrator(ROOT, PASSWORD);
    match blocking(move || Server::start(product, options)).await {
        Ok(server) => Some(server),
        Err(error) if skipped(&error) => None,
        Err(error) => panic!("{error}"),
    }
}

fn url(server: &Server) -> String {
    let (host, port) = (server.host(), server.port());
    format!("mysql://{ROOT}:p%40ss%2Fword@{host}:{port}/{DATABASE}")
}

fn app() -> Principal {
    Principal::service_principal(USER, "a secret")
}

/// The token is for a principal of the same name and id.
async fn connection(emulator: &Emulator, principal: &Principal) -> Conn {
    let token = emulator.token_for(principal);
    log_in(emulator, USER, &token).await.unwrap()
}

async fn text(conn: &mut Conn, query: &str) -> String {
    conn.query_first(query).await.unwrap().unwrap()
}

#[tokio::test]
async fn session_is_the_servers_own() {
    for product in Product::ALL {
        let Some(server) = server(product).await else {
            return;
        };
        let principal = app();
        let emulator = Emulator::builder()
            .principal(principal.clone())
            .backend(Backend::server(url(&server)))
            .start()
            .await
            .unwrap();
        assert_eq!(emulator.address().database, DATABASE);
        let mut conn = connection(&emulator, &principal).await;

        assert_eq!(
            text(&mut conn, "SELECT CURRENT_USER()").await,
            format!("{ROOT}@%")
        );
        let id: u32 = conn
            .query_first("SELECT CONNECTION_ID()")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(id, conn.id(), "the greeting names it");
        let version = text(&mut conn, "SELECT VERSION()").await;
        let (major, minor, patch) = conn.server_version();
        assert!(
            version.starts_with(&format!("{major}.{minor}.{patch}")),
            "{version}"
        );
        let large = "x".repeat(20_000_000);
        conn.query_drop("CREATE TABLE texts (text LONGTEXT)")
            .await
            .unwrap();
        conn.query_drop("SET GLOBAL max_allowed_packet = 67108864")
            .await
            .unwrap();
        conn.disconnect().await.unwrap();
        let mut conn = connection(&emulator, &principal).await;
        conn.exec_drop("INSERT INTO texts VALUES (?)", (&large,))
            .await
            .unwrap();
        assert!(text(&mut conn, "SELECT text FROM texts").await == large);

        let counters = emulator.counters();
        assert_eq!((counters.logins_accepted, counters.tokens_received), (2, 2));
        assert!(counters.statements > 5, "{counters:?}");
        let refused = log_in(&emulator, USER, "no token").await.unwrap_err();
        assert_eq!(server_error(refused).0, 1045);
        let mut elsewhere = options(&emulator, USER, &emulator.token_for(&principal));
        elsewhere = elsewhere.db_name(Some("nowhere"));
        let unknown = Conn::new(Opts::from(elsewhere)).await.unwrap_err();
        assert_eq!(server_error(unknown).0, 1049);
        conn.disconnect().await.unwrap();
        emulator.stop().await;
    }
}

#[tokio::test]
async fn tenant_users_are_who_they_are_on_azure() {
    for product in Product::ALL {
        let Some(server) = server(product).await else {
            return;
        };
        let (one, other) = (app(), Principal::system_assigned("aad_other"));
        let emulator = Emulator::builder()
            .principal(one.clone())
            .principal(other.clone())
            .backend(Backend::server(url(&server)).with_tenant_users())
            .start()
            .await
            .unwrap();
        let mut conn = connection(&emulator, &one).await;
        assert_eq!(
            text(&mut conn, "SELECT CURRENT_USER()").await,
            format!("{USER}@%")
        );
        for statement in [
            "CREATE DATABASE test_shop",
            "CREATE TABLE test_shop.orders (id INT)",
            "DROP DATABASE test_shop",
        ] {
            conn.query_drop(statement).await.unwrap();
        }
        conn.query_drop("CREATE DATABASE elsewhere")
            .await
            .unwrap_err();

        let change = |user: &Principal| {
            ChangeUserOpts::default()
                .with_user(Some(user.mysql_user().to_owned()))
                .with_pass(Some(emulator.token_for(user)))
        };
        conn.change_user(change(&other)).await.unwrap();
        assert_eq!(
            text(&mut conn, "SELECT CURRENT_USER()").await,
            "aad_other@%"
        );
        let stolen = ChangeUserOpts::default()
            .with_user(Some(USER.to_owned()))
            .with_pass(Some(emulator.token_for(&other)));
        let refused = conn.change_user(stolen).await.unwrap_err();
        assert_eq!(server_error(refused).0, 9106);
        emulator.stop().await;
    }
}

#[tokio::test]
async fn dead_server_is_an_error_of_mysql() {
    let Some(server) = server(Product::Mariadb).await else {
        return;
    };
    let principal = app();
    let emulator = Emulator::builder()
        .principal(principal.clone())
        .backend(Backend::server(url(&server)))
        .start()
        .await
        .unwrap();
    let mut busy = connection(&emulator, &principal).await;
    let waiting = tokio::spawn(async move { busy.query_drop("SELECT SLEEP(30)").await });
    mysql::until("the statement runs", || emulator.counters().statements > 0).await;
    blocking(|| server.stop()).await.unwrap();

    let broken = server_error(waiting.await.unwrap().unwrap_err());
    // Some servers say themselves that they are killed.
    assert!([1053, 1317, 1927].contains(&broken.0), "{broken:?}");
    let refused = log_in(&emulator, USER, &emulator.token_for(&principal))
        .await
        .unwrap_err();
    let (number, _, message) = server_error(refused);
    assert_eq!(number, 1053);
    assert!(message.contains("backend does not answer"), "{message}");
    emulator.stop().await;
}

#[tokio::test]
async fn unusable_backend_does_not_start_and_says_why() {
    for (url, reason) in [
        (
            "mysql://root:s3cret@127.0.0.1:1/test",
            "127.0.0.1:1 cannot be used",
        ),
        (
            "postgres://root:s3cret@127.0.0.1/test",
            "its scheme is not `mysql`",
        ),
    ] {
        let builder = Emulator::builder().backend(Backend::server(url));
        let error = builder.start().await.unwrap_err().to_string();
        assert!(
            error.contains(reason) && !error.contains("s3cret"),
            "{error}"
        );
    }
    let Some(server) = server(Product::Mysql).await else {
        return;
    };
    let wrong = url(&server).replace("p%40ss", "wrong");
    let builder = Emulator::builder().backend(Backend::server(wrong));
    let error = builder.start().await.unwrap_err().to_string();
    assert!(error.contains("Access denied"), "{error}");
}

/// Set in a process whose `PATH` begins with the folder of a server.
const INSIDE: &str = "BACKENDS_TEST_INSIDE";

#[tokio::test]
async fn installed_server_is_found_and_ends_with_the_emulator() {
    const NAME: &str = "installed_server_is_found_and_ends_with_the_emulator";

    if env::var_os(INSIDE).is_some() {
        return start_installed().await;
    }
    let installation = match blocking(|| Installation::provision(Product::Mysql)).await {
        Ok(installation) => installation,
        Err(error) if skipped(&error) => return,
        Err(error) => panic!("{error}"),
    };
    // As if it were installed: a program on the PATH.
    let folder = tempfile::tempdir().unwrap();
    let words = installation.command().unwrap();
    let words: Vec<_> = words
        .iter()
        .map(|it| format!("'{}'", it.display()))
        .collect();
    // The unpacked server has its own folders, which `--no-defaults` has to come before.
    let script = format!("#!/bin/sh\nshift\nexec {} \"$@\"\n", words.join(" "));
    let program = folder.path().join("mysqld");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(INSIDE, "1")
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

async fn start_installed() {
    let principal = app();
    let emulator = Emulator::builder()
        .principal(principal.clone())
        .backend(Backend::installed())
        .start()
        .await
        .unwrap();
    let mut conn = connection(&emulator, &principal).await;
    assert_eq!(
        text(&mut conn, "SELECT CURRENT_USER()").await,
        format!("{USER}@%")
    );
    assert_eq!(text(&mut conn, "SELECT DATABASE()").await, "orders");
    assert_eq!(
        text(&mut conn, "SELECT @@lower_case_table_names").await,
        "1"
    );
    let data = text(&mut conn, "SELECT @@datadir").await;
    assert!(Path::new(&data).exists());
    conn.disconnect().await.unwrap();
    emulator.stop().await;
    assert!(!Path::new(&data).exists(), "{data}");
}
