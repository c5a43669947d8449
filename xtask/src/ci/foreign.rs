//! Files that nobody here wrote.

use std::path::Path;

use super::files;
use crate::workspace;

/// The endings of what is written here. A list of what is not (wheels, archives, libraries, programs)
/// would never be complete.
const ENDINGS: [&str; 10] = [
    "lock", "md", "mjs", "php", "py", "rs", "sql", "toml", "yaml", "yml",
];

/// Names without such an ending.
const NAMES: [&str; 3] = [".gitignore", "LICENSE-APACHE", "LICENSE-MIT"];

/// The rest, each with its reason.
const NAMED: [(&str, &str); 8] = [
    (".ci/run", "a shell script, under the name that CI calls"),
    (
        "crates/azure-mysql-emulator/src/azure_cli/az.sh",
        "the stand-in for the Azure CLI",
    ),
    (
        "crates/azure-mysql/roots/digicert-global-root-ca.pem",
        "a public root certificate that Azure's servers lead to",
    ),
    (
        "crates/azure-mysql/roots/digicert-global-root-g2.pem",
        "a public root certificate that Azure's servers lead to",
    ),
    (
        "crates/azure-mysql/roots/microsoft-rsa-root-certificate-authority-2017.pem",
        "a public root certificate that Azure's servers lead to",
    ),
    ("docs/bench.svg", "the plot that `cargo xtask bench` writes"),
    (
        "xtask/clients/node/package.json",
        "which packages the clients in JavaScript need",
    ),
    (
        "xtask/clients/python/requirements.txt",
        "which packages the clients in Python need",
    ),
];

/// More than any file holds that a person wrote, in bytes.
const LARGEST: usize = 32 * 1024;

/// Cargo writes these, and they grow with the dependencies.
const MAY_BE_LARGER: &str = "Cargo.lock";

/// Who is named in our own notices.
const AUTHORS: &str = "the token-source authors";

/// The licence of all that is here.
const LICENCE: &str = "MIT OR Apache-2.0";

/// Every file of the repository is of a known kind, is text, is small, and has no notice of another
/// author or licence.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let paths = files::of_the_repository()?;
    let mut lines: Vec<_> = NAMED
        .iter()
        .filter(|(named, _)| !paths.iter().any(|path| path == named))
        .map(|(named, reason)| {
            format!(
                "xtask/src/ci/foreign.rs names {named} ({reason}), which is not there: remove it"
            )
        })
        .collect();
    for path in paths {
        let bytes = std::fs::read(workspace::root().join(&path))?;
        lines.extend(wrong(&path, &bytes).map(|what| format!("{path} {what}")));
    }
    Ok(lines)
}

/// What is wrong with a file, if anything is.
fn wrong(path: &str, bytes: &[u8]) -> Option<String> {
    if !is_known(path) {
        return Some(
            "is of no kind that is written here: remove it, or name it with its reason in \
             xtask/src/ci/foreign.rs"
                .to_owned(),
        );
    }
    let Some(text) = text(bytes) else {
        return Some("is binary: remove it, and make it where it is needed".to_owned());
    };
    if bytes.len() > LARGEST && name(path) != MAY_BE_LARGER {
        let (size, limit) = (bytes.len() / 1024, LARGEST / 1024);
        return Some(format!(
            "has {size} KiB, and {limit} are the limit: split it, or make it where it is needed"
        ));
    }
    text.lines()
        .zip(1..)
        .find_map(|(line, number)| Some((notice(line)?, number)))
        .map(|(notice, number)| {
            format!("is not ours: line {number} says `{notice}`; depend on its package instead")
        })
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_known(path: &str) -> bool {
    let ending = Path::new(path).extension();
    NAMES.contains(&name(path))
        || NAMED.iter().any(|(named, _)| *named == path)
        || ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

/// A notice of somebody else's rights: a copyright with its year or sign, or the identifier of a
/// licence (<https://spdx.dev/learn/handling-license-info/>).
fn notice(line: &str) -> Option<&str> {
    let after = |words: &str| {
        let start = line.to_ascii_lowercase().find(words)?;
        Some(line[start + words.len()..].trim_start())
    };
    let is_copyright = after("copyright").is_some_and(|rest| {
        rest.starts_with("(c)") || rest.starts_with("(C)") || rest.starts_with(is_year_or_sign)
    });
    let is_licence = after("spdx-license-identifier:").is_some_and(|rest| {
        rest.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && rest.trim_end() != LICENCE
    });
    let is_foreign = is_copyright && !line.contains(AUTHORS) || is_licence;
    is_foreign.then(|| line.trim())
}

fn is_year_or_sign(letter: char) -> bool {
    letter.is_ascii_digit() || letter == '\u{a9}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_archives_and_programs_are_refused_whatever_is_in_them() {
        for ending in [
            "7z", "a", "class", "crate", "deb", "dll", "dylib", "exe", "gem", "gz", "jar", "o",
            "pyc", "rlib", "rpm", "so", "tar", "tgz", "whl", "xz", "zip", "txt", "json", "pem",
        ] {
            let lines = wrong(&format!("crates/x/src/a.{ending}"), b"text");
            assert!(lines.unwrap().starts_with("is of no kind"), "{ending}");
        }
        assert!(wrong("crates/x/program", b"text").is_some());
    }

    #[test]
    fn binary_content_is_refused_under_any_name() {
        for bytes in [&b"PK\x03\x04\0\0"[..], b"\xff\xfe"] {
            let line = wrong("src/a.rs", bytes).unwrap();
            assert!(line.starts_with("is binary"), "{line}");
        }
    }

    #[test]
    fn large_file_is_refused_unless_cargo_wrote_it() {
        let text = "x\n".repeat(LARGEST / 2);
        assert_eq!(wrong("src/a.rs", text.as_bytes()), None);
        let text = text + "x";
        let line = wrong("src/a.rs", text.as_bytes()).unwrap();
        assert!(line.starts_with("has 32 KiB"), "{line}");
        assert_eq!(wrong("a/Cargo.lock", text.as_bytes()), None);
    }

    #[test]
    fn notice_of_another_author_or_licence_is_refused() {
        let copyright = "Copyright";
        let identifier = "SPDX-License-Identifier";
        let sign = '\u{a9}';
        for foreign in [
            format!("// {copyright} 2019 Somebody"),
            format!("# {copyright} (c) Somebody"),
            format!("/* {copyright} {sign} 2019 Somebody */"),
            format!("# {identifier}: GPL-2.0-only"),
        ] {
            let line = wrong("src/a.rs", format!("x\n{foreign}\n").as_bytes()).unwrap();
            assert!(
                line.starts_with(&format!("is not ours: line 2 says `{foreign}`")),
                "{line}"
            );
        }
        for ours in [
            format!("{copyright} (c) 2026 {AUTHORS}"),
            format!("// {identifier}: {LICENCE}"),
            format!("{copyright} notices are kept"),
            format!("{identifier}: `"),
        ] {
            assert_eq!(wrong("src/a.rs", ours.as_bytes()), None, "{ours}");
        }
    }

    #[test]
    fn what_is_written_here_is_known() {
        for path in [
            "crates/x/src/lib.rs",
            "README.md",
            "fuzz/.gitignore",
            "crates/x/LICENSE-MIT",
            ".ci/run",
        ] {
            assert!(is_known(path), "{path}");
        }
    }
}
