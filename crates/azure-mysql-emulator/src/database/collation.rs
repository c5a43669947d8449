//! How MySQL's collations compare text.

use std::{cmp::Ordering, sync::LazyLock};

use super::types::Collation;

/// For each code point from U+0000 to U+052F its primary weights, at most four.
static WEIGHTS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    include_str!("data/utf8mb4_0900_ai_ci.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|entry| {
            (0..entry.len() / 4)
                .filter_map(|i| u16::from_str_radix(entry.get(i * 4..i * 4 + 4)?, 16).ok())
                .collect()
        })
        .collect()
});

/// Compares as a collation does.
///
/// Beyond U+052F the accent- and case-insensitive ones order by code point: equal is what is the
/// same, but for compatibility forms and capitals of rarer scripts.
pub(crate) fn compare(collation: Collation, one: &str, other: &str) -> Ordering {
    match collation {
        Collation::Default => weights(one).cmp(weights(other)),
        Collation::Unicode => weights(unpadded(one)).cmp(weights(unpadded(other))),
        Collation::General => general(unpadded(one)).cmp(general(unpadded(other))),
        Collation::Binary => unpadded(one).cmp(unpadded(other)),
        Collation::BinaryNoPad => one.cmp(other),
    }
}

fn unpadded(text: &str) -> &str {
    text.trim_end_matches(' ')
}

fn weights(text: &str) -> impl Iterator<Item = u32> {
    text.chars().flat_map(character_weights)
}

fn character_weights(character: char) -> impl Iterator<Item = u32> {
    let code = u32::from(character);
    let known = usize::try_from(code)
        .ok()
        .and_then(|index| WEIGHTS.get(index));
    let implicit = known.is_none().then_some(0x1_0000 + code);
    known
        .into_iter()
        .flatten()
        .copied()
        .map(u32::from)
        .chain(implicit)
}

/// `utf8mb4_general_ci` knows capitals and, of accents, those of the letters of Latin scripts.
fn general(text: &str) -> impl Iterator<Item = u32> {
    text.chars().flat_map(|character| {
        let ascii = character.is_ascii();
        let weights: Vec<u32> = if ascii {
            vec![u32::from(character.to_ascii_uppercase())]
        } else {
            // The base letter's place, by way of the letter with the same weight.
            let accented: Vec<u32> = character_weights(character).collect();
            let base =
                ('A'..='Z').find(|base| character_weights(*base).eq(accented.iter().copied()));
            vec![base.map_or_else(
                || character.to_uppercase().next().map_or(0, u32::from),
                u32::from,
            )]
        };
        weights
    })
}

/// `LIKE`: `%` is any text, `_` any character.
pub(crate) fn like(collation: Collation, text: &str, pattern: &str, escape: Option<char>) -> bool {
    let pattern = tokens(pattern, escape);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut index) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        let matches = match pattern.get(index) {
            Some(Token::Any) => {
                retry = Some((at, index + 1));
                index += 1;
                continue;
            }
            Some(Token::One) => true,
            Some(Token::Exactly(expected)) => same_character(collation, text[at], *expected),
            None => false,
        };
        if matches {
            at += 1;
            index += 1;
        } else if let Some((from, after)) = retry {
            retry = Some((from + 1, after));
            at = from + 1;
            index = after;
        } else {
            return false;
        }
    }
    pattern[index..]
        .iter()
        .all(|token| matches!(token, Token::Any))
}

enum Token {
    Any,
    One,
    Exactly(char),
}

fn tokens(pattern: &str, escape: Option<char>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            _ if Some(character) == escape => {
                Token::Exactly(characters.next().unwrap_or(character))
            }
            '%' => Token::Any,
            '_' => Token::One,
            _ => Token::Exactly(character),
        });
    }
    tokens
}

fn same_character(collation: Collation, one: char, other: char) -> bool {
    if one == other {
        return true;
    }
    match collation {
        Collation::Binary | Collation::BinaryNoPad => false,
        Collation::General => {
            let (mut a, mut b) = ([0; 4], [0; 4]);
            general(one.encode_utf8(&mut a)).eq(general(other.encode_utf8(&mut b)))
        }
        _ => character_weights(one).eq(character_weights(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_collation_knows_neither_case_nor_accents() {
        let equal = |a, b| compare(Collation::Default, a, b) == Ordering::Equal;
        assert!(equal("Straße", "STRASSE"));
        assert!(equal("café", "CAFE"));
        assert!(!equal("a", "a "));
        assert!(!equal("a", "b"));
        assert_eq!(compare(Collation::Default, "a_", "a1"), Ordering::Less);
        assert_eq!(compare(Collation::Binary, "a", "a "), Ordering::Equal);
        assert_eq!(compare(Collation::Binary, "A", "a"), Ordering::Less);
    }

    #[test]
    fn like_finds_what_the_pattern_says() {
        let matches = |text, pattern| like(Collation::Default, text, pattern, Some('\\'));
        assert!(matches("Hello", "h%O"));
        assert!(matches("a%b", "a\\%b"));
        assert!(!matches("axb", "a\\%b"));
        assert!(matches("", "%%"));
        assert!(matches("aab", "%ab"));
        assert!(!matches("ab", "a_b"));
        assert!(!like(Collation::Binary, "A", "a", None));
    }
}
