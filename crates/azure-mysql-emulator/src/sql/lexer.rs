//! A statement's text as tokens.

use super::{
    error::{Result, unsupported},
    reserved_words::RESERVED,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or a name without quotes.
    Word(String),
    /// A name in backticks.
    Quoted(String),
    Text(String),
    /// Digits, maybe with a point.
    Number(String),
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
        if rest.is_empty() || rest.starts_with(';') {
            tokens.push(Located {
                token: Token::End,
                start: at,
                end: at,
            });
            let behind = rest.get(1..).unwrap_or_default();
            let next = text.len() - behind.trim_start_matches(is_space).len();
            return Ok((tokens, (next < text.len()).then_some(next)));
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
    let is_number = first.is_ascii_digit();
    let length = rest
        .find(|character| !(is_word(character) || is_number && character == '.'))
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    if is_number {
        // `1e3`, `0x41`, `1.2.3` and `1.` are other things.
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if word.split('.').count() > 2 || !word.split('.').all(digits) {
            return Err(unsupported());
        }
        return Ok((Token::Number(word.to_owned()), length));
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
            let (_, meant) = characters.next().ok_or_else(unsupported)?;
            match meant {
                '0' => text.push('\0'),
                'b' => text.push('\x08'),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'Z' => text.push('\x1a'),
                '%' | '_' => text.extend(['\\', meant]),
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
