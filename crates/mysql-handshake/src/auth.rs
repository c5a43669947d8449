//! Authentication plugins: their names, and what they make of a password.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use mysql_common::{
    io::ParseBuf,
    scramble::{scramble_native, scramble_sha256},
};
use zeroize::Zeroizing;

use crate::Error;

/// The password itself, with a NUL after it: how a token is sent.
pub const CLEAR_PASSWORD: &[u8] = b"mysql_clear_password";
/// A scramble with SHA-1: the default of MySQL 5.7 and of MariaDB.
pub const NATIVE_PASSWORD: &[u8] = b"mysql_native_password";
/// A scramble with SHA-256, or the password itself if the server's cache does not hold it: the default
/// of MySQL since 8.0.
pub const CACHING_SHA2_PASSWORD: &[u8] = b"caching_sha2_password";

/// How long a [`Nonce`] is, in bytes.
pub const NONCE_LENGTH: usize = 20;

/// What a server has never sent before, for a client to scramble its password with.
pub type Nonce = [u8; NONCE_LENGTH];

/// A server's request to go on with another plugin.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSwitch {
    /// The plugin's name.
    pub plugin: Vec<u8>,
    /// What the plugin begins with: for those that scramble, a nonce with a NUL after it. Often empty
    /// for `mysql_clear_password`; Aurora sends none at all.
    pub data: Vec<u8>,
}

pub(crate) const SWITCH: u8 = 0xfe;

impl AuthSwitch {
    /// A switch to a plugin as MySQL's servers send it: `mysql_clear_password` has no use for the
    /// nonce.
    pub fn new(plugin: &[u8], nonce: &Nonce) -> Self {
        let data = if plugin == CLEAR_PASSWORD {
            Vec::new()
        } else {
            [nonce, &[0][..]].concat()
        };
        Self {
            plugin: plugin.to_vec(),
            data,
        }
    }

    /// The payload of the packet. A NUL in the plugin's name would end it.
    pub fn encode(&self) -> Vec<u8> {
        [&[SWITCH], &*self.plugin, &[0], &*self.data].concat()
    }

    /// Reads a switch.
    ///
    /// # Errors
    ///
    /// If it is none, or one to the plugin of before MySQL 4.1, which has no name.
    pub fn parse(payload: &[u8]) -> Result<Self, Error> {
        let mut rest = match payload {
            [SWITCH] => {
                return Err(Error::authentication(
                    "the server asks for `mysql_old_password`, which is not supported",
                ));
            }
            [SWITCH, rest @ ..] => ParseBuf(rest),
            _ => return Err(Error::protocol("the packet is no authentication switch")),
        };
        let plugin = eat_text(&mut rest).unwrap_or_else(|| rest.eat_all());
        Ok(Self {
            plugin: plugin.to_vec(),
            data: rest.eat_all().to_vec(),
        })
    }
}

/// What a client sends for a password: a scramble, or the password itself for
/// [`CLEAR_PASSWORD`]. `None` for a plugin that is not known.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html>
pub fn scramble(plugin: &[u8], password: &[u8], nonce: &Nonce) -> Option<Zeroizing<Vec<u8>>> {
    let scramble = match plugin {
        CLEAR_PASSWORD => return Some(with_nul(password)),
        // No password is no bytes here, and a NUL there.
        NATIVE_PASSWORD => scramble_native(nonce, password).map_or_else(Vec::new, Vec::from),
        CACHING_SHA2_PASSWORD => {
            scramble_sha256(nonce, password).map_or_else(|| vec![0], Vec::from)
        }
        _ => return None,
    };
    Some(Zeroizing::new(scramble))
}

/// Whether `answer` is what a client sends that knows the password. How long it takes does not tell
/// how much of the answer is right.
pub fn verify(plugin: &[u8], password: &[u8], nonce: &Nonce, answer: &[u8]) -> bool {
    // Either is how a client says that it has no password.
    if password.is_empty() {
        return scramble(plugin, password, nonce).is_some() && matches!(answer, [] | [0]);
    }
    scramble(plugin, password, nonce)
        .is_some_and(|expected| verify_slices_are_equal(&expected, answer).is_ok())
}

/// A password as it is sent in clear text.
pub(crate) fn with_nul(password: &[u8]) -> Zeroizing<Vec<u8>> {
    // A buffer that grew would leave a copy behind.
    let mut packet = Zeroizing::new(Vec::with_capacity(password.len() + 1));
    packet.extend_from_slice(password);
    packet.push(0);
    packet
}

/// The bytes up to a NUL, which is taken too.
pub(crate) fn eat_text<'a>(rest: &mut ParseBuf<'a>) -> Option<&'a [u8]> {
    let length = rest.0.iter().position(|byte| *byte == 0)?;
    let text = rest.eat(length);
    rest.skip(1);
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::ErrorKind;

    const NONCE: Nonce = *b"abcdefghijklmnopqrst";

    #[test]
    fn switch_with_and_without_data_is_understood() {
        let with = AuthSwitch::new(NATIVE_PASSWORD, &NONCE);
        assert_eq!(
            with.encode(),
            b"\xfemysql_native_password\0abcdefghijklmnopqrst\0"
        );
        assert_eq!(AuthSwitch::parse(&with.encode()).unwrap(), with);

        let without = AuthSwitch::new(CLEAR_PASSWORD, &NONCE);
        for packet in [
            &b"\xfemysql_clear_password\0"[..],
            b"\xfemysql_clear_password",
        ] {
            assert_eq!(AuthSwitch::parse(packet).unwrap(), without);
        }
    }

    #[test]
    fn switch_to_the_oldest_plugin_is_named() {
        let error = AuthSwitch::parse(b"\xfe").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("mysql_old_password"), "{error}");
    }

    /// From MySQL's algorithms, computed with Python's `hashlib` for the password `secret`.
    #[test]
    fn scrambles_are_those_of_mysql() {
        let hex = |plugin| {
            let scramble = scramble(plugin, b"secret", &NONCE).unwrap();
            let digits = |text, byte: &u8| format!("{text}{byte:02x}");
            scramble.iter().fold(String::new(), digits)
        };
        assert_eq!(
            hex(NATIVE_PASSWORD),
            "8817c50fa779daef010ee7577825b0847df9842e"
        );
        assert_eq!(
            hex(CACHING_SHA2_PASSWORD),
            "c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809"
        );
    }

    #[test]
    fn only_the_right_password_is_verified() {
        for plugin in [CLEAR_PASSWORD, NATIVE_PASSWORD, CACHING_SHA2_PASSWORD] {
            for password in [&b"secret"[..], b""] {
                let right = scramble(plugin, password, &NONCE).unwrap();
                assert!(verify(plugin, password, &NONCE, &right));
                let wrong = scramble(plugin, b"Secret", &NONCE).unwrap();
                assert!(!verify(plugin, password, &NONCE, &wrong));
            }
            assert!(!verify(plugin, b"secret", &NONCE, b""));
        }
        assert!(!verify(b"sha256_password", b"", &NONCE, b""));
        assert_eq!(scramble(b"sha256_password", b"secret", &NONCE), None);
    }

    proptest! {
        #[test]
        fn any_bytes_do_not_panic(packet in vec(any::<u8>(), 0..100)) {
            let _ = AuthSwitch::parse(&packet);
            let _ = AuthSwitch::parse(&[&[SWITCH][..], &packet].concat());
        }
    }
}
