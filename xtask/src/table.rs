//! A plain table: columns as wide as their widest cell.

use std::fmt::Write;

pub(crate) fn render<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> String {
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .chain([header[column].len()])
            .max()
            .unwrap_or_default()
    });
    let rule = widths.map(|width| "-".repeat(width));
    let mut table = String::new();
    for row in [&header.map(str::to_owned), &rule].into_iter().chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let table = render(["a", "tab"], &[["long".into(), "x".into()]]);
        assert_eq!(table, "a     tab\n----  ---\nlong  x\n");
    }
}
