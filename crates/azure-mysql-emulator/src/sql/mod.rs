//! A small SQL: what drivers send when they connect, and one-row statements for tests of logins.
//!
//! It never guesses. What it accepts is answered as MySQL 8.4 answers it; a statement that it does not
//! know in full is error 1064. It knows no network, keeps everything in memory, and blocks no thread:
//! a session that waits for a lock is a future that waits.

mod ast;
mod change;
mod cursor;
mod error;
mod expression;
mod interface;
mod lexer;
mod locks;
mod metadata;
mod parser;
mod query;
mod reserved_words;
mod session;
mod show;
mod storage;
mod table;
#[cfg(test)]
mod tests;
mod transaction;
mod variables;

pub(crate) use interface::{Done, Outcome, ResultSet, ServerInformation, SessionInformation};
pub(crate) use parser::Statement;
pub(crate) use session::Session;
pub(crate) use transaction::Database;
