//! Names and strings as SQL writes them.

/// A string literal. Line ends are escaped: a statement must stay on one line.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/string-literals.html>
pub(super) fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for character in value.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_line_ends_stay_inside_a_literal() {
        assert_eq!(text("o'neil"), "'o''neil'");
        assert_eq!(text("a\\'; DROP"), "'a\\\\''; DROP'");
        assert_eq!(text("a\r\nb\0"), "'a\\r\\nb\\0'");
        assert_eq!(text("Zoë@contoso.com"), "'Zoë@contoso.com'");
    }

    #[test]
    fn backticks_stay_inside_an_identifier() {
        assert_eq!(identifier("a`b"), "`a``b`");
    }
}
