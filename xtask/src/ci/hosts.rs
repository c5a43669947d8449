//! Hosts that packages are downloaded from.

use super::files;
use crate::workspace;

/// How the name of such a host begins, and what its addresses say. Their names themselves would be
/// what is forbidden.
const SIGNS: [&str; 14] = [
    "://archive.",
    "://artifactory",
    "://crates.",
    "://deb.",
    "://files.",
    "://ftp.",
    "://index.",
    "://mirror",
    "://nexus.",
    "://packages.",
    "://proxy.",
    "://pypi.",
    "://registry.",
    "://static.",
];

/// These names are nobody's: RFC 2606.
const RESERVED: [&str; 6] = [
    "example",
    "example.com",
    "example.net",
    "example.org",
    "invalid",
    "test",
];

/// No address of a package registry or of a mirror is in the repository: where packages come from is
/// the machine's own affair.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for path in files::of_the_repository()? {
        let bytes = std::fs::read(workspace::root().join(&path))?;
        lines.extend(wrong(&path, &String::from_utf8_lossy(&bytes)));
    }
    Ok(lines)
}

fn wrong(path: &str, text: &str) -> Vec<String> {
    text.lines()
        .zip(1..)
        .flat_map(|(line, number)| addresses(line).map(move |host| (number, host)))
        .map(|(number, host)| {
            format!(
                "{path}:{number} names `{host}`: take packages from where the machine is set up to"
            )
        })
        .collect()
}

/// The hosts of a line.
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    let signs = SIGNS.iter().flat_map(move |sign| line.match_indices(sign));
    signs.filter_map(|(start, _)| {
        let rest = &line[start + "://".len()..];
        let is_of_a_name =
            |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
        let host = rest
            .split(|letter| !is_of_a_name(letter))
            .next()?
            .trim_end_matches('.');
        let is_reserved = RESERVED.iter().any(|name| {
            host.strip_suffix(name)
                .is_some_and(|left| left.ends_with('.'))
        });
        (host.contains('.') && !is_reserved).then_some(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_registry_is_found() {
        for host in [
            "registry.somewhere.dev",
            "mirrors.somewhere.dev",
            "deb.somewhere.dev",
            "artifactory.somewhere.dev",
        ] {
            let lines = wrong("a", &format!("x\nfrom https://{host}/simple"));
            let expected = format!("a:2 names `{host}`: ");
            assert!(
                lines.len() == 1 && lines[0].starts_with(&expected),
                "{host}: {lines:?}"
            );
        }
        for fine in [
            "https://learn.somewhere.dev/registry",
            "http://mirror.example.org/debian",
            "://registry.",
        ] {
            assert!(wrong("a", fine).is_empty(), "{fine}");
        }
    }
}
