//! One login, as every server with these checks conducts it: from the client's packet to a decision
//! and the log's lines.

use std::{str, time::SystemTime};

use crate::{Account, Refusal, Verifier, refusal::Shown};

/// The token in the client's packet: `mysql_clear_password` sends a NUL after it.
///
/// # Errors
///
/// [`Refusal::NoToken`] when nothing is left.
pub fn token(packet: &[u8]) -> Result<&[u8], Refusal> {
    let token = packet.strip_suffix(b"\0").unwrap_or(packet);
    if token.is_empty() {
        return Err(Refusal::NoToken);
    }
    Ok(token)
}

/// Decides whether what the client sent may log in to the account at the time `now`.
///
/// # Errors
///
/// The first reason to refuse it.
pub fn check(
    token: &[u8],
    account: &Account,
    verifier: &Verifier,
    now: SystemTime,
) -> Result<(), Refusal> {
    let token = str::from_utf8(token).map_err(|_| Refusal::NotText)?;
    verifier.check(token, account, now)
}

/// Text from a client, without the control characters and quotes that could forge a log line, and
/// without what is too long for one.
pub fn shown(text: &[u8]) -> String {
    Shown(&String::from_utf8_lossy(text)).to_string()
}

/// The log's line for a token that arrived. `user` is the name as the log shows it.
pub fn received(user: &str, token: &[u8]) -> String {
    format!("token received for user '{user}' ({} bytes)", token.len())
}

/// The log's line for the decision. `user` is the name as the log shows it.
pub fn report(user: &str, decision: &Result<(), String>) -> String {
    match decision {
        Ok(()) => format!("accepted user '{user}'"),
        Err(reason) => format!("refused user '{user}': {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_ends_at_the_nul_that_the_client_plugin_adds() {
        assert_eq!(token(b"token\0"), Ok(&b"token"[..]));
        assert_eq!(token(b"token"), Ok(&b"token"[..]));
        assert_eq!(token(b"token\0\0"), Ok(&b"token\0"[..]));
        assert_eq!(token(b"\0"), Err(Refusal::NoToken));
        assert_eq!(token(b""), Err(Refusal::NoToken));
    }

    #[test]
    fn the_log_names_the_user_and_never_the_token() {
        assert_eq!(
            received("app", b"secret"),
            "token received for user 'app' (6 bytes)"
        );
        assert_eq!(report("app", &Ok(())), "accepted user 'app'");
        assert_eq!(
            report("app", &Err("no".to_owned())),
            "refused user 'app': no"
        );
    }

    #[test]
    fn a_user_name_cannot_forge_a_log_line() {
        assert_eq!(shown(b"app"), "app");
        assert_eq!(
            shown(b"a'\naad_auth: accepted user 'b"),
            r"a\'\naad_auth: accepted user \'b"
        );
        assert_eq!(shown(b"\x1b[31m\xff"), "\\u{1b}[31m\u{fffd}");
    }

    #[test]
    fn a_user_name_cannot_flood_the_log() {
        assert_eq!(shown(&[b'a'; 120]).len(), 120);
        assert_eq!(shown(&vec![b'a'; 100_000]), format!("{}…", "a".repeat(120)));
    }
}
