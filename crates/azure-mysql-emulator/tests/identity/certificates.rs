//! Certificates are valid for the names for which they are issued and no others, and keys stay secret.

use std::time::Duration;

use azure_mysql_emulator::{CertificateAuthority, Emulator, ServerCertificate};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::{client, now};

fn chain_at(
    authority: &CertificateAuthority,
    server: &ServerCertificate,
    time: UnixTime,
) -> Result<(), webpki::Error> {
    let root = CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap();
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let leaf = CertificateDer::from_pem_slice(server.certificate_pem().as_bytes()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let algorithms = provider.signature_verification_algorithms.all;
    let usage = KeyUsage::server_auth();
    EndEntityCert::try_from(&leaf)
        .unwrap()
        .verify_for_usage(algorithms, &anchors, &[], time, usage, None, None)
        .map(|_| ())
}

fn verifies(authority: &CertificateAuthority, server: &ServerCertificate, name: &str) -> bool {
    let leaf = CertificateDer::from_pem_slice(server.certificate_pem().as_bytes()).unwrap();
    let name = ServerName::try_from(name).unwrap();
    let names = EndEntityCert::try_from(&leaf)
        .unwrap()
        .verify_is_valid_for_subject_name(&name);
    chain_at(authority, server, UnixTime::now()).is_ok() && names.is_ok()
}

#[test]
fn certificate_is_valid_for_exactly_its_names() {
    let authority = CertificateAuthority::new().unwrap();
    let names = [
        "demo.mysql.database.azure.com",
        "localhost",
        "127.0.0.1",
        "::1",
    ];
    let others = ["other.mysql.database.azure.com", "127.0.0.2", "::2"];
    for issued in [&names[..1], &names[2..3], &names] {
        let server = authority.issue(issued).unwrap();
        for name in names.iter().chain(&others) {
            let expected = issued.contains(name);
            assert_eq!(verifies(&authority, &server, name), expected, "{name}");
        }
    }
}

/// If all had one name, a client that trusts another authority would find a bad signature instead of
/// an unknown issuer.
#[test]
fn authorities_have_different_names_and_do_not_vouch_for_each_other() {
    let [own, other] = [(), ()].map(|()| CertificateAuthority::new().unwrap());
    let server = own.issue(&["localhost"]).unwrap();
    let subject = |authority: &CertificateAuthority| {
        let pem = authority.certificate_pem().as_bytes();
        let root = CertificateDer::from_pem_slice(pem).unwrap();
        anchor_from_trusted_cert(&root).unwrap().subject.to_vec()
    };

    assert_ne!(subject(&own), subject(&other));
    assert!(verifies(&own, &server, "localhost"));
    assert!(!verifies(&other, &server, "localhost"));
}

#[test]
fn certificate_ends_within_what_every_platform_accepts() {
    let authority = CertificateAuthority::new().unwrap();
    let server = authority.issue(&["localhost"]).unwrap();
    let in_days =
        |days: u64| UnixTime::since_unix_epoch(Duration::from_secs(now() + days * 86_400));

    assert_eq!(chain_at(&authority, &server, in_days(80)), Ok(()));
    let expired = chain_at(&authority, &server, in_days(825));
    assert!(matches!(expired, Err(webpki::Error::CertExpired { .. })));
}

#[test]
fn private_key_is_pkcs8_and_never_in_debug() {
    let authority = CertificateAuthority::new().unwrap();
    let server = authority.issue(&["localhost"]).unwrap();

    let key = PrivateKeyDer::from_pem_slice(server.private_key_pem().as_bytes()).unwrap();
    assert!(matches!(key, PrivateKeyDer::Pkcs8(_)));
    let debug = format!("{server:?}");
    assert!(debug.contains("[redacted]"));
    assert!(!debug.contains("PRIVATE KEY"));
}

#[test]
fn invalid_host_name_is_an_error_that_names_it() {
    let authority = CertificateAuthority::new().unwrap();
    for name in [
        "ümlaut.example",
        "",
        "two words",
        "host:3306",
        "https://host/",
    ] {
        let error = authority.issue(&["localhost", name]).unwrap_err();
        assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
    let error = authority.issue(&[""; 0]).unwrap_err().to_string();
    assert!(error.contains("at least one"), "{error}");
}

#[tokio::test]
async fn emulator_has_certificates_for_loopback_and_the_names_asked_for() {
    let emulator = Emulator::builder()
        .host_name("mysql.example")
        .host_name("10.1.2.3")
        .start()
        .await
        .unwrap();
    assert_eq!(emulator.address().host, "mysql.example");
    let port = reqwest::Url::parse(&emulator.authority_host())
        .unwrap()
        .port()
        .unwrap();
    for name in ["localhost", "127.0.0.1", "mysql.example"] {
        let root = emulator
            .certificate_authority()
            .certificate_pem()
            .as_bytes();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(root).unwrap()])
            .resolve("mysql.example", ([127, 0, 0, 1], port).into())
            .build()
            .unwrap();
        let address = format!("https://{name}:{port}/");
        assert_eq!(client.get(address).send().await.unwrap().status(), 404);
    }
    let other = format!("https://127.0.0.2:{port}/");
    assert!(client(&emulator).get(other).send().await.is_err());

    let error = Emulator::builder().host_name("two words").start().await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("\"two words\""), "{error}");
}
