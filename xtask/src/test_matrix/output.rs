//! What a test program says about its tests.

use std::collections::BTreeMap;

/// What became of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    Failed,
    Ignored,
}

/// The tests that a program lists when it is asked to with `--list`.
pub(super) fn listed(output: &str) -> Vec<String> {
    let lines = output.lines();
    lines
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// The tests of which a program says how they ended, in lines such as `test NAME ... ok`.
///
/// libtest adds ` - should panic` to some names, and the reason to `ignored`; `libtest-mimic` fills
/// names up with spaces.
pub(super) fn verdicts(output: &str) -> BTreeMap<String, Verdict> {
    let lines = output.lines();
    lines
        .filter_map(|line| {
            let (name, verdict) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
            let name = name.trim_end();
            let name = name.strip_suffix(" - should panic").unwrap_or(name);
            let verdict = match verdict.split([' ', ',']).next()? {
                "ok" => Verdict::Ok,
                "FAILED" => Verdict::Failed,
                "ignored" => Verdict::Ignored,
                _ => return None,
            };
            Some((name.to_owned(), verdict))
        })
        .collect()
}

/// What a program that failed has written, without the lines of the tests that passed.
pub(super) fn without_passed(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines() {
        if !(line.starts_with("test ") && line.ends_with(" ... ok")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBTEST: &str = "
running 5 tests
test rotation::is_not_noticed ... ok
test tls::a_wrong_name_is_refused - should panic ... ok
test pools::keep_their_limits ... FAILED
test slow::one has been running for over 60 seconds
test slow::one ... ignored, takes too long

failures:

---- pools::keep_their_limits stdout ----
assertion `left == right` failed

failures:
    pools::keep_their_limits

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.42s
";

    #[test]
    fn tests_are_found_with_how_they_ended() {
        let verdicts = verdicts(LIBTEST);
        let verdicts: Vec<_> = verdicts
            .iter()
            .map(|(name, it)| (name.as_str(), *it))
            .collect();
        let expected = [
            ("pools::keep_their_limits", Verdict::Failed),
            ("rotation::is_not_noticed", Verdict::Ok),
            ("slow::one", Verdict::Ignored),
            ("tls::a_wrong_name_is_refused", Verdict::Ok),
        ];
        assert_eq!(verdicts, expected);
    }

    #[test]
    fn names_that_are_filled_up_with_spaces_are_found_too() {
        let output = "test sqlx::logs_in_with::chain       ... ok\ntest sqlx::rotates ... FAILED\n";
        let verdicts = verdicts(output);
        assert_eq!(verdicts["sqlx::logs_in_with::chain"], Verdict::Ok);
        assert_eq!(verdicts["sqlx::rotates"], Verdict::Failed);
    }

    #[test]
    fn a_test_of_documentation_is_found_though_its_name_has_spaces() {
        let output = "test crates/azure-mysql/src/../README.md - (line 12) ... ok\n";
        let verdicts = verdicts(output);
        let name = "crates/azure-mysql/src/../README.md - (line 12)";
        assert_eq!(verdicts[name], Verdict::Ok);
    }

    #[test]
    fn a_test_that_was_begun_and_never_ended_is_not_found() {
        assert!(verdicts("test slow::one ... ").is_empty());
        assert!(verdicts("test slow::one ... \nthread 'slow' panicked").is_empty());
        assert!(verdicts("test result: ok. 3 passed").is_empty());
    }

    #[test]
    fn tests_are_listed_and_benchmarks_are_not() {
        let output = "a::b: test\nc: test\nd: benchmark\n\n2 tests, 1 benchmark\n";
        assert_eq!(listed(output), ["a::b", "c"]);
    }

    #[test]
    fn of_a_failure_all_is_shown_but_what_passed() {
        let text = without_passed(LIBTEST);
        assert!(!text.contains("is_not_noticed"), "{text}");
        assert!(text.contains("left == right"), "{text}");
        assert!(text.contains("1 failed"), "{text}");
    }
}
