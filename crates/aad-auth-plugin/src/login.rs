//! One login, from the server's bytes to a decision. No pointer reaches this module.

use std::{str, time::SystemTime};

use aad_auth::Account;

use crate::{configuration::Configuration, log};

/// What the server knows of a login before the client is asked for its token.
pub(crate) struct Login<'a> {
    /// The name that the client sent.
    pub(crate) user: &'a [u8],
    /// What the server stores with the account.
    pub(crate) authentication_string: &'a [u8],
    /// Whether the server says that the connection has no TLS.
    pub(crate) without_tls: bool,
}

impl Login<'_> {
    /// The account to log in to, unless the login is lost whatever the token is. Then the token
    /// is better not asked for.
    pub(crate) fn account(&self, configuration: &Configuration) -> Result<Account, String> {
        if self.without_tls {
            return Err("the connection has no TLS, so the token was not asked for".to_owned());
        }
        configuration.as_ref().map_err(Clone::clone)?;
        str::from_utf8(self.authentication_string)
            .map_err(|_| "the account's authentication string is not UTF-8".to_owned())?
            .parse()
            .map_err(|error| format!("the account's authentication string is {error}"))
    }

    /// Whether the client's packet holds a token that may log in to the account.
    pub(crate) fn check(
        &self,
        packet: &[u8],
        account: &Account,
        configuration: &Configuration,
        now: SystemTime,
    ) -> Result<(), String> {
        let token = token_of(packet);
        if token.is_empty() {
            return Err("the client sent no token".to_owned());
        }
        log::write(&format!(
            "token received for user '{}' ({} bytes)",
            self.shown(),
            token.len()
        ));
        let verifier = configuration.as_ref().map_err(Clone::clone)?;
        let token = str::from_utf8(token).map_err(|_| "the password is not text".to_owned())?;
        verifier
            .check(token, account, now)
            .map_err(|refusal| refusal.to_string())
    }

    /// Writes the decision to the server's log.
    pub(crate) fn report(&self, decision: &Result<(), String>) {
        let user = self.shown();
        match decision {
            Ok(()) => log::write(&format!("accepted user '{user}'")),
            Err(reason) => log::write(&format!("refused user '{user}': {reason}")),
        }
    }

    fn shown(&self) -> String {
        log::shown(self.user)
    }
}

/// `mysql_clear_password` sends the password with a NUL after it.
fn token_of(packet: &[u8]) -> &[u8] {
    packet.strip_suffix(b"\0").unwrap_or(packet)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aad_auth::{Config, Verifier};

    use super::*;

    /// The example key of RFC 7517, A.1: it parses, and nothing is signed with it here.
    const KEYS: &str = r#"{"keys": [{"kty": "RSA", "kid": "1", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]}"#;

    fn configuration() -> Configuration {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        fs::write(&file, KEYS).unwrap();
        Ok(Verifier::new(&Config::new(file, "tenant")).unwrap())
    }

    fn login(authentication_string: &str) -> Login<'_> {
        Login {
            user: b"app",
            authentication_string: authentication_string.as_bytes(),
            without_tls: false,
        }
    }

    fn check(packet: &[u8]) -> String {
        let account: Account = "AADSP:1:upn:app".parse().unwrap();
        login("")
            .check(packet, &account, &configuration(), SystemTime::now())
            .unwrap_err()
    }

    #[test]
    fn the_account_is_read_from_its_authentication_string() {
        let account = login("AADSP:1:upn:app").account(&configuration()).unwrap();
        assert_eq!(account.to_string(), "AADSP:1:upn:app");
    }

    #[test]
    fn a_login_that_is_lost_anyway_is_refused_before_the_token() {
        let missing = Err("no configuration".to_owned());
        let without_tls = Login {
            without_tls: true,
            ..login("AADSP:1:upn:app")
        };
        let not_text = Login {
            authentication_string: b"\xff\xfe",
            ..login("")
        };
        for (login, configuration, reason) in [
            (without_tls, configuration(), "no TLS"),
            (login("AADSP:1:upn:app"), missing, "no configuration"),
            (
                login("hunter2"),
                configuration(),
                "not an authentication string",
            ),
            (login(""), configuration(), "not an authentication string"),
            (not_text, configuration(), "not UTF-8"),
        ] {
            let refused = login.account(&configuration).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn the_token_ends_at_the_nul_that_the_client_plugin_adds() {
        assert_eq!(token_of(b"token\0"), b"token");
        assert_eq!(token_of(b"token"), b"token");
        assert_eq!(token_of(b"token\0\0"), b"token\0");
        assert_eq!(token_of(b"\0"), b"");
        assert_eq!(token_of(b""), b"");
    }

    #[test]
    fn a_packet_without_a_token_is_refused() {
        assert!(check(b"").contains("sent no token"));
        assert!(check(b"\0").contains("sent no token"));
        assert!(check(b"\xff\xfe\0").contains("not text"));
        assert!(check(b"hunter2\0").contains("not a readable token"));
        assert!(!check(b"hunter2\0").contains("hunter2"));
    }

    #[test]
    fn the_verifier_has_the_last_word() {
        // {"alg":"RS256","kid":"2"} . {} . signature
        let reason = check(b"eyJhbGciOiJSUzI1NiIsImtpZCI6IjIifQ.e30.AAAA\0");
        assert!(reason.contains("no key '2'"), "{reason}");
    }
}
