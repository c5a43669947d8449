//! No text makes the parser or a session panic, and waits are what they should be.

use std::{sync::Arc, time::Duration};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{Database, Outcome, ServerInformation, Session, SessionInformation, parser};

#[derive(Debug)]
struct NoServer;

impl ServerInformation for NoServer {
    fn version(&self) -> &'static str {
        "8.4.7-test"
    }

    fn uptime(&self) -> u64 {
        0
    }

    fn connections(&self) -> u64 {
        1
    }

    fn open_connections(&self) -> u64 {
        1
    }

    fn most_connections(&self) -> usize {
        1
    }

    fn kill(&self, _connection_id: u32) -> bool {
        false
    }
}

fn session(database: &Database) -> Session {
    let information = SessionInformation {
        connection_id: 1,
        user: "app".to_owned(),
        collation: 255,
        tls_version: "TLSv1.3",
        tls_cipher: String::new(),
        found_rows: false,
    };
    Session::start(database, Arc::new(NoServer), information, Some("d")).unwrap()
}

async fn run(session: &mut Session, text: &str) -> Result<Outcome, u16> {
    let (statement, _) = session.parse(text).map_err(|error| error.number)?;
    let outcome = session.run(&statement, &[]).await;
    outcome.map_err(|error| error.number)
}

const WORDS: [&str; 34] = [
    "SELECT",
    "*",
    "FROM",
    "t",
    "WHERE",
    "id",
    "=",
    "1",
    "AND",
    "n",
    "'a'",
    "(",
    ")",
    ",",
    "NULL",
    "INSERT",
    "INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "+",
    "@a",
    "@@autocommit",
    "ORDER BY",
    "LIMIT",
    "9223372036854775807",
    "-",
    "NOT",
    "IS",
    "DROP TABLE",
    "CREATE TABLE",
    "INT",
    "COUNT(*)",
];

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = parser::parse(&text);
    }

    #[test]
    fn no_words_make_it_panic(words in vec(select(&WORDS[..]), 1..16)) {
        let text = words.join(" ");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut session = session(&Database::new(&["d"]));
            run(&mut session, "CREATE TABLE t (id INT PRIMARY KEY, n INT)").await.unwrap();
            run(&mut session, "INSERT INTO t VALUES (1, 9)").await.unwrap();
            let _ = run(&mut session, &text).await;
            run(&mut session, "SELECT 1").await.unwrap();
        });
    }
}

#[tokio::test(start_paused = true)]
async fn lock_wait_ends_after_fifty_seconds_or_with_the_lock() {
    let database = Database::new(&["d"]);
    let (mut one, mut other) = (session(&database), session(&database));
    run(&mut one, "CREATE TABLE t (id INT PRIMARY KEY)")
        .await
        .unwrap();
    run(&mut one, "BEGIN").await.unwrap();
    run(&mut one, "INSERT INTO t VALUES (1)").await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(run(&mut other, "INSERT INTO t VALUES (1)").await, Err(1205));
    assert_eq!(start.elapsed().as_secs(), 50);

    let waiting = tokio::time::timeout(
        Duration::from_secs(1),
        run(&mut other, "INSERT INTO t VALUES (1)"),
    );
    assert!(waiting.await.is_err(), "it is dropped while it waits");
    drop(one);
    run(&mut other, "INSERT INTO t VALUES (1)").await.unwrap();
}

#[tokio::test]
async fn table_space_is_limited_and_given_back() {
    let database = Database::new(&["d"]);
    let mut session = session(&database);
    run(&mut session, "CREATE TABLE t (v TEXT)").await.unwrap();
    let insert = format!("INSERT INTO t VALUES ('{}')", "x".repeat(60_000));
    let mut last = Ok(());
    for _ in 0..300 {
        last = run(&mut session, &insert).await.map(drop);
    }
    assert_eq!(last, Err(1114));
    run(&mut session, "DROP TABLE t").await.unwrap();
    run(&mut session, "CREATE TABLE t (v TEXT)").await.unwrap();
    run(&mut session, &insert).await.unwrap();
}
