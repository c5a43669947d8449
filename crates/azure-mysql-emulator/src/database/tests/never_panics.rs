//! Whatever the text, the answer is rows, a count or an error.

use proptest::prelude::*;

use super::{Databases, Session, line, run, session};

fn fresh() -> Session {
    let databases = Databases::create(&["corpus"]).expect("databases");
    let mut session = session(&databases, 7);
    for statement in [
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(5), b DECIMAL(6,2), c DATETIME(3), d JSON)",
        "INSERT INTO t (a, b, c, d) VALUES ('x', 1.5, '2024-01-01', '{}')",
    ] {
        run(&mut session, statement).expect(statement);
    }
    session
}

fn answer(session: &mut Session, text: &str) {
    let Ok(statements) = session.parse(text) else {
        return;
    };
    for statement in statements {
        let _ = session.columns(&statement);
        let parameters = vec![mysql_common::Value::Int(1); statement.parameters()];
        let _ = line(&session.run(&statement, &parameters));
    }
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("NULL".to_owned()),
        Just("id".to_owned()),
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("c".to_owned()),
        Just("d".to_owned()),
        Just("?".to_owned()),
        Just("@v".to_owned()),
        Just("9223372036854775807".to_owned()),
        Just("0x7fff".to_owned()),
        Just("NOW(6)".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        (any::<i16>(), any::<u8>()).prop_map(|(whole, part)| format!("{whole}.{part}")),
        any::<f32>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| format!("{n:e}")),
        // Like a moment, up to a letter of two bytes.
        "2024-01-01 [0-9:é]{7,9}".prop_map(|text| format!("'{text}'")),
        "[a-z0-9é:% _-]{0,12}".prop_map(|text| format!("'{text}'")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "DIV", "%", "=", "<", "<=>", "AND", "OR", "XOR", "LIKE", "||", "&",
        ]);
        let function = prop::sample::select(vec![
            "CONCAT",
            "LENGTH",
            "LOWER",
            "ABS",
            "ROUND",
            "CEIL",
            "COALESCE",
            "SUM",
            "COUNT",
            "MAX",
            "GROUP_CONCAT",
            "YEAR",
            "DATE",
            "HEX",
            "UNHEX",
            "REVERSE",
            "TRIM",
            "SIGN",
            "ISNULL",
            "LAST_DAY",
            "UNIX_TIMESTAMP",
            "JSON_VALID",
        ]);
        let two = prop::sample::select(vec![
            "LEFT",
            "SUBSTRING",
            "REPEAT",
            "IFNULL",
            "NULLIF",
            "MOD",
            "GREATEST",
            "DATEDIFF",
            "INSTR",
            "DATE_FORMAT",
            "ROUND",
        ]);
        let unit = prop::sample::select(vec!["DAY", "MONTH", "YEAR", "SECOND", "MICROSECOND"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (two, inner.clone(), inner.clone()).prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            (inner.clone(), inner.clone(), unit)
                .prop_map(|(a, n, unit)| format!("DATE_ADD({a}, INTERVAL {n} {unit})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("CASE WHEN {a} THEN {b} ELSE {c} END")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} IN ({b}, 1)")),
            inner
                .clone()
                .prop_map(|a| format!("CAST({a} AS DECIMAL(10,2))")),
            inner.prop_map(|a| format!("(SELECT {a} FROM t LIMIT 1)")),
        ]
    })
}

fn statement() -> impl Strategy<Value = String> {
    let e = expression;
    prop_oneof![
        (e(), e()).prop_map(|(a, b)| format!("SELECT {a}, {b}")),
        (e(), e(), e()).prop_map(|(a, b, c)| {
            format!("SELECT {a} AS x FROM t WHERE {b} GROUP BY id ORDER BY {c} LIMIT 3")
        }),
        (e(), e()).prop_map(|(a, b)| format!("SELECT {a} UNION SELECT {b}")),
        (e(), e(), e()).prop_map(|(a, b, c)| {
            format!("INSERT INTO t (a, b, c) VALUES ({a}, {b}, {c}) ON DUPLICATE KEY UPDATE a = VALUES(a)")
        }),
        (e(), e(), e()).prop_map(|(a, b, c)| format!("UPDATE t SET a = {a}, b = {b} WHERE {c}")),
        e().prop_map(|a| format!("DELETE FROM t WHERE {a} AND id > 1")),
        e().prop_map(|a| format!("SET @v = {a}")),
        e().prop_map(|a| format!("DO {a}")),
        e().prop_map(|a| format!("CREATE TABLE IF NOT EXISTS u (x INT DEFAULT {a}, CHECK ({a}))")),
        e().prop_map(|a| format!("SET time_zone = {a}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn arbitrary_text_is_answered(texts in prop::collection::vec(".{0,80}", 1..8)) {
        let mut session = fresh();
        for text in texts {
            answer(&mut session, &text);
        }
    }

    #[test]
    fn statements_of_the_right_shape_are_answered(
        statements in prop::collection::vec(statement(), 1..8),
    ) {
        let mut session = fresh();
        for statement in statements {
            answer(&mut session, &statement);
        }
    }

    #[test]
    fn pieces_of_real_statements_are_answered(
        pieces in prop::collection::vec((any::<prop::sample::Index>(), 0..9_usize, 0..40_usize), 1..6),
    ) {
        let words: Vec<&str> = include_str!("corpus/queries.sql").split_whitespace().collect();
        let mut session = fresh();
        let mut text = String::new();
        for (start, length, _) in pieces {
            for word in words.iter().skip(start.index(words.len())).take(length) {
                text += word;
                text.push(' ');
            }
        }
        answer(&mut session, &text);
    }
}

#[test]
fn deep_and_long_texts_are_refused() {
    let mut session = fresh();
    let deep = format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let long = format!("SELECT 1{}", " + 1".repeat(100_000));
    let negated = format!("SELECT {}1", "NOT ".repeat(10_000));
    let minus = format!("SELECT {}1", "- ".repeat(10_000));
    let unions = "SELECT 1".to_owned() + &" UNION SELECT 1".repeat(5_000);
    let chain = format!("SELECT 1{}", " OR 1".repeat(1_500));
    let large = format!("SELECT 1{}", ", 1".repeat(1 << 19));
    let wide = format!("SELECT 1{}", ", 1".repeat(1 << 18));
    for text in [deep, long, negated, minus, unions, chain, large, wide] {
        let error = run_any(&mut session, &text).expect_err("refused");
        assert_eq!(error.number, 1064, "{}", error.message);
    }
}

#[test]
fn decimals_of_more_digits_after_the_point_than_mysql_has_are_refused() {
    let mut session = fresh();
    let fine = format!("0.{}", "0".repeat(200));
    for text in [
        format!("SELECT 1{}", "/1".repeat(64)),
        format!("SELECT {fine} * {fine}"),
        format!("SELECT {fine} + {fine}"),
        format!("SELECT {fine}"),
    ] {
        let error = run_any(&mut session, &text).expect_err(&text);
        assert_eq!(error.number, 1064, "{}", error.message);
    }
    for text in [
        format!("SELECT 1{}", "/1".repeat(4)),
        "SELECT 0.000000000000001 * 0.000000000000001".to_owned(),
    ] {
        let answer = run_any(&mut session, &text);
        assert_eq!(answer, Ok(()), "{text}");
    }
}

#[test]
fn a_letter_of_several_bytes_in_what_is_no_moment_is_an_error() {
    let mut session = fresh();
    for text in ["2024-01-01 00:00:0é", "2024-01-01 00:00:00é"] {
        let insert = format!("INSERT INTO t (c) VALUES ('{text}')");
        let error = run(&mut session, &insert).expect_err(text);
        assert!([1064, 1292].contains(&error.number), "{}", error.message);
    }
}

#[test]
fn a_long_literal_is_answered() {
    let text = format!("SELECT '{}'", "x".repeat(2 << 20));
    run_any(&mut fresh(), &text).expect("answered");
}

fn run_any(session: &mut Session, text: &str) -> Result<(), crate::database::SqlError> {
    for statement in session.parse(text)? {
        session.run(&statement, &[])?;
    }
    Ok(())
}

#[test]
fn a_result_that_would_fill_the_memory_is_an_error() {
    let mut session = fresh();
    for _ in 0..10 {
        run(&mut session, "INSERT INTO t (a) SELECT 'x' FROM t").expect("rows");
    }
    let error = run(&mut session, "SELECT REPEAT('x', 1000000) FROM t").expect_err("too large");
    assert_eq!(error.number, 1114);
    let error = run(&mut session, "SELECT REPEAT('x', 1000000000)").expect_err("too long");
    assert_eq!(error.number, 1064);
}
