use std::{
    error,
    fmt::{self, Write},
};

use crate::Account;

/// The longest value from a client or its token that a log line repeats, in characters. GUIDs,
/// audiences, issuers and users' names fit; a value made to flood the log does not.
const SHOWN_CHARACTERS: usize = 120;

/// Why a token may not log in.
///
/// The text is one line for the server's log. It never holds the token or a part of its
/// signature. Values that come from the token are cut to a fixed length and their control
/// characters are escaped, so they cannot forge a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The connection has no TLS.
    NoTls,
    /// The client sent an empty password.
    NoToken,
    /// The password is not UTF-8.
    NotText,
    /// The password is no signed token that can be read.
    NotAToken {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The token is signed with another algorithm than RS256, or not at all.
    WrongAlgorithm,
    /// No key of the key file has the token's `kid`.
    UnknownKey {
        /// The token's `kid`, if it has one.
        kid: Option<String>,
    },
    /// The signature was not made with the key that the token names.
    BadSignature,
    /// The token lacks a claim that the decision needs.
    MissingClaim {
        /// The claim's name.
        claim: &'static str,
    },
    /// Another authority issued the token.
    WrongIssuer {
        /// The token's `iss`.
        found: String,
    },
    /// The token was issued for another tenant.
    WrongTenant {
        /// The token's `tid`.
        found: String,
    },
    /// The token is meant for another service.
    WrongAudience {
        /// The token's `aud`, several values separated by commas.
        found: String,
    },
    /// The token is not valid yet.
    NotYetValid {
        /// Seconds until it is, without leeway.
        seconds: u64,
    },
    /// The token is not valid any more.
    Expired {
        /// Seconds since it was, without leeway.
        seconds_ago: u64,
    },
    /// The token belongs to another user or service principal.
    WrongPrincipal {
        /// The account's id.
        expected: String,
        /// The id in the token.
        found: String,
    },
    /// A person signed in through the service principal's client. That is not the service
    /// principal itself, so the account is closed to it.
    SignedInUser {
        /// The client that the person used.
        client: String,
    },
    /// The token's `groups` do not hold the account's group.
    NotInGroup {
        /// The account's id.
        group: String,
    },
    /// The account has no id, so no token can match it.
    AccountWithoutId {
        /// The account.
        account: Account,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTls => f.write_str("the connection has no TLS"),
            Self::NoToken => f.write_str("the client sent no token"),
            Self::NotText => f.write_str("the password is not text"),
            Self::NotAToken { reason } => write!(
                f,
                "the password is not a readable token ({reason}); send a Microsoft Entra access \
                 token as the password"
            ),
            Self::WrongAlgorithm => {
                f.write_str("the token is not signed with RS256, as Microsoft Entra's tokens are")
            }
            Self::UnknownKey { kid: Some(kid) } => write!(
                f,
                "the key file has no key '{}', with which the token says it is signed; if the \
                 issuer has new keys, update the file",
                Shown(kid)
            ),
            Self::UnknownKey { kid: None } => {
                f.write_str("the token does not name the key it is signed with (kid)")
            }
            Self::BadSignature => f.write_str("the token's signature is wrong"),
            Self::MissingClaim { claim } => write!(f, "the token has no claim '{claim}'"),
            Self::WrongIssuer { found } => {
                write!(
                    f,
                    "the token was issued by '{}', which is not accepted",
                    Shown(found)
                )
            }
            Self::WrongTenant { found } => {
                write!(
                    f,
                    "the token is of tenant '{}', which is not this server's",
                    Shown(found)
                )
            }
            Self::WrongAudience { found } => write!(
                f,
                "the token is for audience '{}', not for this server; ask for a token for Azure's \
                 database resource",
                Shown(found)
            ),
            Self::NotYetValid { seconds } => write!(
                f,
                "the token is valid only in {seconds} s; compare this server's clock with the \
                 issuer's"
            ),
            Self::Expired { seconds_ago } => {
                write!(
                    f,
                    "the token expired {seconds_ago} s ago; log in with a fresh one"
                )
            }
            Self::WrongPrincipal { expected, found } => write!(
                f,
                "the token is of principal '{}', but the account belongs to '{}'",
                Shown(found),
                Shown(expected)
            ),
            Self::SignedInUser { client } => write!(
                f,
                "the token is of a person who signed in through client '{}', but the account \
                 belongs to that client itself",
                Shown(client)
            ),
            Self::NotInGroup { group } => {
                write!(f, "the token's groups do not hold '{}'", Shown(group))
            }
            Self::AccountWithoutId { account } => {
                write!(f, "the account '{}' has no id", Shown(account.name()))
            }
        }
    }
}

impl error::Error for Refusal {}

/// A value in a log line: bounded, and without control characters.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.chars();
        for character in rest.by_ref().take(SHOWN_CHARACTERS) {
            // Quotes too, so that a value cannot look as if it had ended.
            write!(f, "{}", character.escape_debug())?;
        }
        if rest.next().is_some() {
            f.write_char('…')?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_forge_a_log_line() {
        let refusal = Refusal::WrongAudience {
            found: "x'\naad_auth: accepted user 'root'".into(),
        };
        let line = refusal.to_string();
        assert!(
            line.contains(r"'x\'\naad_auth: accepted user \'root\''"),
            "{line}"
        );
        assert!(!line.contains(char::is_control), "{line}");
    }

    #[test]
    fn characters_that_turn_text_around_are_escaped() {
        let line = Refusal::WrongTenant {
            found: "a\u{202e}b\u{1b}[31m".into(),
        }
        .to_string();
        assert!(line.contains(r"a\u{202e}b\u{1b}[31m"), "{line}");
    }

    #[test]
    fn a_long_value_is_cut() {
        let short = Refusal::WrongIssuer {
            found: "é".repeat(120),
        }
        .to_string();
        let long = Refusal::WrongIssuer {
            found: "é".repeat(100_000),
        }
        .to_string();
        assert_eq!(long.chars().count(), short.chars().count() + 1);
        assert!(long.contains('…') && !short.contains('…'));
    }
}
