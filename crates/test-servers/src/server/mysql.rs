//! What MySQL is started with, and how it names the login of an account.

use std::ffi::OsString;

use super::quote::text;
use crate::provision::MYSQL_STORAGE;

/// What only MySQL is started with.
pub(super) fn arguments(tls: bool, entra_login: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = MYSQL_STORAGE.map(OsString::from).into();
    arguments.push("--mysqlx=OFF".into());
    // A missing certificate must not be made up by the server.
    arguments.push("--auto-generate-certs=OFF".into());
    if !tls {
        arguments.push("--tls-version=".into());
    }
    if entra_login {
        arguments.push("--plugin-load-add=aad_auth=aad_auth.so".into());
    }
    arguments
}

/// <https://dev.mysql.com/doc/refman/8.4/en/create-user.html>
pub(super) fn identified_by_plugin(authentication_string: &str) -> String {
    format!("WITH aad_auth AS {}", text(authentication_string))
}

pub(super) fn identified_by_password(password: &str) -> String {
    format!("WITH caching_sha2_password BY {}", text(password))
}
