use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Some hours of a busy test, in about a megabyte.
const LARGEST: usize = 10_000;

/// What the server would write to its error log: the newest lines, in the plugin's words.
#[derive(Default)]
pub(crate) struct Log {
    lines: Mutex<VecDeque<String>>,
}

impl Log {
    /// Never give it a token.
    pub(crate) fn write(&self, line: &str) {
        tracing::debug!("aad_auth: {line}");
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LARGEST {
            lines.pop_front();
        }
        lines.push_back(format!("aad_auth: {line}\n"));
    }

    pub(crate) fn read(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect()
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_newest_lines() {
        let log = Log::default();
        for number in 0..LARGEST + 2 {
            log.write(&number.to_string());
        }
        let text = log.read();
        assert_eq!(text.lines().count(), LARGEST);
        assert!(text.starts_with("aad_auth: 2\n") && text.ends_with("aad_auth: 10001\n"));
    }
}
