//! How variables are printed.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use clap::ValueEnum;

use crate::clients::libraries::Note;

/// By name.
pub(super) type Variables = BTreeMap<String, String>;

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// Lines of `export NAME='value'` for a shell, and comments with what a program has to say.
    Env,
    /// One JSON object.
    Json,
    /// Lines of `NAME='value'` for a .env file.
    Dotenv,
}

/// What a program needs.
#[derive(Debug)]
pub(super) struct Printout {
    pub(super) variables: Variables,
    /// Lines for a person.
    pub(super) comments: Vec<String>,
}

impl Format {
    pub(super) fn text(self, printout: &Printout) -> anyhow::Result<String> {
        let Printout {
            variables,
            comments,
        } = printout;
        let mut lines = String::new();
        match self {
            Self::Json => return Ok(serde_json::to_string_pretty(variables)?),
            Self::Env => {
                for (name, value) in variables {
                    writeln!(lines, "{}", export(name, value))?;
                }
                // They come last: an `eval` without quotes makes one line of all.
                for comment in comments {
                    writeln!(lines, "{}", format!("# {comment}").trim_end())?;
                }
            }
            Self::Dotenv => {
                for (name, value) in variables {
                    writeln!(lines, "{}={}", shell_name(name), quoted(value))?;
                }
            }
        }
        Ok(lines)
    }
}

/// An empty line, what it is about, and the lines to copy.
pub(super) fn note_lines(note: &Note) -> Vec<String> {
    block(note.about, note.lines.iter().map(|&line| line.to_owned()))
}

/// Lines under a heading, with an empty one before it.
pub(super) fn block(about: &str, lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let heading = [String::new(), format!("{about}:")];
    let lines = lines.into_iter().map(|line| format!("  {line}"));
    heading.into_iter().chain(lines).collect()
}

/// What makes a shell in which a program logs in itself one in which a developer does, by the Azure
/// CLI.
pub(super) fn developer_lines(
    program: &Variables,
    developer: &Variables,
    azure_cli: &Path,
) -> Vec<String> {
    let gone = program.keys().filter(|name| !developer.contains_key(*name));
    let gone: Vec<_> = gone.map(|name| shell_name(name)).collect();
    let mut lines = Vec::new();
    if !gone.is_empty() {
        lines.push(format!("unset {}", gone.join(" ")));
    }
    let changed = developer
        .iter()
        .filter(|(name, value)| program.get(*name) != Some(value));
    lines.extend(changed.map(|(name, value)| export(name, value)));
    let folder = quoted(&azure_cli.display().to_string());
    lines.push(format!(r#"export PATH={folder}:"$PATH""#));
    block("a developer instead, by a stand-in for `az`", lines)
}

pub(super) fn export(name: &str, value: &str) -> String {
    format!("export {}={}", shell_name(name), quoted(value))
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// A shell takes no dots and dashes in a name. Spring Boot reads its properties under such names as
/// well: dots become underscores, dashes go, and letters are capitals.
///
/// <https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables>
fn shell_name(name: &str) -> String {
    if name.contains('.') {
        name.replace('.', "_").replace('-', "").to_uppercase()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables<const N: usize>(variables: [(&str, &str); N]) -> Variables {
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn printout() -> Printout {
        Printout {
            variables: variables([
                ("AZURE_MYSQL_USER", "o'brien"),
                ("spring.datasource.azure.passwordless-enabled", "true"),
            ]),
            comments: block("a note", ["a line".to_owned()]),
        }
    }

    #[test]
    fn a_shell_reads_back_what_was_printed() {
        let text = Format::Env.text(&printout()).unwrap();
        let expected = "export AZURE_MYSQL_USER='o'\\''brien'\n\
                        export SPRING_DATASOURCE_AZURE_PASSWORDLESSENABLED='true'\n\
                        #\n\
                        # a note:\n\
                        #   a line\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_dotenv_file_has_variables_only() {
        let text = Format::Dotenv.text(&printout()).unwrap();
        let expected = "AZURE_MYSQL_USER='o'\\''brien'\n\
                        SPRING_DATASOURCE_AZURE_PASSWORDLESSENABLED='true'\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn json_has_the_names_as_they_are() {
        let text = Format::Json.text(&printout()).unwrap();
        let read: Variables = serde_json::from_str(&text).unwrap();
        assert_eq!(read, printout().variables);
    }

    #[test]
    fn a_developer_is_told_what_differs_from_the_program() {
        let program = variables([
            ("AZURE_MYSQL_HOST", "127.0.0.1"),
            ("AZURE_MYSQL_USER", "aad_app"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/"),
        ]);
        let developer = variables([
            ("AZURE_MYSQL_HOST", "127.0.0.1"),
            ("AZURE_MYSQL_USER", "ada@example.com"),
        ]);
        let lines = developer_lines(&program, &developer, Path::new("/tmp/az"));
        let expected = [
            "",
            "a developer instead, by a stand-in for `az`:",
            "  unset IDENTITY_ENDPOINT",
            "  export AZURE_MYSQL_USER='ada@example.com'",
            r#"  export PATH='/tmp/az':"$PATH""#,
        ];
        assert_eq!(lines, expected);
    }
}
