//! Texts and names as they stand in SQL.

/// A string literal.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/string-literals.html>
pub(crate) fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

pub(crate) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_stay_inside() {
        assert_eq!(literal(r"o'neil\"), r"'o''neil\\'");
        assert_eq!(identifier("a`b"), "`a``b`");
    }
}
