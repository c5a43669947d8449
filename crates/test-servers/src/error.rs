//! The one error of this crate.

use std::{fmt, io, path::Path};

/// Why a server could not be provisioned, started or stopped.
///
/// The text is one line: what happened and what to do next. The cause, where
/// there is one, is in [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error {
    message: String,
    source: Option<io::Error>,
    unsupported: bool,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
            unsupported: false,
        }
    }

    pub(crate) fn caused_by(message: impl Into<String>, source: io::Error) -> Self {
        Self {
            message: message.into(),
            source: Some(source),
            unsupported: false,
        }
    }

    /// The same, on a machine that cannot do better.
    pub(crate) fn unsupported(self) -> Self {
        Self {
            unsupported: true,
            ..self
        }
    }

    /// Whether this machine cannot have what was asked for: it does not run Debian, or a program is
    /// not installed. Whoever only wants to use what is there goes on without. Everything else is a
    /// failure.
    pub fn is_unsupported(&self) -> bool {
        self.unsupported
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

pub(crate) fn cannot_write(path: &Path, error: io::Error) -> Error {
    Error::caused_by(
        format!("cannot write {}: check rights and space", path.display()),
        error,
    )
}

pub(crate) fn cannot_read(path: &Path, error: io::Error) -> Error {
    Error::caused_by(format!("cannot read {}", path.display()), error)
}

/// The last lines of a program's output, as one line.
pub(crate) fn last_lines(output: &str) -> String {
    const LINES: usize = 8;
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        return "(no output)".to_owned();
    }
    lines[lines.len().saturating_sub(LINES)..].join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_lines_are_one_line_without_the_empty_ones() {
        assert_eq!(last_lines("one\n\n  two \n"), "one | two");
        assert_eq!(last_lines("\n"), "(no output)");
        let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(
            last_lines(&many.join("\n")),
            "12 | 13 | 14 | 15 | 16 | 17 | 18 | 19"
        );
    }
}
