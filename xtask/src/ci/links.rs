//! Links from one document of the repository to another file.

use std::path::{Component, Path, PathBuf};

use super::files;
use crate::workspace;

/// Every relative link in a Markdown file leads to a file or a folder of the repository.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let files = files::of_the_repository()?;
    let is_there = |path: &Path| files.iter().any(|file| Path::new(file).starts_with(path));
    let mut lines = Vec::new();
    for path in files.iter().filter(|path| is_document(path)) {
        let text = std::fs::read_to_string(workspace::root().join(path))?;
        lines.extend(wrong(path, &text, is_there));
    }
    Ok(lines)
}

fn is_document(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "md")
}

fn wrong(document: &str, text: &str, is_there: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    targets(text)
        .into_iter()
        .filter(|(_, target)| !within(folder, target).is_some_and(|path| is_there(&path)))
        .map(|(number, target)| {
            format!("{document}:{number} links to `{target}`, which is not in the repository")
        })
        .collect()
}

/// The relative targets, with their lines' numbers: `[text](target)` and `[name]: target`, outside of
/// blocks of code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut targets = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        let inline = line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', ' ']).next());
        let reference = line
            .starts_with('[')
            .then(|| line.split_once("]: "))
            .flatten()
            .map(|(_, target)| target.trim())
            // Otherwise it is a sentence.
            .filter(|target| !target.contains(' '));
        let found = inline.chain(reference).filter(|target| is_relative(target));
        targets.extend(found.map(|target| (number, target)));
    }
    targets
}

/// Neither an address, nor a place in the same document, nor an item that rustdoc finds.
fn is_relative(target: &str) -> bool {
    !target.contains(':') && !target.starts_with('#') && !target.starts_with('`')
}

/// The path from the root; nothing for one that leaves the repository.
fn within(folder: &Path, target: &str) -> Option<PathBuf> {
    let target = target.split('#').next()?;
    let mut path = PathBuf::new();
    for component in folder.join(target).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        wrong("docs/wire.md", text, |path| {
            [Path::new("README.md"), Path::new("docs/a.svg")].contains(&path)
        })
    }

    #[test]
    fn a_link_leads_to_a_file() {
        let fine = [
            "[it](a.svg) and [that](../README.md#part)",
            "[it]: ../README.md",
            "[it]: and more of the sentence",
            "[out](https://example.org/x), [here](#part), [an item](crate::Item)",
            "```rust\n[it](nowhere.md)\n```",
        ];
        for text in fine {
            assert!(lines(text).is_empty(), "{text}");
        }
        let broken = [
            ("[it](nowhere.md)", "docs/wire.md:1 links to `nowhere.md`"),
            (
                "\n[one](a.svg)[two](README.md)",
                "docs/wire.md:2 links to `README.md`",
            ),
            ("[it]: nowhere.md", "docs/wire.md:1 links to `nowhere.md`"),
            (
                "![picture](../../a.svg)",
                "docs/wire.md:1 links to `../../a.svg`",
            ),
            (
                "```\n```\n[it](/README.md)",
                "docs/wire.md:3 links to `/README.md`",
            ),
        ];
        for (text, expected) in broken {
            let lines = lines(text);
            assert!(
                lines.len() == 1 && lines[0].starts_with(expected),
                "{text}: {lines:?}"
            );
        }
    }
}
