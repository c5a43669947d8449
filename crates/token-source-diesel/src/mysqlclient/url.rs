//! The only way to tell diesel where to connect.

use std::{fmt::Write, path::Path};

use azure_mysql::Settings;

use crate::{Error, ErrorKind};

/// Where to connect, and as whom.
#[derive(Debug)]
pub(super) struct Target {
    host: String,
    port: u16,
    user: String,
    database: String,
}

impl Target {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let database = settings.database().unwrap_or_default();
        if database != encoded(database) {
            return Err(Error::new(
                ErrorKind::ClientLibrary,
                format!(
                    "diesel cannot connect to the database {database:?}, since it does not decode \
                     the name in its URLs; use the feature `sync`"
                ),
            ));
        }
        Ok(Self::to(settings.host(), settings.port(), settings.user()).with_database(database))
    }

    pub(super) fn to(host: &str, port: u16, user: &str) -> Self {
        let host = if host == "localhost" {
            // Spelt like this, and no other way, it means the Unix socket to the library.
            "Localhost".to_owned()
        } else if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        Self {
            host,
            port,
            user: user.to_owned(),
            database: String::new(),
        }
    }

    fn with_database(mut self, database: &str) -> Self {
        database.clone_into(&mut self.database);
        self
    }

    /// diesel's URL, which demands a verified certificate and host name.
    pub(super) fn url(&self, password: &str, roots: &Path) -> String {
        format!(
            "mysql://{}:{}@{}:{}/{}?ssl_mode=verify_identity&ssl_ca={}",
            encoded(&self.user),
            encoded(password),
            self.host,
            self.port,
            self.database,
            encoded(&roots.to_string_lossy()),
        )
    }
}

/// Percent-encodes all but what never has to be:
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(database: &str) -> Settings {
        Settings::builder()
            .host("shop.mysql.database.azure.com")
            .user("Zoë@contoso.com")
            .database(database)
            .build()
            .unwrap()
    }

    #[test]
    fn no_part_of_the_settings_can_change_what_the_others_mean() {
        let target = Target::new(&settings("orders")).unwrap();
        assert_eq!(
            target.url("a/b?c@d", Path::new("/tmp/a b&ssl_mode=disabled")),
            "mysql://Zo%C3%AB%40contoso.com:a%2Fb%3Fc%40d@shop.mysql.database.azure.com:3306/orders\
             ?ssl_mode=verify_identity&ssl_ca=%2Ftmp%2Fa%20b%26ssl_mode%3Ddisabled"
        );
    }

    #[test]
    fn a_database_that_diesel_would_misread_is_refused() {
        let error = Target::new(&settings("orders?ssl_mode=disabled")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ClientLibrary);
        assert!(error.to_string().contains("`sync`"), "{error}");
    }

    #[test]
    fn localhost_is_reached_over_tcp_and_an_ipv6_address_has_brackets() {
        assert_eq!(Target::to("localhost", 1, "app").host, "Localhost");
        assert_eq!(Target::to("::1", 1, "app").host, "[::1]");
    }
}
