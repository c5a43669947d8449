//! Each server answers as it was told to, and leaves nothing behind.

mod common;

use std::{net::TcpStream, path::PathBuf};

use common::{Certificates, connect};
use mysql_async::{Conn, DriverError, Error, prelude::Queryable};
use test_servers::{Product, Server, ServerOptions};

async fn value(connection: &mut Conn, query: &str) -> String {
    connection.query_first(query).await.unwrap().unwrap()
}

async fn answers_over_tls_and_stops_without_a_trace(product: Product, version_starts_with: &str) {
    let certificates = Certificates::new();
    let options = certificates
        .options()
        .require_tls(true)
        .database("orders")
        .password_account("app", "it's \\ a secret");
    let server = Server::start(product, options).unwrap();

    let tls = || Some(certificates.trust());
    let mut connection = connect(&server, "app", "it's \\ a secret", tls())
        .await
        .unwrap();
    let version = value(&mut connection, "SELECT VERSION()").await;
    assert!(version.starts_with(version_starts_with), "{version}");
    let (_, tls_version): (String, String) = connection
        .query_first("SHOW STATUS LIKE 'Ssl_version'")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(tls_version, "TLSv1.3");
    connection
        .query_drop("CREATE TABLE orders.items (id INT)")
        .await
        .unwrap();
    let folder = PathBuf::from(value(&mut connection, "SELECT @@datadir").await);
    assert!(folder.exists());
    connection.disconnect().await.unwrap();

    // There is no `root`, not even without a password.
    assert!(connect(&server, "root", "", tls()).await.is_err());
    let without_tls = connect(&server, "app", "it's \\ a secret", None).await;
    // MariaDB calls it a wrong password.
    assert!(
        matches!(&without_tls, Err(Error::Server(error)) if [1045, 3159].contains(&error.code)),
        "{without_tls:?}"
    );

    let (process, port) = (format!("/proc/{}", server.process_id()), server.port());
    assert!(std::fs::exists(&process).unwrap());
    server.stop().unwrap();
    assert!(!std::fs::exists(&process).unwrap());
    assert!(!folder.parent().unwrap().exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

async fn offers_no_tls_without_a_certificate(product: Product) {
    let certificates = Certificates::new();
    let options = ServerOptions::new().password_account("app", "secret");
    let server = Server::start(product, options).unwrap();
    let refused = connect(&server, "app", "secret", Some(certificates.trust())).await;
    assert!(
        matches!(
            refused,
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
        ),
        "{refused:?}"
    );
    let mut connection = connect(&server, "app", "secret", None).await.unwrap();
    assert_eq!(
        value(&mut connection, "SELECT CURRENT_USER()").await,
        "app@%"
    );
    connection.disconnect().await.unwrap();
}

#[tokio::test]
async fn mysql_answers_over_tls_and_stops_without_a_trace() {
    answers_over_tls_and_stops_without_a_trace(Product::Mysql, "9.").await;
}

#[tokio::test]
async fn mariadb_answers_over_tls_and_stops_without_a_trace() {
    answers_over_tls_and_stops_without_a_trace(Product::Mariadb, "10.11.").await;
}

#[tokio::test]
async fn mysql_offers_no_tls_without_a_certificate() {
    offers_no_tls_without_a_certificate(Product::Mysql).await;
}

#[tokio::test]
async fn mariadb_offers_no_tls_without_a_certificate() {
    offers_no_tls_without_a_certificate(Product::Mariadb).await;
}

#[test]
fn a_server_that_cannot_do_what_it_is_told_says_why() {
    for product in [Product::Mysql, Product::Mariadb] {
        let too_long = "a".repeat(100);
        let options = ServerOptions::new().database(&too_long);
        let error = Server::start(product, options).unwrap_err().to_string();
        assert!(
            error.contains("could not do what it was told to"),
            "{error}"
        );
        assert!(error.contains("name 'aaaa"), "{error}");
    }
}

#[test]
fn a_server_that_cannot_use_its_certificate_says_so() {
    for product in [Product::Mysql, Product::Mariadb] {
        let options = ServerOptions::new().tls("no certificate", "no key", "no ca");
        let error = Server::start(product, options).unwrap_err().to_string();
        assert!(
            error.contains("SSL_CTX_set_default_verify_paths"),
            "{error}"
        );
    }
}
