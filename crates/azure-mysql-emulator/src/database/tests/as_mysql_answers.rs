//! Each statement of `corpus/*.sql` is answered as a real MySQL 9.7 answered it in `corpus/*.mysql`,
//! or is error 1064.
//!
//! A file is one session in an empty database `corpus`, a line one statement. An answer is one line
//! too: `ERROR number text`, `OK affected id info`, or `ROWS` with the columns, each as
//! `name:type:charset:decimals` and `U` for unsigned and `N` for NOT NULL, and the rows.

use super::{Databases, line, run, session};

fn check(name: &str, statements: &str, answers: &str, most_refused: usize) {
    let databases = Databases::create(&["corpus"]).expect("databases");
    let mut session = session(&databases, 7);
    let mut wrong = String::new();
    let mut refused = 0;
    let counts = [statements, answers].map(|text| text.lines().count());
    assert_eq!(counts[0], counts[1], "{name}: record the answers anew");
    for (statement, expected) in statements.lines().zip(answers.lines()) {
        let answer = run(&mut session, statement);
        let real = line(&answer);
        if same(expected, &real) {
            continue;
        }
        match &answer {
            Err(error) if error.number == 1064 => {
                if std::env::var_os("SHOW_REFUSED").is_some() {
                    println!("{name}: {statement}\n    {real}");
                }
                refused += 1;
            }
            _ => wrong += &format!("{statement}\n    MySQL:    {expected}\n    emulator: {real}\n"),
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{wrong}");
    assert!(
        refused <= most_refused,
        "{name}: {refused} statements are refused"
    );
}

/// The texts of errors may differ, their numbers not.
fn same(expected: &str, real: &str) -> bool {
    let number = |line: &str| -> Option<String> {
        Some(line.strip_prefix("ERROR ")?.split(' ').next()?.to_owned())
    };
    // The emulator counts no warnings.
    let unwarned = |line: &str| line.split("  Warnings:").next().map(str::to_owned);
    expected == real
        || expected.starts_with("OK") && unwarned(expected) == unwarned(real)
        || number(expected).is_some() && number(expected) == number(real)
}

#[test]
fn literals() {
    check(
        "literals",
        include_str!("corpus/literals.sql"),
        include_str!("corpus/literals.mysql"),
        2,
    );
}

#[test]
fn operators() {
    check(
        "operators",
        include_str!("corpus/operators.sql"),
        include_str!("corpus/operators.mysql"),
        8,
    );
}

#[test]
fn functions() {
    check(
        "functions",
        include_str!("corpus/functions.sql"),
        include_str!("corpus/functions.mysql"),
        5,
    );
}

#[test]
fn types() {
    check(
        "types",
        include_str!("corpus/types.sql"),
        include_str!("corpus/types.mysql"),
        5,
    );
}

#[test]
fn changes() {
    check(
        "changes",
        include_str!("corpus/changes.sql"),
        include_str!("corpus/changes.mysql"),
        2,
    );
}

#[test]
fn queries() {
    check(
        "queries",
        include_str!("corpus/queries.sql"),
        include_str!("corpus/queries.mysql"),
        10,
    );
}

#[test]
fn definitions() {
    check(
        "definitions",
        include_str!("corpus/definitions.sql"),
        include_str!("corpus/definitions.mysql"),
        5,
    );
}

#[test]
fn sessions() {
    check(
        "sessions",
        include_str!("corpus/sessions.sql"),
        include_str!("corpus/sessions.mysql"),
        5,
    );
}
