//! The figures as a table, for a terminal and for a README.

use std::fmt::Write;

use crate::figure::{Figure, Outcome};

const HEADER: [&str; 6] = ["what", "of what", "value", "goal", "result", "made of"];

/// Columns as wide as their widest cell.
pub(crate) fn plain(figures: &[Figure]) -> String {
    let rows: Vec<_> = figures.iter().map(cells).collect();
    let header = HEADER.map(str::to_owned);
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let cells = rows.iter().chain([&header]).map(|row| &row[column]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let rule = widths.map(|width| "-".repeat(width));
    let mut table = String::new();
    for row in [&header, &rule].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

/// As GitHub and docs.rs read it.
pub(crate) fn markdown(figures: &[Figure]) -> String {
    let mut table = format!("| {} |\n", HEADER.join(" | "));
    table.push_str("|---|---|---:|---|---|---|\n");
    for figure in figures {
        let row = cells(figure).map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(table, "| {} |", row.join(" | "));
    }
    table
}

fn cells(figure: &Figure) -> [String; 6] {
    let (value, goal, detail) = match &figure.outcome {
        Outcome::Measured {
            value,
            goal,
            floor,
            detail,
        } => {
            let goal = match floor {
                Some(floor) => format!("{goal}; floor {}", number(*floor)),
                None => goal.to_string(),
            };
            (number(*value), goal, detail.clone())
        }
        Outcome::Skipped { skipped } => ("-".to_owned(), "-".to_owned(), skipped.clone()),
    };
    [
        figure.measure.clone(),
        figure.subject.clone(),
        value,
        goal,
        figure.verdict().to_string(),
        detail,
    ]
}

/// A count as it is, a ratio with as many digits as it is worth.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value < 1.0 {
        format!("{value:.3}")
    } else if value < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Goal;

    fn figures() -> [Figure; 2] {
        [
            Figure::new("connect", "sqlx", 1.024)
                .goal(Goal::AtMost(1.05))
                .made_of("46 ms / 45 ms"),
            Figure::skipped("connect", "a|b", "no node"),
        ]
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let expected = "\
what     of what  value  goal    result   made of
-------  -------  -----  ------  -------  -------------
connect  sqlx     1.02   ≤ 1.05  met      46 ms / 45 ms
connect  a|b      -      -       skipped  no node
";
        assert_eq!(plain(&figures()), expected);
    }

    #[test]
    fn a_cell_cannot_break_a_row_of_markdown() {
        let expected = "\
| what | of what | value | goal | result | made of |
|---|---|---:|---|---|---|
| connect | sqlx | 1.02 | ≤ 1.05 | met | 46 ms / 45 ms |
| connect | a\\|b | - | - | skipped | no node |
";
        assert_eq!(markdown(&figures()), expected);
    }

    #[test]
    fn a_number_has_the_digits_that_it_is_worth() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(0.1034), "0.103");
        assert_eq!(number(1.1034), "1.10");
        assert_eq!(number(32.04), "32.0");
    }

    #[test]
    fn a_floor_stands_beside_the_goal() {
        let figure = figures()[0].clone().floor(1.14);
        assert!(plain(&[figure]).contains("≤ 1.05; floor 1.14"));
    }
}
