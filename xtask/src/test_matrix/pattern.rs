//! Which cases are meant.

use std::convert::Infallible;

/// The name of a case; or, with `*` for any text, what the whole name is like; or else a text that
/// the name holds.
#[derive(Clone)]
pub(super) struct Pattern(String);

impl std::str::FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Pattern {
    /// Keeps the names that are meant.
    pub(super) fn retain<T>(&self, cases: &mut Vec<T>, name: impl Fn(&T) -> &str) {
        if cases.iter().any(|case| name(case) == self.0) {
            cases.retain(|case| name(case) == self.0);
        } else if self.0.contains('*') {
            cases.retain(|case| is_like(name(case), &self.0));
        } else {
            cases.retain(|case| name(case).contains(&self.0));
        }
    }
}

fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let ends = name.char_indices().map(|(index, _)| index);
            ends.chain([name.len()])
                .any(|index| is_like(&name[index..], rest))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant<'a>(pattern: &str, names: &[&'a str]) -> Vec<&'a str> {
        let mut names = names.to_vec();
        pattern
            .parse::<Pattern>()
            .unwrap()
            .retain(&mut names, |name| name);
        names
    }

    const NAMES: [&str; 5] = [
        "core/cache",
        "core/cache_status",
        "mysql/sqlx/chain",
        "mysql/sqlx/promises",
        "mariadb/sqlx/chain",
    ];

    #[test]
    fn a_name_means_that_case_alone() {
        assert_eq!(meant("core/cache", &NAMES), ["core/cache"]);
    }

    #[test]
    fn a_part_of_a_name_means_all_that_hold_it() {
        assert_eq!(meant("cache", &NAMES), ["core/cache", "core/cache_status"]);
        assert_eq!(meant("mysql/sqlx", &NAMES), NAMES[2..4]);
    }

    #[test]
    fn a_star_stands_for_any_text_of_a_whole_name() {
        assert_eq!(
            meant("*/sqlx/chain", &NAMES),
            ["mysql/sqlx/chain", "mariadb/sqlx/chain"]
        );
        assert_eq!(meant("m*/*/promises", &NAMES), ["mysql/sqlx/promises"]);
        assert_eq!(meant("*", &NAMES), NAMES);
        assert!(meant("sqlx*", &NAMES).is_empty());
        assert!(meant("*/sqlx", &NAMES).is_empty());
    }

    #[test]
    fn a_text_that_no_name_holds_means_none() {
        assert!(meant("oracle", &NAMES).is_empty());
    }
}
