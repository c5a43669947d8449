//! The entries of an ADO.NET connection string, as .NET's `DbConnectionStringBuilder` reads them:
//! <https://learn.microsoft.com/dotnet/api/system.data.common.dbconnectionstringbuilder.connectionstring>.

use std::iter::Peekable;
use std::str::Chars;

/// Why a string is no list of entries. None of them shows the string.
pub(super) type Problem = &'static str;

/// The keys and values in their order. A key without a value takes an earlier value away, so it is
/// kept as an empty one.
pub(super) fn read(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut entries = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| *c == ';' || c.is_whitespace()).is_some() {}
        match rest.peek() {
            None => return Ok(entries),
            Some('\0') => {
                let only_padding = rest.all(|c| c == '\0' || c == ';' || c.is_whitespace());
                return if only_padding {
                    Ok(entries)
                } else {
                    Err("goes on after a NUL character")
                };
            }
            Some(_) => {
                let key = key(&mut rest)?;
                entries.push((key, value(&mut rest)?));
            }
        }
    }
}

/// A key ends at the first `=` that is not doubled; `==` stands for one in the key.
fn key(rest: &mut Peekable<Chars<'_>>) -> Result<String, Problem> {
    let mut key = String::new();
    loop {
        match rest.next() {
            Some('=') if rest.next_if_eq(&'=').is_some() => key.push('='),
            Some('=') => break,
            Some(c) if c.is_control() && !c.is_whitespace() => {
                return Err("holds a control character in a key");
            }
            Some(c) => key.push(c),
            None => return Err("holds an entry without =; expected key=value"),
        }
    }
    key.truncate(key.trim_end().len());
    if key.is_empty() {
        return Err("holds a value without a key; expected key=value");
    }
    Ok(key)
}

fn value(rest: &mut Peekable<Chars<'_>>) -> Result<String, Problem> {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    match rest.peek() {
        Some(&quote @ ('"' | '\'')) => {
            rest.next();
            quoted(quote, rest)
        }
        _ => unquoted(rest),
    }
}

/// Up to the closing quote; a doubled quote stands for one.
fn quoted(quote: char, rest: &mut Peekable<Chars<'_>>) -> Result<String, Problem> {
    let mut value = String::new();
    loop {
        match rest.next() {
            Some(c) if c == quote => {
                if rest.next_if_eq(&quote).is_none() {
                    break;
                }
                value.push(quote);
            }
            Some('\0') => return Err("holds a NUL character"),
            Some(c) => value.push(c),
            None => return Err("holds a value whose quotation mark is not closed"),
        }
    }
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    match rest.peek() {
        None | Some('\0') => Ok(value),
        Some(';') => {
            rest.next();
            Ok(value)
        }
        Some(_) => Err("goes on after a closing quotation mark; double the marks inside a value"),
    }
}

/// Up to the next `;`, without the white space around. It must not end in a quotation mark.
fn unquoted(rest: &mut Peekable<Chars<'_>>) -> Result<String, Problem> {
    let mut value = String::new();
    while let Some(c) = rest.next_if(|c| !c.is_control() || c.is_whitespace()) {
        if c == ';' {
            break;
        }
        value.push(c);
    }
    value.truncate(value.trim_end().len());
    if value.ends_with(['"', '\'']) {
        return Err("holds a value that ends in a quotation mark and does not begin with one");
    }
    if rest
        .peek()
        .is_some_and(|&c| c.is_control() && c != '\0' && !c.is_whitespace())
    {
        return Err("holds a control character");
    }
    Ok(value)
}
