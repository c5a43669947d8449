//! How much work a text makes for the parser, before it is parsed.

/// The bytes of a text that are in no quoted literal and no comment. Those are many tokens, each far
/// larger in memory than in the text; a literal is one, however long it is.
pub(crate) fn outside_literals(text: &str, backslash_escapes: bool) -> usize {
    let mut outside = 0;
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = match first {
            b'\'' | b'"' | b'`' => after_literal(after, first, backslash_escapes),
            b'#' => after_line(after),
            b'-' if after.starts_with(b"- ") || after.starts_with(b"-\n") => after_line(after),
            b'/' if after.starts_with(b"*") => after_comment(after),
            _ => {
                outside += 1;
                after
            }
        };
    }
    outside
}

/// A doubled quote ends one literal here and begins another, which comes to the same.
fn after_literal(mut rest: &[u8], quote: u8, backslash_escapes: bool) -> &[u8] {
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == quote {
            return rest;
        }
        if byte == b'\\' && backslash_escapes && quote != b'`' {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    rest
}

fn after_line(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|&byte| byte == b'\n');
    end.map_or(&[], |end| &rest[end + 1..])
}

fn after_comment(rest: &[u8]) -> &[u8] {
    let end = rest.windows(2).skip(1).position(|two| two == b"*/");
    end.map_or(&[], |end| &rest[end + 3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_outside_literals_and_comments_counts() {
        for (text, expected) in [
            ("", 0),
            ("SELECT 1", 8),
            ("SELECT 'long'", 7),
            ("SELECT 'it''s', 2", 10),
            (r"SELECT 'it\'s', 2", 10),
            (r#"SELECT "a\"b" x"#, 9),
            ("SELECT `a\\` x", 9),
            ("SELECT 1 -- it's\n, 2", 12),
            ("SELECT 1 # it's\n, 2", 12),
            ("SELECT /* it's */ 1", 9),
            ("SELECT /*/ ' */ 1", 9),
            ("SELECT 1--1", 11),
            ("SELECT 'open", 7),
            ("SELECT /* open", 7),
        ] {
            assert_eq!(outside_literals(text, true), expected, "{text}");
        }
        assert_eq!(outside_literals(r"SELECT 'a\', 2", false), 10);
    }
}
