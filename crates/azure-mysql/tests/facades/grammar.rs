//! What the tables of the grammars have in common.

use azure_mysql::{Error, Settings};

/// Where and as whom, in one line: `user@host:port/database`.
pub(crate) fn connection(settings: &Settings) -> String {
    format!(
        "{}@{}:{}/{}",
        settings.user(),
        settings.host(),
        settings.port(),
        settings.database().unwrap_or_default()
    )
}

/// Each text is read as the line beside it says.
pub(crate) fn accepts(parse: fn(&str) -> Result<Settings, Error>, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        match parse(text) {
            Ok(settings) => assert_eq!(connection(&settings), *expected, "{text:?}"),
            Err(error) => panic!("{text:?}: {error}"),
        }
    }
}

/// Each text is refused in one line that holds what stands beside it and no secret.
pub(crate) fn refuses(parse: fn(&str) -> Result<Settings, Error>, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        match parse(text) {
            Ok(settings) => panic!("{text:?}: {settings:?}"),
            Err(error) => {
                let line = error.to_string();
                assert!(line.contains(expected), "{text:?}: {line}");
                let all = format!("{line} {error:?}");
                assert!(
                    !line.contains('\n') && !all.contains("canary"),
                    "{text:?}: {all}"
                );
            }
        }
    }
}
