//! A statement's text as tokens.

use super::error::{Result, unsupported};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or a name without quotes.
    Word(String),
    /// A name in backticks.
    Quoted(String),
    Text(String),
    /// Digits.
    Integer(String),
    /// Digits with a point.
    Decimal(String),
    /// `?`
    Parameter,
    /// An operator or a punctuation mark.
    Symbol(&'static str),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) token: Token,
    /// Where it is in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Longer ones come first.
const SYMBOLS: [&str; 10] = ["@@", "@", "=", "(", ")", ",", ".", "*", "+", "-"];

/// The tokens of the first statement of a text, and where the rest of the text begins, if there is
/// any.
pub(super) fn first_statement(text: &str) -> Result<(Vec<Located>, Option<usize>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blanks(text, at)?;
        let rest = &text[at..];
        if rest.starts_with(';') {
            let after = &text[at + 1..];
            let blank = after.len() - after.trim_start_matches(is_space).len();
            let next = at + 1 + blank;
            tokens.push(end(at));
            return Ok((tokens, (next < text.len()).then_some(next)));
        }
        if rest.is_empty() {
            tokens.push(end(at));
            return Ok((tokens, None));
        }
        let (token, length) = token(rest)?;
        tokens.push(Located {
            token,
            start: at,
            end: at + length,
        });
        at += length;
    }
}

fn end(at: usize) -> Located {
    Located {
        token: Token::End,
        start: at,
        end: at,
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn skip_blanks(text: &str, mut at: usize) -> Result<usize> {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches(is_space);
        at += rest.len() - trimmed.len();
        let dashes = trimmed
            .strip_prefix("--")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(is_space));
        if dashes || trimmed.starts_with('#') {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if let Some(comment) = trimmed.strip_prefix("/*") {
            // Of a version, of MariaDB, a hint for the optimiser: statements in disguise.
            if comment.starts_with(['!', '+', 'M']) {
                return Err(unsupported());
            }
            let length = comment.find("*/").ok_or_else(unsupported)?;
            at += 2 + length + 2;
        } else {
            return Ok(at);
        }
    }
}

fn token(rest: &str) -> Result<(Token, usize)> {
    let first = rest.chars().next().unwrap_or_default();
    if matches!(first, '\'' | '"') {
        return quoted(rest, first, true).map(|(text, length)| (Token::Text(text), length));
    }
    if first == '`' {
        return quoted(rest, first, false).map(|(name, length)| (Token::Quoted(name), length));
    }
    if first == '?' {
        return Ok((Token::Parameter, 1));
    }
    let length = rest
        .find(|character| !is_word(character))
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    if first.is_ascii_digit() {
        return number(word, after);
    }
    if length > 0 {
        // `x'41'`, `N'text'`
        if after.starts_with(['\'', '"']) {
            return Err(unsupported());
        }
        return Ok((Token::Word(word.to_owned()), length));
    }
    let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
    let symbol = symbol.ok_or_else(unsupported)?;
    Ok((Token::Symbol(symbol), symbol.len()))
}

/// A `$` may be part of a name too, but is deprecated there and begins other things.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || character == '_'
        || ('\u{80}'..='\u{ffff}').contains(&character)
}

fn number(digits: &str, after: &str) -> Result<(Token, usize)> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unsupported());
    }
    let Some(fraction) = after.strip_prefix('.') else {
        return Ok((Token::Integer(digits.to_owned()), digits.len()));
    };
    let length = fraction
        .find(|character| !is_word(character))
        .unwrap_or(fraction.len());
    let fraction = &fraction[..length];
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unsupported());
    }
    let decimal = format!("{digits}.{fraction}");
    let length = decimal.len();
    Ok((Token::Decimal(decimal), length))
}

/// What stands between quotes, and how long it is with them.
fn quoted(rest: &str, quote: char, escapes: bool) -> Result<(String, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            if characters.next_if(|(_, next)| *next == quote).is_none() {
                return Ok((text, at + 1));
            }
            text.push(quote);
        } else if character == '\\' && escapes {
            let (_, escaped) = characters.next().ok_or_else(unsupported)?;
            match escaped {
                '0' => text.push('\0'),
                'b' => text.push('\x08'),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'Z' => text.push('\x1a'),
                '%' | '_' => text.extend(['\\', escaped]),
                other => text.push(other),
            }
        } else {
            text.push(character);
        }
    }
    Err(unsupported())
}

/// Whether a word without quotes cannot be a name.
pub(super) fn is_reserved(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    RESERVED
        .split_ascii_whitespace()
        .any(|reserved| reserved == word)
}

/// `SELECT word FROM information_schema.keywords WHERE reserved = 1` on MySQL 9.7, which has all of
/// 8.4's and a few more.
const RESERVED: &str = "\
ACCESSIBLE ADD ALL ALTER ANALYZE AND AS ASC ASENSITIVE BEFORE BETWEEN BIGINT BINARY BLOB BOTH BY \
    CALL CASCADE CASE CHANGE CHAR CHARACTER CHECK COLLATE COLUMN CONDITION CONSTRAINT CONTINUE \
    CONVERT CREATE CROSS CUBE CUME_DIST CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER \
    CURSOR DATABASE DATABASES DAY_HOUR DAY_MICROSECOND DAY_MINUTE DAY_SECOND DEC DECIMAL DECLARE \
    DEFAULT DELAYED DELETE DENSE_RANK DESC DESCRIBE DETERMINISTIC DISTINCT DISTINCTROW DIV DOUBLE \
    DROP DUAL EACH ELSE ELSEIF EMPTY ENCLOSED ESCAPED EXCEPT EXISTS EXIT EXPLAIN EXTERNAL FALSE \
    FETCH FIRST_VALUE FLOAT FLOAT4 FLOAT8 FOR FORCE FOREIGN FROM FULLTEXT FUNCTION GENERATED GET \
    GRANT GROUP GROUPING GROUPS HAVING HIGH_PRIORITY HOUR_MICROSECOND HOUR_MINUTE HOUR_SECOND IF \
    IGNORE IN INDEX INFILE INNER INOUT INSENSITIVE INSERT INT INT1 INT2 INT3 INT4 INT8 INTEGER \
    INTERSECT INTERVAL INTO IO_AFTER_GTIDS IO_BEFORE_GTIDS IS ITERATE JOIN JSON_TABLE KEY KEYS KILL \
    LAG LAST_VALUE LATERAL LEAD LEADING LEAVE LEFT LIBRARY LIKE LIMIT LINEAR LINES LOAD LOCALTIME \
    LOCALTIMESTAMP LOCK LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MATCH MAXVALUE MEDIUMBLOB MEDIUMINT \
    MEDIUMTEXT MIDDLEINT MINUTE_MICROSECOND MINUTE_SECOND MOD MODIFIES NATURAL NO_WRITE_TO_BINLOG \
    NOT NTH_VALUE NTILE NULL NUMERIC OF ON OPTIMIZE OPTIMIZER_COSTS OPTION OPTIONALLY OR ORDER OUT \
    OUTER OUTFILE OVER PARTITION PERCENT_RANK PRECISION PRIMARY PROCEDURE PURGE QUALIFY RANGE RANK \
    READ READ_WRITE READS REAL RECURSIVE REFERENCES REGEXP RELEASE RENAME REPEAT REPLACE REQUIRE \
    RESIGNAL RESTRICT RETURN REVOKE RIGHT RLIKE ROW ROW_NUMBER ROWS SCHEMA SCHEMAS \
    SECOND_MICROSECOND SELECT SENSITIVE SEPARATOR SET SHOW SIGNAL SMALLINT SPATIAL SPECIFIC SQL \
    SQL_BIG_RESULT SQL_CALC_FOUND_ROWS SQL_SMALL_RESULT SQLEXCEPTION SQLSTATE SQLWARNING SSL \
    STARTING STORED STRAIGHT_JOIN SYSTEM TABLE TABLESAMPLE TERMINATED THEN TINYBLOB TINYINT TINYTEXT \
    TO TRAILING TRIGGER TRUE UNDO UNION UNIQUE UNLOCK UNSIGNED UPDATE USAGE USE USING UTC_DATE \
    UTC_TIME UTC_TIMESTAMP VALUES VARBINARY VARCHAR VARCHARACTER VARYING VIRTUAL WHEN WHERE WHILE \
    WINDOW WITH WRITE XOR YEAR_MONTH ZEROFILL";
