//! Statements that are read here: sessions, transactions, `SET` and `SHOW`.

use sqlparser::{
    ast::Expr,
    parser::{Parser, ParserError},
    tokenizer::Token,
};

use super::{
    SqlError,
    parse::{Kind, Setting, Show, What, name_of},
};

fn syntax(error: ParserError) -> SqlError {
    SqlError::syntax(error)
}

/// Takes the words if they come next.
fn words(parser: &mut Parser<'_>, expected: &[&str]) -> bool {
    for (index, word) in expected.iter().enumerate() {
        let same = matches!(&parser.peek_nth_token_ref(index).token, Token::Word(next)
            if next.quote_style.is_none() && next.value.eq_ignore_ascii_case(word));
        if !same {
            return false;
        }
    }
    for _ in expected {
        parser.next_token();
    }
    true
}

fn at_end(parser: &Parser<'_>) -> bool {
    parser.peek_token_ref().token == Token::EOF
}

fn name(parser: &mut Parser<'_>) -> Result<String, SqlError> {
    parser.parse_identifier().map(name_of).map_err(syntax)
}

/// `None` for what `sqlparser` reads.
pub(super) fn parse(parser: &mut Parser<'_>) -> Result<Option<Kind>, SqlError> {
    let kind = if words(parser, &["SET"]) {
        set(parser)?
    } else if words(parser, &["SHOW"]) {
        Kind::Show(Box::new(show(parser)?))
    } else if words(parser, &["DESCRIBE"]) || words(parser, &["DESC"]) {
        describe(parser)?
    } else if words(parser, &["USE"]) {
        Kind::Use(name(parser)?)
    } else if words(parser, &["DO"]) {
        let values = parser.parse_comma_separated(Parser::parse_expr);
        Kind::Do(values.map_err(syntax)?)
    } else if words(parser, &["KILL"]) {
        let query_only = words(parser, &["QUERY"]);
        if !query_only {
            words(parser, &["CONNECTION"]);
        }
        let id = Box::new(parser.parse_expr().map_err(syntax)?);
        Kind::Kill { query_only, id }
    } else if words(parser, &["START", "TRANSACTION"]) {
        begin(parser)?
    } else if words(parser, &["BEGIN"]) {
        words(parser, &["WORK"]);
        Kind::Begin { read_only: false }
    } else if words(parser, &["COMMIT"]) {
        words(parser, &["WORK"]);
        Kind::Commit
    } else if words(parser, &["ROLLBACK"]) {
        words(parser, &["WORK"]);
        if words(parser, &["TO"]) {
            words(parser, &["SAVEPOINT"]);
            Kind::RollbackTo(name(parser)?)
        } else {
            Kind::Rollback
        }
    } else if words(parser, &["SAVEPOINT"]) {
        Kind::Savepoint(name(parser)?)
    } else if words(parser, &["RELEASE", "SAVEPOINT"]) {
        Kind::Release(name(parser)?)
    } else if words(parser, &["CREATE", "DATABASE"]) || words(parser, &["CREATE", "SCHEMA"]) {
        create_database(parser)?
    } else if words(parser, &["DROP", "DATABASE"]) || words(parser, &["DROP", "SCHEMA"]) {
        let if_exists = words(parser, &["IF", "EXISTS"]);
        let name = name(parser)?;
        Kind::DropDatabase { name, if_exists }
    } else if words(parser, &["RENAME", "TABLE"]) {
        rename(parser)?
    } else if words(parser, &["DROP", "INDEX"]) {
        let index = name(parser)?;
        if !words(parser, &["ON"]) {
            return Err(SqlError::syntax("DROP INDEX needs ON and a table"));
        }
        let table = parser.parse_object_name(false).map_err(syntax)?;
        Kind::DropIndex { name: index, table }
    } else if words(parser, &["UNLOCK", "TABLES"]) {
        Kind::Nothing
    } else {
        return Ok(None);
    };
    Ok(Some(kind))
}

fn describe(parser: &mut Parser<'_>) -> Result<Kind, SqlError> {
    let table = parser.parse_object_name(false).map_err(syntax)?;
    Ok(Kind::Show(Box::new(Show {
        what: What::Columns { table, full: false },
        like: None,
    })))
}

fn begin(parser: &mut Parser<'_>) -> Result<Kind, SqlError> {
    let mut read_only = false;
    while !at_end(parser) {
        if words(parser, &["READ", "ONLY"]) {
            read_only = true;
        } else if !words(parser, &["READ", "WRITE"])
            && !words(parser, &["WITH", "CONSISTENT", "SNAPSHOT"])
        {
            return Err(SqlError::unsupported(format!(
                "START TRANSACTION {}",
                parser.peek_token_ref().token
            )));
        }
        let _ = parser.consume_token(&Token::Comma);
    }
    Ok(Kind::Begin { read_only })
}

fn create_database(parser: &mut Parser<'_>) -> Result<Kind, SqlError> {
    let if_not_exists = words(parser, &["IF", "NOT", "EXISTS"]);
    let name = name(parser)?;
    while !at_end(parser) {
        words(parser, &["DEFAULT"]);
        if words(parser, &["CHARACTER", "SET"]) || words(parser, &["CHARSET"]) {
            let _ = parser.consume_token(&Token::Eq);
            super::variables::check_character_set(&text_or_name(parser)?)?;
        } else if words(parser, &["COLLATE"]) {
            let _ = parser.consume_token(&Token::Eq);
            let collation = super::types::Collation::named(&text_or_name(parser)?)?;
            if collation != super::types::Collation::Default {
                return Err(SqlError::unsupported(
                    "another default collation of a database",
                ));
            }
        } else {
            return Err(SqlError::unsupported(format!(
                "CREATE DATABASE with {}",
                parser.peek_token_ref().token
            )));
        }
    }
    Ok(Kind::CreateDatabase {
        name,
        if_not_exists,
    })
}

fn rename(parser: &mut Parser<'_>) -> Result<Kind, SqlError> {
    let mut pairs = Vec::new();
    loop {
        let from = parser.parse_object_name(false).map_err(syntax)?;
        if !words(parser, &["TO"]) {
            return Err(SqlError::syntax("RENAME TABLE needs TO"));
        }
        pairs.push((from, parser.parse_object_name(false).map_err(syntax)?));
        if !parser.consume_token(&Token::Comma) {
            return Ok(Kind::RenameTables(pairs));
        }
    }
}

fn text_or_name(parser: &mut Parser<'_>) -> Result<String, SqlError> {
    match parser.next_token().token {
        Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => Ok(text),
        Token::Word(word) => Ok(word.value),
        other => Err(SqlError::syntax(format!(
            "a name was expected, not {other}"
        ))),
    }
}

fn set(parser: &mut Parser<'_>) -> Result<Kind, SqlError> {
    let mut settings = Vec::new();
    loop {
        settings.push(setting(parser)?);
        if !parser.consume_token(&Token::Comma) {
            return Ok(Kind::Set(settings));
        }
    }
}

fn setting(parser: &mut Parser<'_>) -> Result<Setting, SqlError> {
    if words(parser, &["NAMES"]) {
        let charset =
            Some(text_or_name(parser)?).filter(|name| !name.eq_ignore_ascii_case("default"));
        let collation = if words(parser, &["COLLATE"]) {
            Some(text_or_name(parser)?)
        } else {
            None
        };
        return Ok(Setting::Names { charset, collation });
    }
    if words(parser, &["CHARACTER", "SET"]) || words(parser, &["CHARSET"]) {
        return Ok(Setting::Names {
            charset: Some(text_or_name(parser)?),
            collation: None,
        });
    }
    let mut global = false;
    if words(parser, &["GLOBAL"]) || words(parser, &["PERSIST"]) {
        global = true;
    } else if !words(parser, &["SESSION"]) {
        words(parser, &["LOCAL"]);
    }
    if words(parser, &["TRANSACTION"]) {
        return transaction(parser, global);
    }
    let path = parser.parse_object_name(false).map_err(syntax)?.to_string();
    let path = path.replace('`', "");
    if !parser.consume_token(&Token::Eq) && !parser.consume_token(&Token::Assignment) {
        return Err(SqlError::syntax("SET needs ="));
    }
    if let Some(system) = path.strip_prefix("@@") {
        let lower = system.to_ascii_lowercase();
        let (scope, name) = lower.split_once('.').unwrap_or(("session", &lower));
        global |= matches!(scope, "global" | "persist");
        return variable(parser, global, name.to_owned());
    }
    if let Some(user) = path.strip_prefix('@') {
        let value = parser.parse_expr().map_err(syntax)?;
        return Ok(Setting::User {
            name: user.to_lowercase(),
            value,
        });
    }
    variable(parser, global, path.to_ascii_lowercase())
}

fn variable(parser: &mut Parser<'_>, global: bool, name: String) -> Result<Setting, SqlError> {
    let value = if words(parser, &["DEFAULT"]) {
        None
    } else if words(parser, &["ON"]) {
        // No expression: a word of its own.
        Some(Expr::value(sqlparser::ast::Value::Boolean(true)))
    } else {
        match parser.parse_expr().map_err(syntax)? {
            // Words such as OFF or utf8mb4 stand for themselves.
            Expr::Identifier(word) if !word.value.starts_with('@') => Some(Expr::value(
                sqlparser::ast::Value::SingleQuotedString(word.value),
            )),
            other => Some(other),
        }
    };
    Ok(Setting::Variable {
        global,
        name,
        value,
    })
}

fn transaction(parser: &mut Parser<'_>, global: bool) -> Result<Setting, SqlError> {
    if global {
        return Err(SqlError::unsupported("SET GLOBAL TRANSACTION"));
    }
    let (mut isolation, mut read_only) = (None, None);
    loop {
        if words(parser, &["READ", "ONLY"]) {
            read_only = Some(true);
        } else if words(parser, &["READ", "WRITE"]) {
            read_only = Some(false);
        } else if words(parser, &["ISOLATION", "LEVEL"]) {
            isolation = Some(if words(parser, &["READ", "UNCOMMITTED"]) {
                "READ-UNCOMMITTED"
            } else if words(parser, &["READ", "COMMITTED"]) {
                "READ-COMMITTED"
            } else if words(parser, &["REPEATABLE", "READ"]) {
                "REPEATABLE-READ"
            } else if words(parser, &["SERIALIZABLE"]) {
                "SERIALIZABLE"
            } else {
                return Err(SqlError::syntax("an isolation level was expected"));
            });
        } else {
            return Err(SqlError::syntax(
                "SET TRANSACTION needs ISOLATION LEVEL or READ",
            ));
        }
        if !parser.consume_token(&Token::Comma) {
            return Ok(Setting::Transaction {
                isolation,
                read_only,
            });
        }
    }
}

fn show(parser: &mut Parser<'_>) -> Result<Show, SqlError> {
    let mut what = shown(parser)?;
    let mut like = None;
    if words(parser, &["LIKE"]) {
        like = Some(text_or_name(parser)?);
    } else if words(parser, &["WHERE"]) {
        like = Some(where_name(parser, &mut what)?);
    }
    Ok(Show { what, like })
}

/// `WHERE Variable_name = 'x'`, and no other condition. Its value is no pattern.
fn where_name(parser: &mut Parser<'_>, what: &mut What) -> Result<String, SqlError> {
    let of_variables = matches!(what, What::Variables { .. } | What::Status { .. });
    if of_variables && words(parser, &["VARIABLE_NAME"]) {
        if parser.consume_token(&Token::Eq) {
            return Ok(text_or_name(parser)?
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_"));
        }
        if words(parser, &["LIKE"]) {
            return text_or_name(parser);
        }
    }
    Err(SqlError::unsupported("SHOW with WHERE"))
}

fn from_database(parser: &mut Parser<'_>) -> Result<Option<String>, SqlError> {
    if words(parser, &["FROM"]) || words(parser, &["IN"]) {
        return name(parser).map(Some);
    }
    Ok(None)
}

/// `FROM table [FROM database]`
fn from_table(parser: &mut Parser<'_>) -> Result<sqlparser::ast::ObjectName, SqlError> {
    if !words(parser, &["FROM"]) && !words(parser, &["IN"]) {
        return Err(SqlError::syntax("FROM and a table were expected"));
    }
    let mut table = parser.parse_object_name(false).map_err(syntax)?;
    if words(parser, &["FROM"]) || words(parser, &["IN"]) {
        let database = parser.parse_identifier().map_err(syntax)?;
        let name = table.0.pop();
        table.0 = vec![sqlparser::ast::ObjectNamePart::Identifier(database)];
        table.0.extend(name);
    }
    Ok(table)
}

fn shown(parser: &mut Parser<'_>) -> Result<What, SqlError> {
    let global = words(parser, &["GLOBAL"]);
    if !global {
        let _ = words(parser, &["SESSION"]) || words(parser, &["LOCAL"]);
    }
    if words(parser, &["VARIABLES"]) {
        return Ok(What::Variables { global });
    }
    if words(parser, &["STATUS"]) {
        return Ok(What::Status { global });
    }
    let full = words(parser, &["FULL"]);
    if words(parser, &["TABLES"]) {
        let database = from_database(parser)?;
        return Ok(What::Tables { database, full });
    }
    if words(parser, &["COLUMNS"]) || words(parser, &["FIELDS"]) {
        let table = from_table(parser)?;
        return Ok(What::Columns { table, full });
    }
    if words(parser, &["PROCESSLIST"]) {
        return Ok(What::ProcessList);
    }
    if words(parser, &["DATABASES"]) || words(parser, &["SCHEMAS"]) {
        return Ok(What::Databases);
    }
    if words(parser, &["CREATE", "TABLE"]) {
        return Ok(What::CreateTable(
            parser.parse_object_name(false).map_err(syntax)?,
        ));
    }
    if words(parser, &["CREATE", "DATABASE"]) || words(parser, &["CREATE", "SCHEMA"]) {
        return Ok(What::CreateDatabase(name(parser)?));
    }
    if words(parser, &["INDEX"]) || words(parser, &["INDEXES"]) || words(parser, &["KEYS"]) {
        return Ok(What::Index(from_table(parser)?));
    }
    if words(parser, &["TABLE", "STATUS"]) {
        let database = from_database(parser)?;
        return Ok(What::TableStatus { database });
    }
    if words(parser, &["WARNINGS"]) || words(parser, &["ERRORS"]) {
        return Ok(What::Warnings);
    }
    if words(parser, &["ENGINES"]) || words(parser, &["STORAGE", "ENGINES"]) {
        return Ok(What::Engines);
    }
    if words(parser, &["COLLATION"]) {
        return Ok(What::Collations);
    }
    if words(parser, &["CHARACTER", "SET"]) || words(parser, &["CHARSET"]) {
        return Ok(What::CharacterSets);
    }
    if words(parser, &["GRANTS"]) {
        if words(parser, &["FOR"]) && !words(parser, &["CURRENT_USER"]) {
            return Err(SqlError::unsupported("SHOW GRANTS FOR another user"));
        }
        if parser.consume_token(&Token::LParen) {
            parser.expect_token(&Token::RParen).map_err(syntax)?;
        }
        return Ok(What::Grants);
    }
    if words(parser, &["PLUGINS"]) {
        return Ok(What::Nothing(&[
            "Name", "Status", "Type", "Library", "License",
        ]));
    }
    if words(parser, &["TRIGGERS"]) {
        from_database(parser)?;
        return Ok(What::Nothing(&[
            "Trigger",
            "Event",
            "Table",
            "Statement",
            "Timing",
            "Created",
            "sql_mode",
            "Definer",
            "character_set_client",
            "collation_connection",
            "Database Collation",
        ]));
    }
    Err(SqlError::unsupported(format!(
        "SHOW {}",
        parser.peek_token_ref().token
    )))
}
