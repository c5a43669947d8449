use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::ConnectionError;
use mysql_async::{Conn, Opts, OptsBuilder, SslOpts};
use url::Url;

use super::*;

/// What a library makes of diesel's URL, if it does all that it says, for others to deviate from.
fn obedient(url: &Url) -> (OptsBuilder, SslOpts) {
    let (_, roots) = url
        .query_pairs()
        .find(|(name, _)| name == "ssl_ca")
        .unwrap();
    let roots = std::fs::read(&*roots).unwrap();
    let options = OptsBuilder::default()
        .ip_or_hostname(url.host_str().unwrap())
        .tcp_port(url.port().unwrap())
        .user(Some(url.username()))
        .pass(url.password())
        .prefer_socket(Some(false))
        .enable_cleartext_plugin(true);
    let tls = SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(vec![roots.into()]);
    (options, tls)
}

fn connect(options: OptsBuilder) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result = runtime.block_on(Conn::new(Opts::from(options)));
    result.map(drop).map_err(|error| error.to_string())
}

fn error_of(library: impl Fn(OptsBuilder, SslOpts) -> OptsBuilder + Sync) -> String {
    error(|options, tls| connect(library(options, tls)))
}

/// That of a library that sends no clear passwords, and says so.
fn error_that_says(said: &str) -> String {
    error(|options, tls| {
        let options = options.ssl_opts(tls).enable_cleartext_plugin(false);
        connect(options).map_err(|_| said.to_owned())
    })
}

fn error(library: impl Fn(OptsBuilder, SslOpts) -> Result<(), String> + Sync) -> String {
    let establish = |url: &str| {
        let (options, tls) = obedient(&Url::parse(url).unwrap());
        library(options, tls).map_err(ConnectionError::BadConnection)
    };
    let error = of_library(&establish).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClientLibrary, "{error}");
    error.to_string()
}

#[test]
fn a_library_that_does_without_tls_is_found_out() {
    let error = error_of(|options, _| options);
    assert!(error.contains("goes on without TLS"), "{error}");
}

#[test]
fn a_library_that_ignores_the_host_name_is_found_out() {
    // The driver can be told another name, not to ignore it: this is that of the fourth server.
    let servers = AtomicUsize::new(0);
    let error = error_of(|options, tls| {
        let tls = match servers.fetch_add(1, Ordering::SeqCst) {
            3 => tls.with_danger_tls_hostname_override(Some("db.example.com")),
            _ => tls,
        };
        options.ssl_opts(tls)
    });
    assert!(error.contains("a certificate for another host"), "{error}");
}

#[test]
fn a_library_that_ignores_the_root_is_found_out() {
    let error =
        error_of(|options, tls| options.ssl_opts(tls.with_danger_accept_invalid_certs(true)));
    assert!(
        error.contains("a certificate from an unknown root"),
        "{error}"
    );
}

#[test]
fn a_library_that_never_comes_has_not_passed() {
    let error = error(|_, _| Err("no".to_owned()));
    assert!(
        error.contains("does not log in to a server that it can verify"),
        "{error}"
    );
}

#[test]
fn a_library_without_its_plugin_is_told_the_variable() {
    // What Oracle's says, after the server asked for the password.
    let said = "Authentication plugin 'mysql_clear_password' cannot be loaded: plugin not enabled";
    let error = error_that_says(said);
    assert!(
        error.contains("LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN=1"),
        "{error}"
    );
}

#[test]
fn a_library_that_is_not_known_is_refused_though_it_is_obedient() {
    let error = error_of(OptsBuilder::ssl_opts);
    assert!(error.contains("does not tell its name"), "{error}");
}
