//! One login, from the server's bytes to a decision. No pointer reaches this module.

use std::{str, time::SystemTime};

use aad_auth::{Account, Refusal};

pub(crate) use aad_auth::login::{received, report};

use crate::configuration::Configuration;

/// Refuses a connection that the server says has no TLS, before the client is asked for its token.
pub(crate) fn check_transport(without_tls: bool) -> Result<(), String> {
    if without_tls {
        return Err(Refusal::NoTls.to_string());
    }
    Ok(())
}

/// The account to log in to, unless the login is lost whatever the token is.
pub(crate) fn account(
    authentication_string: &[u8],
    configuration: &Configuration,
) -> Result<Account, String> {
    configuration.as_ref().map_err(Clone::clone)?;
    str::from_utf8(authentication_string)
        .map_err(|_| "the account's authentication string is not UTF-8".to_owned())?
        .parse()
        .map_err(|error: aad_auth::Error| error.to_string())
}

/// The token in the client's packet: `mysql_clear_password` sends a NUL after it.
pub(crate) fn token(packet: &[u8]) -> Result<&[u8], String> {
    aad_auth::login::token(packet).map_err(|refusal| refusal.to_string())
}

/// Whether the token may log in to the account.
pub(crate) fn check(
    token: &[u8],
    authentication_string: &[u8],
    configuration: &Configuration,
    now: SystemTime,
) -> Result<(), String> {
    let verifier = configuration.as_ref().map_err(Clone::clone)?;
    let account = account(authentication_string, configuration)?;
    aad_auth::login::check(token, &account, verifier, now).map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use aad_auth::{Config, Verifier};

    use super::*;

    /// The example key of RFC 7517, appendix A.1. It can be read, and signs nothing here.
    const KEYS: &str = r#"{"keys": [{"kty": "RSA", "kid": "1", "e": "AQAB", "n":
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]}"#;

    const STRING: &[u8] = b"AADSP:1:upn:app";

    pub(crate) fn configuration() -> Configuration {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        fs::write(&file, KEYS).unwrap();
        Verifier::new(&Config::new(file, "tenant")).map_err(|error| error.to_string())
    }

    fn reason_against(token: &[u8]) -> String {
        check(token, STRING, &configuration(), SystemTime::now()).unwrap_err()
    }

    #[test]
    fn the_account_is_read_from_its_authentication_string() {
        let account = account(STRING, &configuration()).unwrap();
        assert_eq!(account.to_string().as_bytes(), STRING);
    }

    #[test]
    fn an_account_that_cannot_be_used_is_refused_with_the_reason() {
        let missing = Err("no configuration".to_owned());
        for (string, configuration, reason) in [
            (STRING, missing, "no configuration"),
            (b"hunter2", configuration(), "not an authentication string"),
            (b"", configuration(), "not an authentication string"),
            (b"\xff\xfe", configuration(), "not UTF-8"),
        ] {
            let before_the_token = account(string, &configuration).unwrap_err();
            let after = check(b"token", string, &configuration, SystemTime::now()).unwrap_err();
            assert!(before_the_token.contains(reason), "{before_the_token}");
            assert!(!before_the_token.contains("hunter2"), "{before_the_token}");
            assert_eq!(before_the_token, after);
        }
    }

    #[test]
    fn a_password_that_is_no_token_is_refused_and_not_repeated() {
        assert!(reason_against(b"\xff\xfe").contains("not text"));
        assert!(reason_against(b"hunter2").contains("not a readable token"));
        assert!(!reason_against(b"hunter2").contains("hunter2"));
    }

    #[test]
    fn the_verifier_has_the_last_word() {
        // {"alg":"RS256","kid":"2"}, {}, and a signature.
        let reason = reason_against(b"eyJhbGciOiJSUzI1NiIsImtpZCI6IjIifQ.e30.AAAA");
        assert!(reason.contains("no key '2'"), "{reason}");
    }
}
