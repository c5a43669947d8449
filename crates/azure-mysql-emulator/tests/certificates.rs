//! Certificates are good for the one host name that they are issued for, and keys stay secret.

use std::time::Duration;

use azure_mysql_emulator::{CertificateAuthority, ServerCertificate};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

fn chain_at(
    authority: &CertificateAuthority,
    server: &ServerCertificate,
    time: UnixTime,
) -> Result<(), webpki::Error> {
    let root = CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap();
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let leaf = CertificateDer::from_pem_slice(server.certificate_pem().as_bytes()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    EndEntityCert::try_from(&leaf)
        .unwrap()
        .verify_for_usage(
            provider.signature_verification_algorithms.all,
            &anchors,
            &[],
            time,
            KeyUsage::server_auth(),
            None,
            None,
        )
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
fn a_certificate_is_good_for_its_host_name_and_no_other() {
    let authority = CertificateAuthority::new().unwrap();
    let server = authority.issue(&["demo.mysql.database.azure.com"]).unwrap();

    assert!(verifies(
        &authority,
        &server,
        "demo.mysql.database.azure.com"
    ));
    assert!(!verifies(
        &authority,
        &server,
        "other.mysql.database.azure.com"
    ));
    assert!(!verifies(&authority, &server, "127.0.0.1"));
}

#[test]
fn an_ip_address_can_be_certified_too() {
    let authority = CertificateAuthority::new().unwrap();
    let server = authority.issue(&["127.0.0.1"]).unwrap();

    assert!(verifies(&authority, &server, "127.0.0.1"));
    assert!(!verifies(&authority, &server, "localhost"));
}

/// With one name for all, a client that trusts another authority would find a bad signature instead
/// of an unknown issuer.
#[test]
fn another_authority_has_another_name_and_does_not_vouch_for_it() {
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
fn a_certificate_ends_within_what_every_platform_takes() {
    let authority = CertificateAuthority::new().unwrap();
    let server = authority.issue(&["localhost"]).unwrap();
    let days = |days: u64| {
        UnixTime::since_unix_epoch(Duration::from_secs(
            UnixTime::now().as_secs() + days * 86_400,
        ))
    };

    assert_eq!(chain_at(&authority, &server, days(80)), Ok(()));
    let refused = chain_at(&authority, &server, days(825));
    assert!(matches!(refused, Err(webpki::Error::CertExpired { .. })));
}

#[test]
fn the_private_key_is_pkcs8_and_never_in_debug() {
    let server = CertificateAuthority::new()
        .unwrap()
        .issue(&["localhost"])
        .unwrap();

    let key = PrivateKeyDer::from_pem_slice(server.private_key_pem().as_bytes()).unwrap();
    assert!(matches!(key, PrivateKeyDer::Pkcs8(_)));
    let debug = format!("{server:?}");
    assert!(debug.contains("[redacted]"));
    assert!(!debug.contains("PRIVATE KEY"));
}

#[test]
fn a_name_that_no_certificate_can_hold_is_an_error_that_names_it() {
    let error = CertificateAuthority::new()
        .unwrap()
        .issue(&["ümlaut.example"])
        .unwrap_err();

    assert!(error.to_string().contains("ümlaut.example"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}
