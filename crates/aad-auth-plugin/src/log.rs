//! The server's error log.

use std::{
    io::{self, Write},
    panic,
};

pub(crate) use aad_auth::login::shown;

/// Writes one line to stderr, which both servers point at their error log, with `--log-error` and
/// without.
///
/// It is one write, so lines of logins in parallel do not mix. A log that cannot be written must
/// not decide a login, so that error is dropped.
pub(crate) fn write(line: &str) {
    let _ = io::stderr().write_all(format!("aad_auth: {line}\n").as_bytes());
}

/// Reports a panic by its place only: its message may repeat what was being parsed.
pub(crate) fn keep_panic_messages_out() {
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        write(&format!("internal error at {place}"));
    }));
}
