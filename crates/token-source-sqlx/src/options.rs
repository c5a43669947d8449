//! The driver's options: all but the token, and with it.

use azure_mysql::Settings;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use token_source::Token;

/// Where to connect, as whom, and over verified TLS alone, whatever `options` said about that.
///
/// These cannot log in: they hold no token, and the driver sends no clear password.
pub(crate) fn without_token(
    settings: &Settings,
    options: MySqlConnectOptions,
) -> MySqlConnectOptions {
    let options = options
        .host(settings.host())
        .port(settings.port())
        .username(settings.user())
        .password("")
        .ssl_mode(MySqlSslMode::VerifyIdentity)
        .ssl_ca_from_pem(settings.trust().pem().into_bytes())
        .enable_cleartext_plugin(false);
    match settings.database() {
        Some(database) => options.database(database),
        None => options,
    }
}

/// The same, ready to log in. The driver sends a clear password over whatever transport it has, so
/// this is done to no other options than those above.
pub(crate) fn with_token(without: &MySqlConnectOptions, token: &Token) -> MySqlConnectOptions {
    without
        .clone()
        .password(token.secret())
        .enable_cleartext_plugin(true)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn settings() -> Settings {
        Settings::builder()
            .host("db.example.com")
            .port(3307)
            .user("app")
            .database("orders")
            .build()
            .unwrap()
    }

    /// Everything that one might think could weaken the connection.
    fn hostile() -> MySqlConnectOptions {
        "mysql://root:old-password@elsewhere:1/other?ssl-mode=DISABLED&ssl-ca=/no/such/file"
            .parse::<MySqlConnectOptions>()
            .unwrap()
            .enable_cleartext_plugin(true)
    }

    #[test]
    fn whatever_the_options_said_a_token_goes_to_the_server_of_the_settings_over_verified_tls() {
        let without = without_token(&settings(), hostile());
        let with = with_token(&without, &Token::new("canary", SystemTime::now()));
        for options in [&without, &with] {
            assert_eq!(options.get_host(), "db.example.com");
            assert_eq!(options.get_port(), 3307);
            assert_eq!(options.get_username(), "app");
            assert_eq!(options.get_database(), Some("orders"));
            assert!(matches!(
                options.get_ssl_mode(),
                MySqlSslMode::VerifyIdentity
            ));
            let shown = format!("{options:?}");
            assert!(!shown.contains("old-password"), "{shown}");
            assert!(!shown.contains("/no/such/file"), "{shown}");
        }
        assert!(format!("{with:?}").contains("enable_cleartext_plugin: true"));
    }

    #[test]
    fn options_without_a_token_send_no_clear_password() {
        let shown = format!("{:?}", without_token(&settings(), hostile()));
        assert!(shown.contains("enable_cleartext_plugin: false"), "{shown}");
    }
}
