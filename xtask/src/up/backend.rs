//! The server behind the emulator's login that a user names.

use std::{convert::Infallible, fmt, str::FromStr};

use azure_mysql_emulator::Backend;
use secrecy::{ExposeSecret, SecretString};

/// `installed`, or the URL of a running server.
#[derive(Clone, Debug)]
pub(super) struct BackendArgument(SecretString);

const INSTALLED: &str = "installed";

impl BackendArgument {
    /// The emulator reads the URL.
    pub(super) fn open(&self) -> Backend {
        match self.0.expose_secret() {
            INSTALLED => Backend::installed(),
            url => Backend::server(url),
        }
    }
}

impl FromStr for BackendArgument {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

/// Without user and password.
impl fmt::Display for BackendArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.expose_secret();
        let shown = text.rsplit_once('@').map_or("server", |(_, place)| place);
        f.write_str(if text == INSTALLED { text } else { shown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_place_of_a_server_is_shown() {
        for (argument, shown) in [
            ("installed", "installed"),
            (
                "mysql://root:p@ss@127.0.0.1:3306/test",
                "127.0.0.1:3306/test",
            ),
            ("secret", "server"),
        ] {
            let argument: BackendArgument = argument.parse().unwrap();
            assert_eq!(argument.to_string(), shown);
        }
    }
}
