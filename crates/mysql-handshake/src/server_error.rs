//! The packet with which a server refuses something.

use std::fmt;

/// An error that a server reports: an ERR packet.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// MySQL's number, such as 1045 for a refused login.
    pub number: u16,
    /// The SQLSTATE, such as `28000`.
    pub state: [u8; 5],
    /// What the server says, for people.
    pub message: String,
}

const HEADER: u8 = 0xff;

/// As many bytes of a peer's text as an error repeats: `MYSQL_ERRMSG_SIZE`, the longest that a server
/// says.
const LONGEST_MESSAGE: usize = 512;

/// The state of an error that comes without one, as `unknown_sqlstate` in MySQL's client library.
const UNKNOWN_STATE: [u8; 5] = *b"HY000";

impl ServerError {
    /// An error for a server to send.
    pub fn new(number: u16, state: [u8; 5], message: impl Into<String>) -> Self {
        Self {
            number,
            state,
            message: message.into(),
        }
    }

    /// The payload of the ERR packet.
    pub fn encode(&self) -> Vec<u8> {
        let mut packet = vec![HEADER];
        packet.extend(self.number.to_le_bytes());
        packet.push(b'#');
        packet.extend(self.state);
        packet.extend(self.message.as_bytes());
        packet
    }

    /// Reads an ERR packet; `None` if the payload is none.
    ///
    /// An error that a server sends in place of its greeting may have no SQLSTATE, because the server
    /// does not know yet whether the client would understand it; it is then `HY000`. Of the message,
    /// control characters are escaped and no more than 512 bytes are kept.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (number, rest) = payload.strip_prefix(&[HEADER])?.split_first_chunk()?;
        let with_state = rest
            .strip_prefix(b"#")
            .and_then(|rest| rest.split_first_chunk());
        let (state, message) = match with_state {
            Some((state, message)) if state.iter().all(u8::is_ascii_alphanumeric) => {
                (*state, message)
            }
            _ => (UNKNOWN_STATE, rest),
        };
        Some(Self {
            number: u16::from_le_bytes(*number),
            state,
            message: shown(message),
        })
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = String::from_utf8_lossy(&self.state);
        write!(f, "error {} ({state}): {}", self.number, self.message)
    }
}

impl std::error::Error for ServerError {}

/// What a peer said, made fit for a log: on one line, and at most 512 bytes of it.
pub(crate) fn shown(text: &[u8]) -> String {
    let mut shown = String::new();
    for character in String::from_utf8_lossy(text).chars() {
        let length = shown.len();
        if character.is_control() || is_format(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        if shown.len() > LONGEST_MESSAGE {
            shown.truncate(length);
            break;
        }
    }
    shown
}

/// Characters that make the rest of a line look different from what it says.
fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_parsed(
            number: u16,
            state in "[0-9A-Z]{5}",
            message in "[ -~]{0,512}",
        ) {
            let state = *state.as_bytes().first_chunk().unwrap();
            let error = ServerError::new(number, state, message);
            prop_assert_eq!(ServerError::parse(&error.encode()), Some(error));
        }

        #[test]
        fn any_bytes_are_short_and_on_one_line(text in vec(any::<u8>(), 0..2000)) {
            let packet = [&[HEADER, 1, 2][..], &text].concat();
            let message = ServerError::parse(&packet).unwrap().message;
            prop_assert!(message.len() <= LONGEST_MESSAGE);
            prop_assert!(!message.chars().any(char::is_control));
        }
    }

    #[test]
    fn error_without_state_is_understood() {
        let error = ServerError::parse(b"\xff\x10\x04Too many connections").unwrap();
        assert_eq!(
            error.to_string(),
            "error 1040 (HY000): Too many connections"
        );
        assert_eq!(ServerError::parse(b"\xff\x10"), None);
        assert_eq!(ServerError::parse(b"\0\0\0"), None);
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(shown(b"a\nb\x1b[1m\xff"), "a\\u{a}b\\u{1b}[1m\u{fffd}");
        assert_eq!(shown("a\u{202e}b".as_bytes()), "a\\u{202e}b");
    }
}
