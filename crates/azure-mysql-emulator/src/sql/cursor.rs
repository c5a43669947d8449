//! Where the parser is in the tokens, and what it takes of them.

use std::str::FromStr;

use super::{
    error::{Result, unsupported},
    lexer::{Located, Token, is_reserved},
    table::ColumnName,
};

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Located>,
    pub(super) at: usize,
    pub(super) parameters: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> &Token {
        // The last token is the end.
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + count).min(last)].token
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn is(&self, piece: &str) -> bool {
        match self.peek() {
            Token::Word(word) => word.eq_ignore_ascii_case(piece),
            Token::Symbol(symbol) => *symbol == piece,
            _ => false,
        }
    }

    /// Takes these keywords and symbols, or none of them if the first is not there.
    pub(super) fn accept(&mut self, pieces: &str) -> Result<bool> {
        for (index, piece) in pieces.split(' ').enumerate() {
            if !self.is(piece) {
                return if index == 0 {
                    Ok(false)
                } else {
                    Err(unsupported())
                };
            }
            self.next();
        }
        Ok(true)
    }

    pub(super) fn expect(&mut self, pieces: &str) -> Result<()> {
        self.accept(pieces)?.then_some(()).ok_or_else(unsupported)
    }

    /// One or more, with commas between them.
    pub(super) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut list = vec![one(self)?];
        while self.accept(",")? {
            list.push(one(self)?);
        }
        Ok(list)
    }

    pub(super) fn quoted(&mut self) -> Result<String> {
        match self.next() {
            Token::Text(text) => Ok(text),
            _ => Err(unsupported()),
        }
    }

    pub(super) fn number<N: FromStr>(&mut self) -> Result<N> {
        match self.next() {
            Token::Number(number) => number.parse().map_err(|_| unsupported()),
            _ => Err(unsupported()),
        }
    }

    pub(super) fn word(&mut self) -> Result<String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            _ => Err(unsupported()),
        }
    }

    pub(super) fn word_or_text(&mut self) -> Result<String> {
        match self.next() {
            Token::Word(word) | Token::Text(word) => Ok(word),
            _ => Err(unsupported()),
        }
    }

    pub(super) fn is_name(&self) -> bool {
        match self.peek() {
            Token::Quoted(_) => true,
            Token::Word(word) => !is_reserved(word),
            _ => false,
        }
    }

    pub(super) fn name(&mut self) -> Result<String> {
        if !self.is_name() {
            return Err(unsupported());
        }
        match self.next() {
            Token::Quoted(name) | Token::Word(name)
                if !name.is_empty() && !name.ends_with(' ') && name.chars().count() <= 64 =>
            {
                Ok(name)
            }
            _ => Err(unsupported()),
        }
    }

    /// As on Azure, names of tables are kept in lower case: `lower_case_table_names` is 1.
    pub(super) fn table(&mut self) -> Result<String> {
        Ok(self.name()?.to_lowercase())
    }

    pub(super) fn column(&mut self) -> Result<ColumnName> {
        let mut name = self.name()?;
        let mut table = None;
        if self.accept(".")? {
            table = Some(name);
            name = self.name()?;
        }
        Ok(ColumnName { table, name })
    }
}
