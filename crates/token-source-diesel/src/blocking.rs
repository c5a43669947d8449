//! For threads that cannot wait asynchronously.

use azure_mysql::Settings;
use token_source::{RejectOutcome, Token, TokenCache};

use crate::{Error, ErrorKind};

/// Lets `log_in` open a connection. A login that the server refuses is tried once more, if another
/// token can be had.
pub(crate) fn connect<C>(
    settings: &Settings,
    tokens: &TokenCache,
    log_in: impl Fn(&Token) -> Result<C, Error>,
) -> Result<C, Error> {
    let token = tokens.blocking_token();
    let token = token.map_err(|error| Error::from_token(error, settings))?;
    let refusal = match log_in(&token) {
        Err(error) if error.kind() == ErrorKind::LoginRefused => error,
        other => return other,
    };
    match tokens.blocking_reject(&token) {
        Ok(RejectOutcome::New(token)) => log_in(&token),
        // What the server said tells more than that there is no other token.
        Ok(RejectOutcome::Same(_)) | Err(_) => Err(refusal),
    }
}
