//! What MariaDB is started with, and how it names the login of an account.

use std::ffi::OsString;

use super::quote::text;
use crate::provision::MARIADB_STORAGE;

/// What only MariaDB is started with.
pub(super) fn arguments(tls: bool, entra_login: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = MARIADB_STORAGE.map(OsString::from).into();
    // As MySQL 8 and Azure have it. MariaDB 10.11 would take Latin-1.
    arguments.push("--character-set-server=utf8mb4".into());
    if !tls {
        arguments.push("--skip-ssl".into());
    }
    if entra_login {
        arguments.push("--plugin-load-add=aad_auth".into());
        // A plugin is refused if it calls itself less mature than the server.
        arguments.push("--plugin-maturity=unknown".into());
    }
    arguments
}

/// <https://mariadb.com/kb/en/create-user/>
pub(super) fn identified_by_plugin(authentication_string: &str) -> String {
    format!("VIA aad_auth USING {}", text(authentication_string))
}

pub(super) fn identified_by_password(password: &str) -> String {
    format!(
        "VIA mysql_native_password USING PASSWORD({})",
        text(password)
    )
}
