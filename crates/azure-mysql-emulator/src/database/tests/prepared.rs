//! Statements with parameters.

use mysql_common::{Value, constants::ColumnType};

use super::{Databases, Outcome, Session, session_that_counts};

fn fresh() -> Session {
    fresh_that_counts(false)
}

fn fresh_that_counts(found_rows: bool) -> Session {
    let databases = Databases::create(&["corpus"]).expect("databases");
    let mut session = session_that_counts(&databases, 1, found_rows);
    execute(
        &mut session,
        "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), at DATETIME(6), took TIME, raw BLOB, ok BOOL)",
        &[],
    );
    session
}

fn execute(session: &mut Session, text: &str, parameters: &[Value]) -> Outcome {
    let statement = session.parse(text).expect(text).remove(0);
    assert_eq!(statement.parameters(), parameters.len(), "{text}");
    session
        .run(&statement, parameters)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn rows(outcome: Outcome) -> Vec<Vec<Value>> {
    match outcome {
        Outcome::Rows(rows) => rows.rows,
        Outcome::Done(done) => panic!("no rows: {done:?}"),
    }
}

#[test]
fn values_come_back_as_they_went() {
    let mut session = fresh();
    let values = [
        Value::Int(1),
        Value::Bytes(b"it's \\ \"x\" ?".to_vec()),
        Value::Date(2024, 2, 29, 12, 30, 1, 250_000),
        Value::Time(true, 2, 3, 4, 5, 0),
        Value::Bytes(vec![0, 255, 39]),
        Value::Int(1),
    ];
    execute(
        &mut session,
        "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
        &values,
    );
    let found = rows(execute(
        &mut session,
        "SELECT * FROM t WHERE id = ? AND name = ? AND at = ? AND took = ? AND raw = ? AND ok = ?",
        &values,
    ));
    assert_eq!(found, [values.to_vec()]);
}

#[test]
fn text_that_is_a_number_or_a_date_is_compared_as_one() {
    let mut session = fresh();
    execute(
        &mut session,
        "INSERT INTO t (id, at) VALUES (?, ?)",
        &[
            Value::Bytes(b"7".to_vec()),
            Value::Bytes(b"2024-01-02 03:04:05".to_vec()),
        ],
    );
    let found = rows(execute(
        &mut session,
        "SELECT id FROM t WHERE id = ? AND at >= ?",
        &[
            Value::Bytes(b"7".to_vec()),
            Value::Bytes(b"2024-01-02".to_vec()),
        ],
    ));
    assert_eq!(found, [[Value::Int(7)]]);
}

#[test]
fn columns_are_known_before_the_parameters_are() {
    let mut session = fresh();
    let text = "SELECT id, COUNT(*) AS n, ? AS p, MAX(at) FROM t WHERE id = ? GROUP BY id LIMIT ?";
    let statement = session.parse(text).unwrap().remove(0);
    let columns = session.columns(&statement).unwrap();
    let kinds: Vec<ColumnType> = columns
        .iter()
        .map(mysql_common::packets::Column::column_type)
        .collect();
    assert_eq!(
        kinds,
        [
            ColumnType::MYSQL_TYPE_LONG,
            ColumnType::MYSQL_TYPE_LONGLONG,
            ColumnType::MYSQL_TYPE_VAR_STRING,
            ColumnType::MYSQL_TYPE_DATETIME,
        ]
    );
    assert_eq!(columns[0].name_str(), "id");
    assert_eq!(columns[0].org_table_str(), "t");
    assert_eq!(columns[0].schema_str(), "corpus");
    let insert = session
        .parse("INSERT INTO t (id) VALUES (?)")
        .unwrap()
        .remove(0);
    assert!(session.columns(&insert).unwrap().is_empty());
}

#[test]
fn a_parameter_is_never_part_of_the_text() {
    let mut session = fresh();
    let hostile = Value::Bytes(b"x'; DROP TABLE t; --".to_vec());
    execute(
        &mut session,
        "INSERT INTO t (id, name) VALUES (1, ?)",
        std::slice::from_ref(&hostile),
    );
    let found = rows(execute(
        &mut session,
        "SELECT name FROM t WHERE name = ?",
        std::slice::from_ref(&hostile),
    ));
    assert_eq!(found, [[hostile]]);
}

#[test]
fn the_number_of_parameters_must_be_right() {
    let mut session = fresh();
    let statement = session.parse("SELECT ?, ?").unwrap().remove(0);
    assert_eq!(session.run(&statement, &[]).unwrap_err().number, 1210);
}

#[test]
fn several_statements_are_taken_apart() {
    let session = fresh();
    let statements = session
        .parse("SELECT 1; SELECT ';' ;; SELECT ? ; ")
        .unwrap();
    assert_eq!(statements.len(), 3);
    assert_eq!(statements[2].parameters(), 1);
    assert_eq!(session.parse(" ; -- nothing\n").unwrap_err().number, 1065);
    assert_eq!(session.parse("SELECT 1; SELEC 2").unwrap_err().number, 1064);
}

#[test]
fn found_rows_are_counted_where_the_client_asks_for_it() {
    for (found_rows, expected) in [(false, 0), (true, 1)] {
        let mut session = fresh_that_counts(found_rows);
        let insert = "INSERT INTO t (id, name) VALUES (1, 'a')";
        execute(&mut session, insert, &[]);
        let Outcome::Done(done) = execute(&mut session, "UPDATE t SET name = 'a'", &[]) else {
            panic!("rows");
        };
        assert_eq!(done.affected_rows, expected);
    }
}
