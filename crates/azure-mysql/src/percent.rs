//! Percent-encoding, as the drivers' grammars use it.

/// Decodes `%XX`; `None` if an escape is cut short or the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The same, and `+` is a space, as in the query of a URL.
pub(crate) fn decode_query(text: &str) -> Option<String> {
    decode(&text.replace('+', " "))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_bad_ones_refused() {
        assert_eq!(decode("a%40b+c").as_deref(), Some("a@b+c"));
        assert_eq!(decode_query("a%40b+c%2B").as_deref(), Some("a@b c+"));
        assert_eq!(decode("%C3%BC").as_deref(), Some("ü"));
        for bad in ["%", "%4", "%4g", "%+4", "%ff"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
