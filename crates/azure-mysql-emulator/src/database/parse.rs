//! From text to statements.

use sqlparser::{
    ast::{self, Expr, Ident, ObjectName},
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word},
};

use super::{
    SqlError, command, dialect::EmulatorDialect, length, storage::LONGEST_TEXT,
    variables::Variables,
};

/// Parentheses in parentheses, and the like.
const DEEPEST: usize = 60;
/// Words between two commas. What is longer makes a tree too deep to walk.
const LONGEST_RUN: usize = 1500;

/// One statement, understood.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Query {
        query: Box<ast::Query>,
        /// How the text names each column.
        names: Vec<String>,
    },
    Other(Box<ast::Statement>),
    Set(Vec<Setting>),
    Show(Box<Show>),
    Use(String),
    Do(Vec<Expr>),
    Kill {
        query_only: bool,
        id: Box<Expr>,
    },
    Begin {
        read_only: bool,
    },
    Commit,
    Rollback,
    RollbackTo(String),
    Savepoint(String),
    Release(String),
    CreateDatabase {
        name: String,
        if_not_exists: bool,
    },
    DropDatabase {
        name: String,
        if_exists: bool,
    },
    RenameTables(Vec<(ObjectName, ObjectName)>),
    DropIndex {
        name: String,
        table: ObjectName,
    },
    /// Accepted, and without effect here.
    Nothing,
}

/// One assignment of `SET`.
#[derive(Clone, Debug)]
pub(crate) enum Setting {
    Variable {
        global: bool,
        name: String,
        /// None for `DEFAULT`.
        value: Option<Expr>,
    },
    User {
        name: String,
        value: Expr,
    },
    Names {
        charset: Option<String>,
        collation: Option<String>,
    },
    /// `SET TRANSACTION …`
    Transaction {
        isolation: Option<&'static str>,
        read_only: Option<bool>,
    },
}

/// `SHOW …`, with its filter.
#[derive(Clone, Debug)]
pub(crate) struct Show {
    pub(crate) what: What,
    pub(crate) like: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Databases,
    Tables {
        database: Option<String>,
        full: bool,
    },
    Columns {
        table: ObjectName,
        full: bool,
    },
    CreateTable(ObjectName),
    CreateDatabase(String),
    Index(ObjectName),
    Variables {
        global: bool,
    },
    Status {
        global: bool,
    },
    TableStatus {
        database: Option<String>,
    },
    Warnings,
    ProcessList,
    Engines,
    Collations,
    CharacterSets,
    Grants,
    Nothing(&'static [&'static str]),
}

/// The statements of a text, each with how many `?` it has.
///
/// # Errors
///
/// 1064 if any of it is not understood; 1065 if there is none.
pub(crate) fn parse(text: &str, variables: &Variables) -> Result<Vec<(Kind, usize)>, SqlError> {
    let backslash_escapes = variables.backslash_escapes();
    if length::outside_literals(text, backslash_escapes) > LONGEST_TEXT {
        return Err(SqlError::unsupported(
            "a statement of more than 1 MiB beside its literals",
        ));
    }
    let dialect = EmulatorDialect { backslash_escapes };
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize_with_location()
        .map_err(SqlError::syntax)?;
    check_depth(&tokens)?;
    let mut statements = Vec::new();
    let mut cursor = Cursor::new(text);
    for part in tokens.split(|token| token.token == Token::SemiColon) {
        let empty = part
            .iter()
            .all(|token| matches!(token.token, Token::Whitespace(_) | Token::EOF));
        if empty {
            continue;
        }
        let (part, parameters) = prepared(part, variables);
        let names = column_names(&mut cursor, &part);
        let mut parser = Parser::new(&dialect)
            .with_recursion_limit(DEEPEST)
            .with_tokens_with_locations(part);
        let kind = match command::parse(&mut parser)? {
            Some(kind) => kind,
            None => match parser.parse_statement().map_err(SqlError::syntax)? {
                ast::Statement::Query(query) => Kind::Query { query, names },
                other => Kind::Other(Box::new(other)),
            },
        };
        if parser.peek_token_ref().token != Token::EOF {
            let rest = parser.peek_token_ref().token.to_string();
            return Err(SqlError::unsupported(format!("'{rest}' there")));
        }
        statements.push((kind, parameters));
    }
    if statements.is_empty() {
        return Err(SqlError::new(1065, *b"42000", "Query was empty"));
    }
    Ok(statements)
}

/// Trees are walked and dropped by recursion: none may be deep.
fn check_depth(tokens: &[TokenWithSpan]) -> Result<(), SqlError> {
    let mut runs = vec![0_usize];
    let mut unions = 0;
    for token in tokens {
        match &token.token {
            Token::LParen => runs.push(0),
            Token::RParen => {
                if runs.len() > 1 {
                    runs.pop();
                }
            }
            Token::Comma => {
                if let Some(run) = runs.last_mut() {
                    *run = 0;
                }
            }
            Token::SemiColon => {
                runs = vec![0];
                unions = 0;
            }
            Token::Whitespace(_) => {}
            Token::Word(Word {
                keyword: Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT,
                ..
            }) => unions += 1,
            _ => {
                if let Some(run) = runs.last_mut() {
                    *run += 1;
                }
            }
        }
        if unions > 100 || runs.last().is_some_and(|run| *run > LONGEST_RUN) {
            return Err(SqlError::unsupported("so long an expression"));
        }
    }
    Ok(())
}

/// The tokens as the session's SQL mode means them, and with each `?` numbered.
fn prepared(tokens: &[TokenWithSpan], variables: &Variables) -> (Vec<TokenWithSpan>, usize) {
    let mut parameters = 0;
    let pipes = variables.pipes_as_concat();
    let quotes = variables.ansi_quotes();
    let tokens = tokens
        .iter()
        .filter(|token| token.token != Token::EOF)
        .map(|token| {
            let changed = match &token.token {
                Token::Placeholder(name) if name == "?" => {
                    parameters += 1;
                    Token::Placeholder(format!("?{parameters}"))
                }
                Token::StringConcat if !pipes => Token::make_keyword("OR"),
                Token::DoubleQuotedString(text) if quotes => Token::make_word(text, Some('`')),
                other => other.clone(),
            };
            TokenWithSpan::new(changed, token.span)
        })
        .collect();
    (tokens, parameters)
}

/// What the text says between `SELECT` and `FROM`: MySQL names columns so.
fn column_names(cursor: &mut Cursor<'_>, tokens: &[TokenWithSpan]) -> Vec<String> {
    let mut words = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let select = words.next();
    if !select.is_some_and(|token| is_word(&token.token, &[Keyword::SELECT])) {
        return Vec::new();
    }
    let mut items: Vec<Vec<&TokenWithSpan>> = vec![Vec::new()];
    let mut depth = 0_usize;
    for token in words {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Comma if depth == 0 => {
                items.push(Vec::new());
                continue;
            }
            Token::Word(word) if depth == 0 && word.quote_style.is_none() => {
                let first = items.len() == 1 && items[0].is_empty();
                match word.keyword {
                    Keyword::DISTINCT | Keyword::ALL if first => continue,
                    Keyword::FROM
                    | Keyword::WHERE
                    | Keyword::GROUP
                    | Keyword::HAVING
                    | Keyword::ORDER
                    | Keyword::LIMIT
                    | Keyword::UNION
                    | Keyword::EXCEPT
                    | Keyword::INTERSECT
                    | Keyword::FOR
                    | Keyword::INTO => break,
                    _ => {}
                }
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(token);
        }
    }
    items.iter().map(|item| item_name(cursor, item)).collect()
}

fn item_name(cursor: &mut Cursor<'_>, item: &[&TokenWithSpan]) -> String {
    if let [only] = item
        && let Token::SingleQuotedString(literal) | Token::DoubleQuotedString(literal) = &only.token
    {
        return literal.clone();
    }
    let (Some(first), Some(last)) = (item.first(), item.last()) else {
        return String::new();
    };
    let (start, end) = (
        cursor.offset(first.span.start),
        cursor.offset(last.span.end),
    );
    cursor.text.get(start..end).unwrap_or_default().to_owned()
}

/// Finds where in a text a place is, for one place after the other: each search begins where the last
/// one ended, so that all of them together take one walk over the text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    location: Location,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            location: Location::new(1, 1),
        }
    }

    fn offset(&mut self, location: Location) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for character in rest.chars() {
            if self.location >= location {
                break;
            }
            self.at += character.len_utf8();
            if character == '\n' {
                self.location = Location::new(self.location.line + 1, 1);
            } else {
                self.location.column += 1;
            }
        }
        self.at
    }
}

pub(crate) fn is_word(token: &Token, keywords: &[Keyword]) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && keywords.contains(&word.keyword))
}

/// An identifier's own text.
pub(crate) fn name_of(name: Ident) -> String {
    name.value
}
