//! After the login a driver finds the commands it expects.

mod mysql;

use azure_mysql_emulator::{Emulator, Principal};
use mysql::{RawClient, USER, connection, emulator, error_of, options, server_error};
use mysql_async::{ChangeUserOpts, Conn, Opts, Row, Value, prelude::Queryable as _};
use mysql_common::constants::{CapabilityFlags, Command, StatusFlags};

async fn raw(capabilities: CapabilityFlags) -> (Emulator, RawClient) {
    let (emulator, principal) = emulator().await;
    let client = RawClient::logged_in(&emulator, &principal, capabilities).await;
    (emulator, client)
}

#[tokio::test]
async fn a_connection_is_alive_until_the_client_says_goodbye() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    conn.ping().await.unwrap();
    assert_eq!(emulator.counters().open_connections, 1);
    conn.disconnect().await.unwrap();
    mysql::until("the connection is closed", || {
        emulator.counters().open_connections == 0
    })
    .await;
}

#[tokio::test]
async fn several_statements_give_several_results_and_the_first_error_ends_them() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    let mut results = conn
        .query_iter("SELECT 1; SELECT 2, 3; SELECT 4")
        .await
        .unwrap();
    for width in [1, 2, 1] {
        let rows: Vec<Row> = results.collect().await.unwrap();
        assert_eq!(rows[0].len(), width);
    }
    assert!(results.is_empty());
    drop(results);
    assert_eq!(emulator.counters().statements, 3);

    let mut results = conn
        .query_iter("SELECT 1; KILL 999999; SELECT 2")
        .await
        .unwrap();
    results.collect::<i64>().await.unwrap();
    let (number, _, _) = server_error(results.collect::<i64>().await.unwrap_err());
    assert_eq!(number, 1094);
    assert!(results.is_empty());
    drop(results);
    conn.ping().await.unwrap();
    assert_eq!(emulator.counters().statements, 5);
}

#[tokio::test]
async fn several_statements_are_refused_unless_the_client_asks_for_them() {
    let (_emulator, mut client) = raw(CapabilityFlags::empty()).await;
    let query = Command::COM_QUERY as u8;
    let set_option = Command::COM_SET_OPTION as u8;
    let error = client.command(query, b"SELECT 1; SELECT 2").await.unwrap();
    assert_eq!(error_of(&error).0, 1064);
    assert_eq!(client.command(set_option, b"\0\0").await.unwrap()[0], 0xfe);
    assert_eq!(
        client.command(query, b"SELECT 1; SELECT 2").await.unwrap(),
        [1]
    );
}

#[tokio::test]
async fn prepared_statement_takes_and_returns_every_kind_of_value() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    conn.query_drop("CREATE TABLE t (a BIGINT PRIMARY KEY, b BOOL, c VARCHAR(9), d TEXT, e INT)")
        .await
        .unwrap();
    let values = vec![
        Value::Int(i64::MIN + 1),
        Value::Int(1),
        Value::Bytes("é".into()),
        Value::Bytes(vec![b'x'; 60_000]),
        Value::NULL,
    ];
    conn.exec_drop("INSERT INTO t VALUES (?, ?, ?, ?, ?)", values.clone())
        .await
        .unwrap();
    let row: Option<Row> = conn
        .exec_first("SELECT * FROM t WHERE a = ? LIMIT ?", (i64::MIN + 1, 1))
        .await
        .unwrap();
    assert_eq!(row.unwrap().unwrap(), values);
    let error = conn
        .exec_drop("INSERT INTO t (a) VALUES (?)", (0.5,))
        .await
        .unwrap_err();
    assert_eq!(server_error(error).0, 1064);
}

/// Prepares a statement with one parameter, whose id is 1.
async fn prepare_update(client: &mut RawClient) {
    // The emulator's own database, unless it was given another name.
    assert_eq!(client.command(QUERY, b"USE orders").await.unwrap()[0], 0);
    let create = b"CREATE TABLE t (id INT PRIMARY KEY, n BIGINT, v TEXT)";
    assert_eq!(client.command(QUERY, create).await.unwrap()[0], 0);
    let insert = b"INSERT INTO t VALUES (1, 0, '')";
    assert_eq!(client.command(QUERY, insert).await.unwrap()[0], 0);
    let prepared = client
        .command(PREPARE, b"UPDATE t SET v = ? WHERE id = 1")
        .await
        .unwrap();
    assert_eq!(prepared[..5], [0, 1, 0, 0, 0]);
    // The parameter.
    client.read().await.unwrap();
}

#[tokio::test]
async fn types_of_parameters_are_remembered() {
    let (_emulator, mut client) = raw(CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    prepare_update(&mut client).await;
    // The id, no cursor, once, nothing is NULL, types follow: text.
    let first = b"\x01\0\0\0\0\x01\0\0\0\0\x01\xfd\0\x01a";
    let again = b"\x01\0\0\0\0\x01\0\0\0\0\0\x01b";
    for packet in [&first[..], again] {
        let done = client.command(EXECUTE, packet).await.unwrap();
        assert_eq!(done[..2], [0, 1]);
    }
}

const QUERY: u8 = Command::COM_QUERY as u8;
const PREPARE: u8 = Command::COM_STMT_PREPARE as u8;
const EXECUTE: u8 = Command::COM_STMT_EXECUTE as u8;

#[tokio::test]
async fn a_statement_that_is_not_there_or_badly_filled_is_refused() {
    let (_emulator, mut client) = raw(CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    let error = client.command(EXECUTE, b"\x09\0\0\0").await.unwrap();
    assert_eq!(
        error_of(&error),
        (
            1243,
            "Unknown prepared statement handler (9) given to mysqld_stmt_execute".to_owned()
        )
    );
    let reset = Command::COM_STMT_RESET as u8;
    assert_eq!(error_of(&client.command(reset, b"").await.unwrap()).0, 1243);

    prepare_update(&mut client).await;
    let unfilled = b"\x01\0\0\0\0\x01\0\0\0";
    let without_types = b"\x01\0\0\0\0\x01\0\0\0\0\0";
    let internal_type = b"\x01\0\0\0\0\x01\0\0\0\0\x01\x12\0\x07";
    let cut_value = b"\x01\0\0\0\0\x01\0\0\0\0\x01\x08\0\x07";
    for packet in [
        &b"\x01\0\0\0"[..],
        unfilled,
        without_types,
        internal_type,
        cut_value,
    ] {
        let error = client.command(EXECUTE, packet).await.unwrap();
        assert_eq!(error_of(&error).0, 1210, "{packet:?}");
    }
    let fetch = Command::COM_STMT_FETCH as u8;
    let error = client
        .command(fetch, b"\x01\0\0\0\x01\0\0\0")
        .await
        .unwrap();
    assert_eq!(error_of(&error).0, 1421);
    client
        .tell(Command::COM_STMT_CLOSE as u8, b"\x01\0\0\0")
        .await;
    let error = client.command(EXECUTE, b"\x01\0\0\0").await.unwrap();
    assert_eq!(error_of(&error).0, 1243);
}

#[tokio::test]
async fn long_data_comes_in_pieces_and_is_used_once() {
    let (_emulator, mut client) = raw(CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    prepare_update(&mut client).await;
    let send_long_data = Command::COM_STMT_SEND_LONG_DATA as u8;
    client.tell(send_long_data, b"\x01\0\0\0\0\0ab").await;
    client.tell(send_long_data, b"\x01\0\0\0\0\0cd").await;
    let execute = b"\x01\0\0\0\0\x01\0\0\0\0\x01\xfc\0";
    assert_eq!(client.command(EXECUTE, execute).await.unwrap()[..2], [0, 1]);
    let compare = b"SELECT COUNT(*) FROM t WHERE v = 'abcd'";
    assert_eq!(client.command(QUERY, compare).await.unwrap(), [1]);
    client.read().await.unwrap();
    assert_eq!(client.read().await.unwrap(), b"\x011");
    client.read().await.unwrap();
    let error = client.command(EXECUTE, execute).await.unwrap();
    assert_eq!(error_of(&error).0, 1210);
}

#[tokio::test]
async fn long_data_that_cannot_be_is_an_error_of_each_execution_until_a_reset() {
    let (_emulator, mut client) = raw(CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    prepare_update(&mut client).await;
    let send_long_data = Command::COM_STMT_SEND_LONG_DATA as u8;
    let reset = Command::COM_STMT_RESET as u8;
    let execute = b"\x01\0\0\0\0\x01\0\0\0\0\x01\xfd\0\x03abc";
    let part = [&b"\x01\0\0\0\0\0"[..], &vec![b'x'; 9 << 20]].concat();
    for (data, times, number) in [(&b"\x01\0\0\0\x07\0ab"[..], 1, 1210), (&part, 8, 1105)] {
        for _ in 0..times {
            client.tell(send_long_data, data).await;
        }
        for _ in 0..2 {
            let error = client.command(EXECUTE, execute).await.unwrap();
            assert_eq!(error_of(&error).0, number);
        }
        assert_eq!(client.command(reset, b"\x01\0\0\0").await.unwrap()[0], 0);
        assert_eq!(client.command(EXECUTE, execute).await.unwrap()[0], 0);
    }
}

#[tokio::test]
async fn there_is_a_limit_to_prepared_statements() {
    let (_emulator, mut client) = raw(CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    for _ in 0..16_382 {
        assert_eq!(client.command(PREPARE, b"SET @a = 1").await.unwrap()[0], 0);
    }
    let error = client.command(PREPARE, b"SET @a = 1").await.unwrap();
    assert_eq!(error_of(&error).0, 1461);
    client
        .tell(Command::COM_STMT_CLOSE as u8, b"\x07\0\0\0")
        .await;
    assert_eq!(client.command(PREPARE, b"SET @a = 1").await.unwrap()[0], 0);
}

#[tokio::test]
async fn the_variables_that_tell_what_the_server_is_are_its_own() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    for (name, value) in [
        ("version", "8.4.7-azure-emulator"),
        ("innodb_version", "8.4.7"),
        ("max_connections", "5000"),
    ] {
        let read: Option<String> = conn.query_first(format!("SELECT @@{name}")).await.unwrap();
        assert_eq!(read.as_deref(), Some(value));
        let show = format!("SHOW VARIABLES LIKE '{name}'");
        let shown: Option<(String, String)> = conn.query_first(show).await.unwrap();
        assert_eq!(shown.unwrap().1, value);
    }
}

#[tokio::test]
async fn the_database_can_be_chosen_later() {
    let (emulator, principal) = emulator().await;
    let options = options(&emulator, USER, &emulator.token_for(&principal));
    let mut conn = Conn::new(Opts::from(options.db_name(None::<String>)))
        .await
        .unwrap();
    let database: Option<Option<String>> = conn.query_first("SELECT DATABASE()").await.unwrap();
    assert_eq!(database, Some(None));
    drop(conn);

    let (emulator, mut client) = raw(CapabilityFlags::empty()).await;
    let init_db = Command::COM_INIT_DB as u8;
    assert_eq!(
        error_of(&client.command(init_db, b"nowhere").await.unwrap()).0,
        1049
    );
    let known = emulator.address().database.as_bytes();
    assert_eq!(client.command(init_db, known).await.unwrap()[0], 0);
}

#[tokio::test]
async fn a_reset_forgets_transaction_and_prepared_statements() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    conn.query_drop("BEGIN").await.unwrap();
    assert!(conn.reset().await.unwrap());
    conn.query_drop("SELECT 1").await.unwrap();
    drop(conn);

    let mut client = RawClient::logged_in(&emulator, &principal, CapabilityFlags::empty()).await;
    client.command(PREPARE, b"SET @a = 1").await.unwrap();
    let begun = client
        .command(Command::COM_QUERY as u8, b"BEGIN")
        .await
        .unwrap();
    assert_eq!(
        status(&begun),
        StatusFlags::SERVER_STATUS_IN_TRANS | StatusFlags::SERVER_STATUS_AUTOCOMMIT
    );
    let reset = client
        .command(Command::COM_RESET_CONNECTION as u8, b"")
        .await
        .unwrap();
    assert_eq!(status(&reset), StatusFlags::SERVER_STATUS_AUTOCOMMIT);
    let error = client.command(EXECUTE, b"\x01\0\0\0").await.unwrap();
    assert_eq!(error_of(&error).0, 1243);
}

/// Of an OK packet without numbers above 250.
fn status(ok: &[u8]) -> StatusFlags {
    StatusFlags::from_bits_truncate(u16::from_le_bytes([ok[3], ok[4]]))
}

#[tokio::test]
async fn a_change_of_user_is_a_login_with_another_token() {
    let other = Principal::user_assigned("other");
    let principal = Principal::service_principal(USER, "a secret");
    let builder = Emulator::builder().principal(principal.clone());
    let emulator = builder.principal(other.clone()).start().await.unwrap();
    let mut conn = connection(&emulator, &principal).await;
    let change = ChangeUserOpts::default()
        .with_user(Some("other".to_owned()))
        .with_pass(Some(emulator.token_for(&other)));
    conn.change_user(change).await.unwrap();
    let one: Option<i64> = conn.query_first("SELECT 1").await.unwrap();
    assert_eq!(one, Some(1));
    assert_eq!(emulator.counters().logins_accepted, 2);
    assert!(emulator.log().ends_with("accepted user 'other'\n"));

    let change = ChangeUserOpts::default()
        .with_user(Some(USER.to_owned()))
        .with_pass(Some("stale".to_owned()));
    let (number, _, _) = server_error(conn.change_user(change).await.unwrap_err());
    assert_eq!(number, 1045);
    assert!(conn.ping().await.is_err(), "the connection is closed");
}

#[tokio::test]
async fn a_text_that_is_not_understood_or_not_text_is_refused_and_the_connection_stays() {
    let (_emulator, mut client) = raw(CapabilityFlags::empty()).await;
    for (command, rest, number) in [
        (Command::COM_QUERY as u8, &b"nonsense"[..], 1064),
        (Command::COM_QUERY as u8, b"", 1065),
        (Command::COM_QUERY as u8, b"SELECT '\xff'", 1064),
        (PREPARE, b"nonsense", 1064),
        (PREPARE, b"SELECT 1; SELECT 2", 1064),
        (PREPARE, b" ", 1065),
        (Command::COM_FIELD_LIST as u8, b"t\0", 1235),
        (Command::COM_BINLOG_DUMP as u8, b"", 1047),
        (Command::COM_SET_OPTION as u8, b"\x07\0", 1047),
        (Command::COM_PROCESS_KILL as u8, b"\xff\xff\0\0", 1094),
        (0xee, b"", 1047),
    ] {
        let error = client.command(command, rest).await.unwrap();
        assert_eq!(error_of(&error).0, number, "{command} {rest:?}");
    }
    let statistics = client
        .command(Command::COM_STATISTICS as u8, b"")
        .await
        .unwrap();
    assert!(statistics.starts_with(b"Uptime: "));
    assert_eq!(
        client.command(Command::COM_PING as u8, b"").await.unwrap()[0],
        0
    );
}

#[tokio::test]
async fn a_connection_can_be_killed_by_another_even_while_it_works() {
    let (emulator, principal) = emulator().await;
    let mut idle = connection(&emulator, &principal).await;
    let mut busy = connection(&emulator, &principal).await;
    let mut killer = connection(&emulator, &principal).await;
    let (idle_id, busy_id) = (idle.id(), busy.id());
    killer
        .query_drop("CREATE TABLE t (id INT PRIMARY KEY, n INT)")
        .await
        .unwrap();
    killer
        .query_drop("INSERT INTO t VALUES (1, 0)")
        .await
        .unwrap();
    busy.query_drop("BEGIN").await.unwrap();
    busy.query_drop("UPDATE t SET n = 1 WHERE id = 1")
        .await
        .unwrap();
    let work = "SELECT SLEEP(60)";
    let work = tokio::spawn(async move { busy.query_drop(work).await });
    mysql::until("the statement is under way", || {
        emulator.counters().statements == 5
    })
    .await;
    killer.query_drop(format!("KILL {idle_id}")).await.unwrap();
    killer.query_drop(format!("KILL {busy_id}")).await.unwrap();
    assert!(idle.ping().await.is_err());
    assert!(work.await.unwrap().is_err());
    // Its transaction has gone with it, and the lock.
    let n: Option<i64> = killer
        .query_first("SELECT n FROM t WHERE id = 1")
        .await
        .unwrap();
    assert_eq!(n, Some(0));
    killer
        .query_drop("UPDATE t SET n = 2 WHERE id = 1")
        .await
        .unwrap();
    let (number, _, message) = server_error(killer.query_drop("KILL 999999").await.unwrap_err());
    assert_eq!((number, &*message), (1094, "Unknown thread id: 999999"));
    killer.ping().await.unwrap();
    emulator.stop().await;
}

#[tokio::test]
async fn a_large_query_and_a_large_row_pass_in_parts() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    let text = "x".repeat(17 << 20);
    let answer: Option<String> = conn.query_first(format!("SELECT '{text}'")).await.unwrap();
    assert!(answer == Some(text));
}

#[tokio::test]
async fn a_packet_above_64_mib_is_refused_before_it_is_read() {
    let (_emulator, mut client) = raw(CapabilityFlags::empty()).await;
    let part = vec![b' '; (1 << 24) - 1];
    for number in 0..4_u8 {
        client.send_raw(&[0xff, 0xff, 0xff, number]).await;
        client.send_raw(&part).await;
    }
    client.send_raw(&[0xff, 0xff, 0xff, 4]).await;
    assert_eq!(error_of(&client.read().await.unwrap()).0, 1153);
}
