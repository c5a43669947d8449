//! What the documents name is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A text without the line breaks, quotation marks and continuations that differ between a document
/// and a source.
fn words(text: &str) -> String {
    let plain = text.replace(['"', '\\'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_tests_that_the_threat_model_names_exist() {
    let model = read(&repository().join("docs/threat-model.md"));
    let mut count = 0;
    for span in code_spans(&model).filter(|span| span.starts_with("crates/")) {
        let (file, test) = span.split_once("::").unwrap_or((span, ""));
        let source = read(&repository().join(file));
        assert!(source.contains(test), "{span} does not exist");
        count += 1;
    }
    assert!(count > 15, "{count} tests are named");
}

/// The rows of the README's table of refusals, by what the error says.
fn troubleshooting() -> Vec<String> {
    let readme = read(&repository().join("README.md"));
    let (_, section) = readme.split_once("## Troubleshooting").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_readme_quotes_errors_as_they_are() {
    let sources: Vec<_> = [
        "crates/azure-mysql/src",
        "crates/azure-mysql/src/refusal",
        "crates/token-source/src",
        "crates/token-source/src/entra",
        "crates/token-source-mysql-async/src",
        "crates/token-source-diesel/src/mysqlclient",
    ]
    .map(|path| repository().join(path))
    .into_iter()
    .flat_map(rust_files)
    .map(|path| words(&read(&path)))
    .collect();
    let quotes = troubleshooting();
    assert!(quotes.len() > 20, "{quotes:?}");
    for quote in quotes {
        let mut parts = quote.split('…').map(words);
        let is_there = |source: &String| parts.clone().all(|part| source.contains(&part));
        assert!(sources.iter().any(is_there), "nothing says {quote:?}");
        assert!(parts.any(|part| part.len() > 10), "{quote:?} says little");
    }
}

fn rust_files(path: PathBuf) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path];
    }
    let entries = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .collect()
}
