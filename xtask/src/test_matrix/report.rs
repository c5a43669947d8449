//! What is shown at the end.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anstyle::Style;
use test_servers::ServerKind;

use super::{
    plan::{self, IDENTITIES},
    progress::{BAD, GOOD, NEUTRAL, alone, counted},
    result::CaseResult,
};
use crate::outcome::Outcome;

/// A part of a run, with how long it took and what else there is to say.
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) duration: Duration,
    pub(super) note: String,
}

/// How many cases came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Totals {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) not_run: usize,
}

impl Totals {
    pub(super) fn of<'a>(results: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let mut totals = Self::default();
        for result in results {
            *match result.outcome {
                Outcome::Passed => &mut totals.passed,
                Outcome::Failed(_) => &mut totals.failed,
                Outcome::Skipped(_) => &mut totals.skipped,
                Outcome::NotRun(_) => &mut totals.not_run,
            } += 1;
        }
        totals
    }

    fn style(self) -> Style {
        match self {
            Self { failed: 1.., .. } => BAD,
            Self {
                skipped: 0,
                not_run: 0,
                ..
            } => GOOD,
            _ => NEUTRAL,
        }
    }
}

/// The whole report, in colours.
pub(super) fn text(results: &[CaseResult], phases: &[Phase]) -> String {
    let mut text = format!("\n{}", adapters(results));
    text.push_str(&others(results));
    text.push_str(&reasons(results));
    for phase in phases {
        let seconds = phase.duration.as_secs_f64();
        let _ = write!(text, "{:<12}{seconds:>7.1} s", phase.name);
        if !phase.note.is_empty() {
            let _ = write!(text, "  {}", phase.note);
        }
        text.push('\n');
    }
    let Totals {
        passed,
        failed,
        skipped,
        not_run,
    } = Totals::of(results);
    let style = Totals::of(results).style();
    let _ = writeln!(
        text,
        "\n{style}{}: {passed} passed, {failed} failed, {skipped} skipped, {not_run} not run{style:#}",
        counted(results.len(), "cell"),
    );
    text
}

/// A row for each adapter on each server, a column for each identity.
fn adapters(results: &[CaseResult]) -> String {
    let outcomes: BTreeMap<_, _> = results
        .iter()
        .map(|result| (result.name.as_str(), &result.outcome))
        .collect();
    let columns: Vec<_> = IDENTITIES.into_iter().chain(["promises"]).collect();
    let mut rows = Vec::new();
    for server in ServerKind::ALL {
        for adapter in plan::adapters() {
            let cells: Vec<_> = columns
                .iter()
                .map(|column| outcomes.get(format!("{server}/{adapter}/{column}").as_str()))
                .collect();
            if cells.iter().any(Option::is_some) {
                rows.push((format!("{server}/{adapter}"), cells));
            }
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let first = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let halves = |column: &str| match column.split_once('_') {
        Some((upper, lower)) => (format!("{upper}_"), lower.to_owned()),
        None => (String::new(), column.to_owned()),
    };
    let headings: Vec<_> = columns.iter().map(|column| halves(column)).collect();
    let widths: Vec<_> = headings
        .iter()
        .map(|(upper, lower)| upper.len().max(lower.len()).max("FAILED".len()))
        .collect();
    let mut text = String::new();
    for line in [
        headings.iter().map(|(upper, _)| upper).collect::<Vec<_>>(),
        headings.iter().map(|(_, lower)| lower).collect(),
    ] {
        let cells = line.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(text, &width)| format!("  {text:<width$}"))
            .collect();
        let cells = cells.concat();
        let line = format!("{:first$}{cells}", "");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for (name, cells) in rows {
        let mut row = format!("{name:first$}");
        for (outcome, &width) in cells.iter().zip(&widths) {
            let (mark, style) = mark(outcome.copied());
            let _ = write!(row, "  {style}{mark}{style:#}");
            row.push_str(&" ".repeat(width - mark.len()));
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

fn mark(outcome: Option<&Outcome>) -> (&'static str, Style) {
    match outcome {
        None => ("", Style::new()),
        Some(Outcome::Passed) => ("ok", GOOD),
        Some(Outcome::Failed(_)) => ("FAILED", BAD),
        Some(Outcome::Skipped(_)) => ("skip", NEUTRAL),
        Some(Outcome::NotRun(_)) => ("-", NEUTRAL),
    }
}

/// The group that a case is counted in: its name without the last part, and of clients without the
/// zone too.
pub(super) fn group(name: &str) -> &str {
    let end = match name.split_once("/clients/") {
        Some((server, _)) => server.len() + "/clients".len(),
        None => name.rfind('/').unwrap_or(name.len()),
    };
    &name[..end]
}

/// A row for each group of the other cases, with how many came to which end.
fn others(results: &[CaseResult]) -> String {
    let is_an_adapters = |name: &str| {
        let adapter = group(name).split_once('/').map(|(_, adapter)| adapter);
        plan::adapters().any(|known| Some(known) == adapter)
    };
    let mut groups: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for result in results.iter().filter(|it| !is_an_adapters(&it.name)) {
        let name = group(&result.name);
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, results)) => results.push(result),
            None => groups.push((name, vec![result])),
        }
    }
    let width = groups.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, results) in groups {
        let totals = Totals::of(results.iter().copied());
        let parts = [
            (totals.passed, "ok"),
            (totals.failed, "FAILED"),
            (totals.skipped, "skipped"),
            (totals.not_run, "not run"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let style = totals.style();
        let parts = parts.join(", ");
        let _ = writeln!(text, "{name:width$}  {style}{parts}{style:#}");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A line for each case that failed, and for each reason for which others were not run.
fn reasons(results: &[CaseResult]) -> String {
    let mut text = String::new();
    for result in results {
        if result.outcome.has_failed() {
            let command = alone(&result.name);
            let _ = writeln!(text, "{BAD}FAILED{BAD:#} {}: {command}", result.name);
        }
    }
    let mut reasons: Vec<(String, usize, &str)> = Vec::new();
    for result in results {
        if matches!(result.outcome, Outcome::Skipped(_) | Outcome::NotRun(_)) {
            let reason = result.outcome.to_string();
            match reasons.iter_mut().find(|(known, ..)| *known == reason) {
                Some((_, count, _)) => *count += 1,
                None => reasons.push((reason, 1, &result.name)),
            }
        }
    }
    for (reason, count, first) in reasons {
        let which = match count {
            1 => first.to_owned(),
            _ => format!("{first} and {} more", count - 1),
        };
        let _ = writeln!(text, "{NEUTRAL}{reason}{NEUTRAL:#} ({which})");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn results() -> Vec<CaseResult> {
        let failed = || Outcome::Failed("no such test".to_owned());
        let skipped = || Outcome::Skipped("no node on PATH".to_owned());
        [
            ("mysql/sqlx/system_assigned", Outcome::Passed),
            ("mysql/sqlx/chain", failed()),
            ("mysql/sqlx/promises", skipped()),
            ("core/cache", Outcome::Passed),
            ("core/entra", Outcome::Passed),
            ("mysql/clients/mysql2/user_identity", skipped()),
            ("docs", Outcome::NotRun("interrupted".to_owned())),
        ]
        .map(|(name, outcome)| CaseResult::new(name, outcome))
        .into()
    }

    #[test]
    fn adapters_have_rows_and_identities_have_columns() {
        let expected = "            \
            system_   user_     service_                workload_  azure_\n            \
            assigned  assigned  principal  certificate  identity   cli     chain   promises\n\
            mysql/sqlx  ok                                                             FAILED  skip\n\n";
        assert_eq!(plain(&adapters(&results())), expected);
    }

    #[test]
    fn other_cases_are_counted_by_group() {
        let expected =
            "core           2 ok\nmysql/clients  1 skipped\ndocs           1 not run\n\n";
        assert_eq!(plain(&others(&results())), expected);
    }

    #[test]
    fn each_failure_says_how_to_run_its_case_and_each_reason_is_said_once() {
        let expected = "\
FAILED mysql/sqlx/chain: cargo xtask test-matrix --only 'mysql/sqlx/chain'
skipped: no node on PATH (mysql/sqlx/promises and 1 more)
not run: interrupted (docs)

";
        assert_eq!(plain(&reasons(&results())), expected);
    }

    #[test]
    fn what_was_skipped_is_not_counted_as_passed() {
        let totals = Totals::of(&results());
        let expected = Totals {
            passed: 3,
            failed: 1,
            skipped: 2,
            not_run: 1,
        };
        assert_eq!(totals, expected);
        let text = plain(&text(&results(), &[]));
        assert!(
            text.ends_with("\n7 cells: 3 passed, 1 failed, 2 skipped, 1 not run\n"),
            "{text}"
        );
    }
}
