//! Sessions that share databases.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use mysql_common::Value;

use super::{Databases, Outcome, Session, run, session};

fn databases() -> Databases {
    let databases = Databases::create(&["corpus"]).expect("databases");
    let mut first = session(&databases, 1);
    ok(&mut first, "CREATE TABLE t (id INT PRIMARY KEY, n INT)");
    ok(&mut first, "INSERT INTO t VALUES (1, 0)");
    databases
}

fn ok(session: &mut Session, text: &str) -> Outcome {
    run(session, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn number(session: &mut Session, text: &str) -> i64 {
    let Outcome::Rows(rows) = ok(session, text) else {
        panic!("{text} gives no rows");
    };
    match rows.rows[0][0] {
        Value::Int(number) => number,
        ref other => panic!("{text} gives {other:?}"),
    }
}

#[test]
fn what_is_not_committed_is_not_seen() {
    let databases = databases();
    let (mut one, mut other) = (session(&databases, 1), session(&databases, 2));
    ok(&mut one, "BEGIN");
    ok(&mut one, "UPDATE t SET n = 5");
    assert!(one.in_transaction());
    assert_eq!(number(&mut other, "SELECT n FROM t"), 0);
    ok(&mut one, "COMMIT");
    assert!(!one.in_transaction());
    assert_eq!(number(&mut other, "SELECT n FROM t"), 5);
}

#[test]
fn a_transaction_sees_what_others_commit_if_it_reads_committed_and_not_if_it_repeats() {
    for (level, seen) in [
        ("REPEATABLE READ", 0),
        ("READ COMMITTED", 5),
        ("READ UNCOMMITTED", 5),
    ] {
        let databases = databases();
        let (mut one, mut other) = (session(&databases, 1), session(&databases, 2));
        let set = format!("SET SESSION TRANSACTION ISOLATION LEVEL {level}");
        ok(&mut one, &set);
        ok(&mut one, "BEGIN");
        assert_eq!(number(&mut one, "SELECT n FROM t"), 0);
        ok(&mut other, "UPDATE t SET n = 5");
        assert_eq!(number(&mut one, "SELECT n FROM t"), seen, "{level}");
        assert!(one.in_transaction());
    }
}

#[test]
fn a_transaction_that_reads_committed_keeps_what_it_has_written_itself() {
    let databases = databases();
    let mut session = session(&databases, 1);
    ok(
        &mut session,
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    );
    ok(&mut session, "BEGIN");
    ok(&mut session, "SELECT n FROM t");
    ok(&mut session, "UPDATE t SET n = 7");
    assert_eq!(number(&mut session, "SELECT n FROM t"), 7);
    ok(&mut session, "ROLLBACK");
    assert_eq!(number(&mut session, "SELECT n FROM t"), 0);
}

#[test]
fn a_session_says_which_character_set_it_was_given() {
    let databases = databases();
    let mut session = session(&databases, 1);
    for (given, said) in [
        ("utf8mb3", "utf8mb3"),
        ("utf8", "utf8mb3"),
        ("utf8mb4", "utf8mb4"),
    ] {
        ok(&mut session, &format!("SET NAMES {given}"));
        let query = format!("SELECT @@character_set_client = '{said}'");
        assert_eq!(number(&mut session, &query), 1, "{given}");
    }
}

#[test]
fn a_session_that_is_dropped_rolls_back_and_lets_go_of_its_locks() {
    let databases = databases();
    let (mut one, mut other) = (session(&databases, 1), session(&databases, 2));
    ok(&mut one, "BEGIN");
    ok(&mut one, "UPDATE t SET n = 5");
    assert_eq!(number(&mut one, "SELECT GET_LOCK('a', 0)"), 1);
    assert_eq!(number(&mut other, "SELECT GET_LOCK('a', 0)"), 0);
    drop(one);
    ok(&mut other, "UPDATE t SET n = n + 1");
    assert_eq!(number(&mut other, "SELECT n FROM t"), 1);
    assert_eq!(number(&mut other, "SELECT GET_LOCK('a', 0)"), 1);
}

#[test]
fn a_lock_is_waited_for_as_long_as_the_session_says() {
    let databases = databases();
    let (mut one, mut other) = (session(&databases, 1), session(&databases, 2));
    ok(&mut one, "BEGIN");
    ok(&mut one, "UPDATE t SET n = 5");
    ok(&mut other, "SET innodb_lock_wait_timeout = 1");
    let start = Instant::now();
    let error = run(&mut other, "UPDATE t SET n = 6").expect_err("locked");
    assert_eq!(error.number, 1205);
    // The default is 50 s.
    let waited = start.elapsed();
    assert!((1..40).contains(&waited.as_secs()), "{waited:?}");
    ok(&mut one, "ROLLBACK");
    ok(&mut other, "UPDATE t SET n = 6");
}

#[test]
fn a_write_after_a_stale_read_is_a_deadlock_and_can_be_tried_again() {
    let databases = databases();
    let (mut one, mut other) = (session(&databases, 1), session(&databases, 2));
    ok(&mut one, "BEGIN");
    number(&mut one, "SELECT n FROM t");
    ok(&mut other, "UPDATE t SET n = 6");
    let error = run(&mut one, "UPDATE t SET n = n + 1").expect_err("stale");
    assert_eq!(error.number, 1213);
    assert!(!one.in_transaction());
    ok(&mut one, "BEGIN");
    number(&mut one, "SELECT n FROM t FOR UPDATE");
    ok(&mut one, "UPDATE t SET n = n + 1");
    ok(&mut one, "COMMIT");
    assert_eq!(number(&mut other, "SELECT n FROM t"), 7);
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let databases = databases();
    thread::scope(|scope| {
        for id in 0..4 {
            let databases = &databases;
            scope.spawn(move || {
                let mut session = session(databases, 10 + id);
                for _ in 0..25 {
                    ok(&mut session, "UPDATE t SET n = n + 1 WHERE id = 1");
                }
            });
        }
    });
    assert_eq!(number(&mut session(&databases, 1), "SELECT n FROM t"), 100);
}

/// The first to open a database makes it ready, and the others wait for that.
#[test]
fn the_first_sessions_of_a_database_may_all_come_at_once() {
    const SESSIONS: u32 = 16;

    for _ in 0..50 {
        let databases = Databases::create(&["corpus"]).expect("databases");
        let start = Barrier::new(SESSIONS as usize);
        thread::scope(|scope| {
            for id in 0..SESSIONS {
                let (databases, start) = (&databases, &start);
                scope.spawn(move || {
                    let mut session = session(databases, id);
                    start.wait();
                    assert_eq!(number(&mut session, "SELECT 1"), 1);
                });
            }
        });
    }
}

#[test]
fn an_interrupt_ends_a_sleep_a_lock_wait_and_a_long_query() {
    let databases = databases();
    let mut blocker = session(&databases, 1);
    ok(&mut blocker, "CREATE TABLE big (a INT)");
    ok(
        &mut blocker,
        "INSERT INTO big VALUES (1), (2), (3), (4), (5), (6), (7), (8)",
    );
    ok(
        &mut blocker,
        "INSERT INTO big SELECT x.a FROM big x JOIN big y",
    );
    ok(&mut blocker, "BEGIN");
    ok(&mut blocker, "UPDATE t SET n = 5");
    for text in [
        "SELECT SLEEP(60)",
        "UPDATE t SET n = 6",
        "SELECT GET_LOCK('x', 60), SLEEP(60)",
        "SELECT COUNT(*) FROM big a, big b, big c, big d, big e, big f, big g",
    ] {
        let mut session = session(&databases, 3);
        let interrupt = session.interrupt_handle();
        let waiting = thread::spawn(move || run(&mut session, text).map(|_| ()));
        // Most have begun by then, and none has ended.
        thread::sleep(Duration::from_millis(20));
        interrupt.interrupt();
        let error = waiting.join().expect("a thread").expect_err(text);
        assert_eq!(error.number, 1317, "{text}: {error}");
    }
}

#[test]
fn an_interrupt_that_comes_before_the_statement_is_not_lost() {
    let databases = databases();
    let mut session = session(&databases, 1);
    session.interrupt_handle().interrupt();
    let start = Instant::now();
    let error = run(&mut session, "SELECT SLEEP(30)").expect_err("interrupted");
    assert_eq!(error.number, 1317);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_reset_forgets_all_but_the_database() {
    let databases = databases();
    let mut session = session(&databases, 1);
    ok(
        &mut session,
        "SET @a = 1, sql_mode = 'ANSI_QUOTES', autocommit = 0",
    );
    ok(&mut session, "CREATE TEMPORARY TABLE tmp (id INT)");
    ok(&mut session, "UPDATE t SET n = 5");
    assert!(!session.autocommit());
    session.reset().expect("a reset");
    assert!(session.autocommit());
    assert!(!session.in_transaction());
    assert_eq!(number(&mut session, "SELECT DATABASE() = 'corpus'"), 1);
    assert_eq!(number(&mut session, "SELECT n FROM t"), 0);
    assert_eq!(number(&mut session, "SELECT @a IS NULL"), 1);
    assert_eq!(
        run(&mut session, "SELECT * FROM tmp")
            .expect_err("gone")
            .number,
        1146
    );
}

#[test]
fn a_temporary_table_is_seen_by_its_session_only() {
    let databases = databases();
    let (mut one, mut other) = (session(&databases, 1), session(&databases, 2));
    ok(&mut one, "CREATE TEMPORARY TABLE t (id INT)");
    assert_eq!(number(&mut one, "SELECT COUNT(*) FROM t"), 0);
    assert_eq!(number(&mut other, "SELECT COUNT(*) FROM t"), 1);
    ok(&mut one, "DROP TEMPORARY TABLE t");
    assert_eq!(number(&mut one, "SELECT COUNT(*) FROM t"), 1);
}

#[test]
fn databases_come_and_go() {
    let databases = databases();
    let mut session = session(&databases, 1);
    for round in 0..15 {
        ok(&mut session, &format!("CREATE DATABASE d{round}"));
        ok(
            &mut session,
            &format!("CREATE TABLE d{round}.t (id INT PRIMARY KEY)"),
        );
        ok(
            &mut session,
            &format!("INSERT INTO d{round}.t VALUES ({round})"),
        );
        assert_eq!(
            number(&mut session, &format!("SELECT id FROM d{round}.t")),
            round
        );
    }
    assert_eq!(
        number(&mut session, "SELECT COUNT(*) FROM d0.t JOIN corpus.t"),
        1
    );
    ok(&mut session, "DROP DATABASE d3");
    ok(&mut session, "CREATE DATABASE d3");
    assert_eq!(
        run(&mut session, "SELECT * FROM d3.t")
            .expect_err("gone")
            .number,
        1146
    );
    assert_eq!(
        run(&mut session, "CREATE DATABASE d3")
            .expect_err("there")
            .number,
        1007
    );
    ok(&mut session, "USE d3");
    assert_eq!(number(&mut session, "SELECT DATABASE() = 'd3'"), 1);
}

#[test]
fn no_file_is_left_behind() {
    let databases = databases();
    let folder = databases.storage.path().to_owned();
    let mut session = session(&databases, 1);
    ok(&mut session, "BEGIN");
    ok(&mut session, "UPDATE t SET n = 1");
    drop(databases);
    assert!(folder.exists());
    drop(session);
    assert!(!folder.exists());
}
