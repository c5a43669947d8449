//! The plugin is built, loaded and given its configuration.

mod common;

use common::{Certificates, connect};
use mysql_async::{Error, prelude::Queryable};
use test_servers::{Product, Server};

/// The key of RFC 7515, appendix A.2.
const JWKS: &str = r#"{"keys": [{"kty": "RSA", "use": "sig", "kid": "rfc7515", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]}"#;

async fn loads_the_plugin_and_checks_tokens(product: Product) {
    let certificates = Certificates::new();
    let options = certificates
        .options()
        .entra_login(JWKS, "11111111-1111-1111-1111-111111111111")
        .account("app", "AADSP:22222222-2222-2222-2222-222222222222:upn:app")
        .password_account("observer", "secret");
    let server = Server::start(product, options).unwrap();
    assert!(
        server.log().contains("aad_auth: configuration read"),
        "{}",
        server.log()
    );

    let tls = || Some(certificates.trust());
    let mut observer = connect(&server, "observer", "secret", tls()).await.unwrap();
    let status: Option<String> = observer
        .query_first(
            "SELECT plugin_status FROM information_schema.plugins WHERE plugin_name = 'aad_auth'",
        )
        .await
        .unwrap();
    assert_eq!(status.as_deref(), Some("ACTIVE"));
    observer.disconnect().await.unwrap();

    let before = server.log().len();
    let refused = connect(&server, "app", "no token", tls()).await;
    assert!(
        matches!(&refused, Err(Error::Server(error)) if error.code == 1045),
        "{refused:?}"
    );
    let lines = server.log().split_off(before);
    let refusal = "aad_auth: refused user 'app': the password is not a readable token";
    assert!(lines.contains(refusal), "{lines}");
}

#[tokio::test]
async fn mysql_loads_the_plugin_and_checks_tokens() {
    loads_the_plugin_and_checks_tokens(Product::Mysql).await;
}

#[tokio::test]
async fn mariadb_loads_the_plugin_and_checks_tokens() {
    loads_the_plugin_and_checks_tokens(Product::Mariadb).await;
}
