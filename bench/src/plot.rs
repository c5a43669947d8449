//! The figures as bars, in one SVG that can be read on a light and on a dark page.
//!
//! Bars with labels are a hundred lines; a library for plots would bring more than the whole bench.

use std::fmt::Write;

use crate::{
    figure::{Figure, Goal, Outcome, Verdict},
    table::number,
};

const WIDTH: f64 = 860.0;
const LABELS: f64 = 330.0;
const BARS: f64 = 420.0;
/// The right edge of the numbers.
const NUMBERS: f64 = 810.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
const TITLE: f64 = 40.0;

/// The viewer's own colours, by whether the page is light or dark.
const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.met { fill: #2f81c7 } .floor { fill: #c98a1b } .missed { fill: #cf3b3b }
.goal { stroke: #1f2328; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .goal { stroke: #e6edf3 }
  .met { fill: #58a6ff } .floor { fill: #e3b341 } .missed { fill: #ff7b72 }
}";

const LEGEND: &str = "Blue: the goal is met, or there is none. Amber: at the floor, as near to the \
     goal as the driver allows. Red: missed.";

/// A panel for each measure that has something to compare: more than one subject.
pub(crate) fn svg(figures: &[Figure]) -> String {
    let (mut body, mut y) = (String::new(), 0.0);
    let mut measures: Vec<&str> = Vec::new();
    for figure in figures {
        if !measures.contains(&figure.measure.as_str()) {
            measures.push(&figure.measure);
        }
    }
    for measure in measures {
        let of_it = |figure: &&Figure| figure.measure == measure && figure.value().is_some();
        let panel: Vec<_> = figures.iter().filter(of_it).collect();
        if panel.len() > 1 {
            y = draw(&mut body, measure, &panel, y);
        }
    }
    let _ = writeln!(body, "<text x=\"10\" y=\"{}\">{LEGEND}</text>", y + 26.0);
    let height = y + 40.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-label=\"The performance table as bars\">\n<style>\n{STYLE}\n</style>\n\
         {body}</svg>\n"
    )
}

/// Returns where the next panel begins.
fn draw(body: &mut String, measure: &str, panel: &[&Figure], top: f64) -> f64 {
    let goals = panel.iter().map(|figure| goal(figure).unwrap_or(0.0));
    let values = panel.iter().filter_map(|figure| figure.value());
    let longest = values.chain(goals).fold(f64::MIN_POSITIVE, f64::max);
    let length = |value: f64| BARS * value / longest;
    let title = match panel[0].outcome {
        Outcome::Measured {
            goal: goal @ (Goal::AtMost(_) | Goal::AtLeast(_)),
            ..
        } => format!("{measure} (goal {goal}, dashed)"),
        _ => measure.to_owned(),
    };
    let _ = writeln!(
        body,
        "<text class=\"title\" x=\"10\" y=\"{}\">{}</text>",
        top + TITLE - 14.0,
        escaped(&title)
    );
    let mut y = top + TITLE;
    for figure in panel {
        let value = figure.value().unwrap_or_default();
        let class = match figure.verdict() {
            Verdict::Missed => "missed",
            Verdict::AtTheFloor => "floor",
            _ => "met",
        };
        let text = y + BAR - 3.0;
        let _ = writeln!(
            body,
            "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{LABELS}\" y=\"{y}\" width=\"{:.1}\" height=\"{BAR}\"/>\
             <text x=\"{NUMBERS}\" y=\"{text}\" text-anchor=\"end\">{}</text>",
            LABELS - 8.0,
            escaped(&figure.subject),
            length(value),
            number(value),
        );
        if let Some(goal) = goal(figure) {
            let x = LABELS + length(goal);
            let _ = writeln!(
                body,
                "<line class=\"goal\" x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{}\"/>",
                y - 4.0,
                y + BAR + 4.0
            );
        }
        y += ROW;
    }
    y
}

fn goal(figure: &Figure) -> Option<f64> {
    match figure.outcome {
        Outcome::Measured {
            goal: Goal::AtMost(goal) | Goal::AtLeast(goal),
            ..
        } => Some(goal),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(measure: &str, subject: &str, value: f64) -> Figure {
        Figure::new(measure, subject, value).goal(Goal::AtMost(2.0))
    }

    #[test]
    fn the_longest_bar_or_goal_is_as_wide_as_there_is_room() {
        let svg = svg(&[figure("time", "a", 4.0), figure("time", "b", 1.0)]);
        assert!(svg.contains("width=\"420.0\""), "{svg}");
        assert!(svg.contains("width=\"105.0\""), "{svg}");
        assert!(svg.contains("x1=\"540.0\""), "the goal: {svg}");
        assert!(svg.contains("class=\"missed\""), "{svg}");
    }

    #[test]
    fn what_stands_alone_or_was_skipped_is_not_drawn() {
        let skipped = Figure::skipped("time", "b", "no node");
        let svg = svg(&[figure("time", "a", 4.0), skipped]);
        assert!(!svg.contains("<rect"), "{svg}");
    }

    #[test]
    fn names_cannot_break_the_document() {
        let svg = svg(&[figure("a < b", "x & y", 1.0), figure("a < b", "z", 1.0)]);
        assert!(svg.contains("a &lt; b"), "{svg}");
        assert!(svg.contains("x &amp; y"), "{svg}");
    }

    #[test]
    fn a_dark_page_gets_light_text() {
        assert!(svg(&[]).contains("prefers-color-scheme: dark"));
    }
}
