//! Each statement of `corpus/statements.sql` is answered by the small SQL as by a real MySQL 9.7,
//! which answers all of them as MySQL 8.4 does.

mod mysql;

use std::{collections::HashMap, fmt::Write as _};

use mysql::{USER, connection, emulator, log_in, options, server_error};
use mysql_async::{
    Conn, Opts, OptsBuilder, QueryResult, Row, TxOpts, Value,
    prelude::{Protocol, Queryable as _},
};
use test_servers::{Product, Server, ServerOptions};
use tokio::task::JoinHandle;

const PASSWORD: &str = "secret";

/// With it, a machine that cannot start a real server fails the test.
const REQUIRED: &str = "REQUIRE_REAL_SERVERS";

/// One line for each result of a statement: all that a client is told.
async fn answer(conn: &mut Conn, statement: &str) -> String {
    let mut text = String::new();
    match conn.query_iter(statement).await {
        Err(error) => describe_error(&mut text, error),
        Ok(mut result) => loop {
            if let Err(error) = describe(&mut text, &mut result).await {
                describe_error(&mut text, error);
                break;
            }
            if result.is_empty() {
                break;
            }
        },
    }
    text
}

async fn describe<P: Protocol>(
    text: &mut String,
    result: &mut QueryResult<'_, '_, P>,
) -> Result<(), mysql_async::Error> {
    for column in result.columns_ref() {
        writeln!(
            text,
            "  {} of {}.{} ({}) {:?} length {} set {} flags {:?} decimals {}",
            column.name_str(),
            column.schema_str(),
            column.table_str(),
            column.org_table_str() + "." + column.org_name_str(),
            column.column_type(),
            column.column_length(),
            column.character_set(),
            column.flags(),
            column.decimals()
        )
        .unwrap();
    }
    let has_rows = !result.columns_ref().is_empty();
    let rows: Vec<Row> = result.collect().await?;
    for row in rows {
        writeln!(text, "  {:?}", row.unwrap()).unwrap();
    }
    if !has_rows {
        writeln!(
            text,
            "  affected {} id {:?} info {:?}",
            result.affected_rows(),
            result.last_insert_id(),
            result.info()
        )
        .unwrap();
    }
    Ok(())
}

fn describe_error(text: &mut String, error: mysql_async::Error) {
    let (number, state, message) = server_error(error);
    writeln!(text, "  error {number} ({state}) {message}").unwrap();
}

/// The sessions of one server.
struct Sessions {
    options: Opts,
    idle: HashMap<char, Conn>,
    waiting: HashMap<char, JoinHandle<(Conn, String)>>,
}

impl Sessions {
    async fn session(&mut self, name: char) -> Conn {
        if let Some(conn) = self.idle.remove(&name) {
            return conn;
        }
        let options = OptsBuilder::from_opts(self.options.clone()).client_found_rows(name == 'f');
        Conn::new(options).await.unwrap()
    }

    async fn run(&mut self, line: &str) -> String {
        let name = line.chars().next().unwrap();
        let (name, how, statement) = match line.get(1..2) {
            Some(how @ (":" | ">" | "<")) if name.is_ascii_lowercase() => {
                (name, how, line[2..].trim_start())
            }
            _ => ('a', ":", line),
        };
        if how == "<" {
            let (conn, answer) = self.waiting.remove(&name).unwrap().await.unwrap();
            self.idle.insert(name, conn);
            return answer;
        }
        let mut conn = self.session(name).await;
        let statement = statement.to_owned();
        if how == ">" {
            let running = tokio::spawn(async move {
                let answer = answer(&mut conn, &statement).await;
                (conn, answer)
            });
            // So that it waits before the next statement comes; whether it does is not to be seen.
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            assert!(!running.is_finished(), "{line} does not wait");
            self.waiting.insert(name, running);
            return String::new();
        }
        let mut answer = answer(&mut conn, &statement).await;
        if let Some(ok) = conn.last_ok_packet() {
            writeln!(
                answer,
                "  status {:?} warnings {}",
                ok.status_flags(),
                ok.warnings()
            )
            .unwrap();
        }
        self.idle.insert(name, conn);
        answer
    }
}

fn sessions(options: impl Into<Opts>) -> Sessions {
    Sessions {
        options: options.into(),
        idle: HashMap::new(),
        waiting: HashMap::new(),
    }
}

fn statements(corpus: &str) -> impl Iterator<Item = &str> {
    corpus
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How to log in to a real MySQL with such a database, as long as the server is kept.
async fn real_server(database: &str) -> Option<(Server, Opts)> {
    let wanted = ServerOptions::new()
        .password_account(USER, PASSWORD)
        .database(database);
    let server = tokio::task::spawn_blocking(move || Server::start(Product::Mysql, wanted)).await;
    let server = match server.unwrap() {
        Err(error) if error.is_unsupported() && std::env::var_os(REQUIRED).is_none() => {
            println!("SKIPPED: {error}; set {REQUIRED}=1 to make this a failure");
            return None;
        }
        server => server.unwrap(),
    };
    let options = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(server.port())
        .user(Some(USER))
        .pass(Some(PASSWORD))
        .db_name(Some(database))
        .prefer_socket(false);
    Some((server, options.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_answered_as_by_mysql() {
    let (emulator, principal) = emulator().await;
    let Some((_server, real)) = real_server(&emulator.address().database).await else {
        return;
    };
    let token = emulator.token_for(&principal);
    let mut real = sessions(real);
    let mut ours = sessions(options(&emulator, USER, &token));
    let mut differences = String::new();
    for line in statements(include_str!("corpus/statements.sql")) {
        let (expected, found) = tokio::join!(real.run(line), ours.run(line));
        // The connection's own encryption.
        if expected != found && !line.to_ascii_lowercase().contains("ssl_") {
            writeln!(
                differences,
                "{line}\n MySQL:\n{expected} emulator:\n{found}"
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// What a client is told that prepares a statement and executes it.
async fn prepared_answer(conn: &mut Conn, statement: &str, parameters: &[Value]) -> String {
    let mut text = String::new();
    let statement = conn.prep(statement).await.unwrap();
    for column in statement.columns().iter() {
        writeln!(
            text,
            "  prepared {} {:?} length {} flags {:?}",
            column.name_str(),
            column.column_type(),
            column.column_length(),
            column.flags()
        )
        .unwrap();
    }
    match conn.exec_iter(&statement, parameters.to_vec()).await {
        Err(error) => describe_error(&mut text, error),
        Ok(mut result) => describe(&mut text, &mut result).await.unwrap(),
    }
    text
}

#[tokio::test]
async fn parameters_are_taken_as_by_mysql() {
    let (emulator, principal) = emulator().await;
    let Some((_server, real)) = real_server(&emulator.address().database).await else {
        return;
    };
    let token = emulator.token_for(&principal);
    let mut real = Conn::new(real).await.unwrap();
    let mut ours = log_in(&emulator, USER, &token).await.unwrap();
    for conn in [&mut real, &mut ours] {
        let columns = "(id INT AUTO_INCREMENT PRIMARY KEY, n BIGINT, v VARCHAR(9))";
        let create = format!("CREATE TABLE parameters {columns}");
        conn.query_drop(create).await.unwrap();
    }
    let insert = "INSERT INTO parameters (n, v) VALUES (?, ?)";
    let by_key = "SELECT id, n, v FROM parameters WHERE id = ?";
    let by_number = "SELECT v FROM parameters WHERE n = ?";
    let update = "UPDATE parameters SET n = ? WHERE id = ?";
    let cases: [(&str, Vec<Value>); 15] = [
        ("SELECT ?", vec![5.into()]),
        ("SELECT ? AS answer", vec![(-7_000_000_000_i64).into()]),
        (insert, vec![1.into(), "one".into()]),
        (insert, vec![2.0.into(), "two".into()]),
        (insert, vec!["3".into(), "three".into()]),
        (insert, vec![Value::NULL, Value::NULL]),
        (insert, vec![1.into(), "0123456789".into()]),
        (by_key, vec![1.into()]),
        (by_key, vec!["2".into()]),
        (by_key, vec![3.0.into()]),
        (by_key, vec!["9".into()]),
        (by_number, vec!["3".into()]),
        (by_number, vec![2.0.into()]),
        (update, vec![8.0.into(), "1".into()]),
        ("DELETE FROM parameters WHERE id = ?", vec!["4".into()]),
    ];
    let mut differences = String::new();
    for (statement, parameters) in cases {
        let expected = prepared_answer(&mut real, statement, &parameters).await;
        let found = prepared_answer(&mut ours, statement, &parameters).await;
        if expected != found {
            let line = format!("{statement} {parameters:?}");
            writeln!(
                differences,
                "{line}\n MySQL:\n{expected} emulator:\n{found}"
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[tokio::test]
async fn parameters_that_would_be_converted_are_refused() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    let create = "CREATE TABLE parameters (id INT PRIMARY KEY, v VARCHAR(9))";
    conn.query_drop(create).await.unwrap();
    for (statement, parameter) in [
        ("SELECT ?", Value::from("text")),
        ("SELECT ?", 5_u64.into()),
        ("SELECT ?", 5.0.into()),
        ("SELECT v FROM parameters WHERE id = ?", "01".into()),
        ("SELECT v FROM parameters WHERE id = ?", " 1".into()),
        ("SELECT v FROM parameters WHERE id = ?", 1.5.into()),
        ("SELECT id FROM parameters WHERE v = ?", 1.0.into()),
        ("SELECT id FROM parameters WHERE v = ?", 1.into()),
        ("INSERT INTO parameters VALUES (1, ?)", 1.0.into()),
    ] {
        let refused = conn.exec_drop(statement, (parameter.clone(),)).await;
        let refused = refused.expect_err(&format!("{statement} {parameter:?}"));
        assert_eq!(server_error(refused).0, 1064, "{statement} {parameter:?}");
    }
}

#[tokio::test]
async fn unsupported_statements_are_refused_by_name() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    conn.query_drop("CREATE TABLE existing (id INT PRIMARY KEY, n INT, v VARCHAR(10))")
        .await
        .unwrap();
    for row in ["1, 1, 'é'", "2, 1, 'b'"] {
        let insert = format!("INSERT INTO existing VALUES ({row})");
        conn.query_drop(insert).await.unwrap();
    }
    let on_a_table = [
        "UPDATE existing SET n = 1",
        "UPDATE existing SET n = 1 WHERE n = 1",
        "UPDATE existing SET n = 1 WHERE id > 1",
        "UPDATE existing SET n = 1 WHERE id = NULL",
        "UPDATE existing SET id = 1 WHERE id = 1",
        "UPDATE existing SET n = DEFAULT WHERE id = 1",
        "UPDATE existing SET n = n - 1 WHERE id = 1",
        "UPDATE existing SET n = n + 9223372036854775807 WHERE id = 1",
        "DELETE FROM existing",
        "DELETE FROM existing WHERE id = 1 OR id = 2",
        "SELECT * FROM existing WHERE NOT id = 1",
        "SELECT * FROM existing WHERE n IS NULL",
        "SELECT * FROM existing WHERE id = 99999999999",
        "SELECT * FROM existing WHERE id = 1 AND id = 1",
        "SELECT * FROM existing WHERE v = 'E'",
        "SELECT * FROM existing WHERE v = 1",
        "SELECT * FROM existing WHERE id = 'a'",
        "SELECT * FROM existing ORDER BY n",
        "SELECT * FROM existing ORDER BY v",
        "SELECT n AS id FROM existing ORDER BY id",
        "SELECT * FROM existing WHERE n = 1 ORDER BY id",
        "SELECT COUNT(*), id FROM existing",
        "INSERT INTO existing VALUES (3, '012', 'c')",
        "INSERT INTO existing VALUES (3, 1, 'c'), (4, 1, 'd')",
        "INSERT INTO existing VALUES (3, DEFAULT, 'c')",
        "INSERT INTO existing (id, id) VALUES (3, 3)",
        "INSERT INTO existing VALUES (3, 1, 'too long     ')",
    ];
    for statement in statements(include_str!("corpus/refused.sql")).chain(on_a_table) {
        let Err(error) = conn.query_drop(statement).await else {
            panic!("accepted: {statement}");
        };
        let (number, state, message) = server_error(error);
        assert_eq!((number, &*state), (1064, "42000"), "{statement}: {message}");
        assert!(message.contains("Backend::installed()"), "{message}");
        assert!(message.contains(statement), "{message}");
    }
}

/// Rows that are read, changed and put in by several clients at once, some of them the same rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_at_once_get_no_error_that_mysql_would_not_give() {
    const CLIENTS: i64 = 4;
    const ROUNDS: i64 = 50;
    let (emulator, principal) = emulator().await;
    let mut first = connection(&emulator, &principal).await;
    let create = "CREATE TABLE counts (id INT PRIMARY KEY, n INT NOT NULL)";
    first.query_drop(create).await.unwrap();
    first
        .query_drop("INSERT INTO counts VALUES (0, 0)")
        .await
        .unwrap();
    let mut clients = Vec::new();
    for client in 1..=CLIENTS {
        let mut conn = connection(&emulator, &principal).await;
        clients.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                let own = client * 1_000 + round;
                let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
                let steps = [
                    format!("INSERT INTO counts VALUES ({own}, 0)"),
                    format!("UPDATE counts SET n = n + 1 WHERE id = {own}"),
                    "UPDATE counts SET n = n + 1 WHERE id = 0".to_owned(),
                ];
                for step in steps {
                    transaction.query_drop(step).await.unwrap();
                }
                let read = format!("SELECT n FROM counts WHERE id = {own}");
                let n: Option<i64> = transaction.query_first(read).await.unwrap();
                assert_eq!(n, Some(1));
                transaction.commit().await.unwrap();
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let counted = "SELECT n FROM counts WHERE id = 0";
    let n: Option<i64> = first.query_first(counted).await.unwrap();
    assert_eq!(n, Some(CLIENTS * ROUNDS));
}
