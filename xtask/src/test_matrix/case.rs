//! The cases of the matrix: each is one cell of what is shown.

use std::{collections::BTreeMap, path::PathBuf};

use test_servers::{Language, Product, ServerKind};

use super::output::Verdict;
use crate::{
    auth_mode::AuthMode, clients::Client, examples::Example, features::FeatureSet, outcome::Outcome,
};

/// Something that passes or fails on its own.
#[derive(Clone)]
pub(super) struct Case {
    /// Parts with `/` between them. Where there is a server, it is the first.
    pub(super) name: String,
    pub(super) server: Option<ServerKind>,
    pub(super) needs: Vec<Need>,
    pub(super) task: Task,
}

/// What has to be on the machine, or to be brought there first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Need {
    Server(Product),
    ClientLibrary(Product),
    CommandLineClient(Product),
    Interpreter(Language),
    Python,
    Node,
}

#[derive(Clone)]
pub(super) enum Task {
    /// Tests of a program.
    Tests(TestProgram, Selection),
    /// The examples in the documentation of all crates.
    Documentation,
    /// A library with some of its features.
    Features(FeatureSet),
    /// One program of the demo.
    Demo(Example),
    /// A client that nobody here wrote.
    Client(Client, AuthMode),
}

/// A program that cargo makes of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TestProgram {
    pub(super) build: Build,
    pub(super) package: String,
    /// Where the package's manifest is.
    pub(super) folder: PathBuf,
    pub(super) target: String,
    /// Of the modules within a library or a program, which may hold none.
    pub(super) is_unit: bool,
}

/// Which run of cargo makes a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Build {
    Workspace,
    /// With a model in the place of tokio.
    Shuttle,
    /// Linked with a C client library.
    ClientLibrary(Product),
}

/// Some of a program's tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    All,
    /// The login of an adapter as somebody.
    Login {
        adapter: &'static str,
        identity: &'static str,
    },
    /// An adapter's other tests.
    Promises {
        adapter: &'static str,
    },
}

impl Selection {
    pub(super) fn includes(&self, test: &str) -> bool {
        let of = |adapter| test.strip_prefix(adapter)?.strip_prefix("::");
        match self {
            Self::All => true,
            Self::Login { adapter, identity } => {
                of(adapter).and_then(|test| test.strip_prefix("logs_in_with::")) == Some(identity)
            }
            Self::Promises { adapter } => {
                of(adapter).is_some_and(|test| !test.starts_with("logs_in_with::"))
            }
        }
    }

    /// What tells the program to run these alone.
    pub(super) fn arguments(&self) -> Vec<String> {
        match self {
            Self::All => Vec::new(),
            Self::Login { adapter, identity } => {
                vec![
                    "--exact".to_owned(),
                    format!("{adapter}::logs_in_with::{identity}"),
                ]
            }
            Self::Promises { adapter } => vec![
                format!("{adapter}::"),
                "--skip".to_owned(),
                format!("{adapter}::logs_in_with::"),
            ],
        }
    }

    /// What came of these tests of those that the program has, where `ended` is what it said of them.
    /// `None` if there was nothing to be done.
    pub(super) fn outcome(
        &self,
        listed: &[String],
        is_unit: bool,
        ended: &BTreeMap<String, Verdict>,
    ) -> Option<Outcome> {
        let wanted: Vec<_> = listed.iter().filter(|test| self.includes(test)).collect();
        if wanted.is_empty() {
            // It is no defect of a library that no test is within it.
            return (!is_unit).then(|| Outcome::Failed("no such test".to_owned()));
        }
        let mut complaints = Vec::new();
        for test in &wanted {
            match ended.get(*test) {
                Some(Verdict::Ok) => {}
                Some(Verdict::Failed) => complaints.push(format!("{test} failed")),
                Some(Verdict::Ignored) => complaints.push(format!("{test} is ignored")),
                None => complaints.push(format!("{test} did not come to its end")),
            }
        }
        Some(match complaints.as_slice() {
            [] => Outcome::Passed,
            [complaint] => Outcome::Failed(complaint.clone()),
            [first, rest @ ..] => Outcome::Failed(format!(
                "{first}, and so on: {} of {} tests",
                rest.len() + 1,
                wanted.len()
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: Selection = Selection::Login {
        adapter: "mysql_async",
        identity: "chain",
    };
    const PROMISES: Selection = Selection::Promises {
        adapter: "mysql_async",
    };

    fn outcome(which: &Selection, ended: &[(&str, Verdict)]) -> Option<Outcome> {
        let listed = [
            "mysql_async::logs_in_with::chain",
            "mysql_async::rotates",
            "mysql_async::resets",
            "mysql_async_bb8::rotates",
        ]
        .map(str::to_owned);
        let ended = ended.iter().map(|(name, it)| ((*name).to_owned(), *it));
        which.outcome(&listed, false, &ended.collect())
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it is compared with what may be none"
    )]
    fn failed(reason: &str) -> Option<Outcome> {
        Some(Outcome::Failed(reason.to_owned()))
    }

    #[test]
    fn a_login_is_one_test_and_promises_are_the_adapters_others() {
        assert!(LOGIN.includes("mysql_async::logs_in_with::chain"));
        assert!(!LOGIN.includes("mysql_async::logs_in_with::chain_of_two"));
        assert!(!LOGIN.includes("mysql_async_bb8::logs_in_with::chain"));
        assert!(PROMISES.includes("mysql_async::rotates"));
        assert!(!PROMISES.includes("mysql_async_bb8::rotates"));
        assert!(!PROMISES.includes("mysql_async::logs_in_with::chain"));
    }

    #[test]
    fn a_case_passes_if_each_of_its_tests_did() {
        let mut ended = vec![
            ("mysql_async::rotates", Verdict::Ok),
            ("mysql_async::resets", Verdict::Ok),
        ];
        assert_eq!(outcome(&PROMISES, &ended), Some(Outcome::Passed));
        ended[0].1 = Verdict::Failed;
        assert_eq!(
            outcome(&PROMISES, &ended),
            failed("mysql_async::rotates failed")
        );
        ended[1].1 = Verdict::Ignored;
        let expected = "mysql_async::rotates failed, and so on: 2 of 2 tests";
        assert_eq!(outcome(&PROMISES, &ended), failed(expected));
    }

    #[test]
    fn a_test_that_nothing_was_said_of_has_failed() {
        let ended = [("mysql_async::rotates", Verdict::Ok)];
        let expected = "mysql_async::resets did not come to its end";
        assert_eq!(outcome(&PROMISES, &ended), failed(expected));
    }

    #[test]
    fn a_test_that_does_not_exist_has_failed() {
        let login = Selection::Login {
            adapter: "mysql_async_bb8",
            identity: "chain",
        };
        assert_eq!(outcome(&login, &[]), failed("no such test"));
    }

    #[test]
    fn a_program_of_tests_without_tests_has_failed_and_a_library_need_not_hold_any() {
        let ended = BTreeMap::new();
        let of = |is_unit| Selection::All.outcome(&[], is_unit, &ended);
        assert_eq!(of(false), failed("no such test"));
        assert_eq!(of(true), None);
    }
}
