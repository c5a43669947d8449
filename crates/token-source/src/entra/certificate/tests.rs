use std::time::Duration;

use azure_mysql_emulator::{CertificateAuthority, ClientCertificate};
use base64::engine::general_purpose::STANDARD;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn error_of(pem: &str) -> Error {
    let error = Certificate::read(pem, SystemTime::now()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    for line in pem.lines().filter(|line| !line.starts_with("-----")) {
        assert!(!format!("{error} {error:?}").contains(line), "{error:?}");
    }
    error
}

/// The RSA key inside PKCS#8. What is before it is as long for every key of 2048 bits.
fn as_pkcs1(pkcs8_pem: &str) -> String {
    let der = PrivateKeyDer::from_pem_slice(pkcs8_pem.as_bytes()).unwrap();
    let key = STANDARD.encode(&der.secret_der()[26..]);
    format!("-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----\n")
}

#[test]
fn certificate_and_key_are_found_in_any_order() {
    let right = ClientCertificate::new("right").unwrap();
    let other = ClientCertificate::new("other").unwrap();
    let (certificate, key) = (right.certificate_pem(), right.private_key_pem());
    let pkcs1 = as_pkcs1(key);
    let thumbprint_of = |pem: &str| {
        let certificate = Certificate::read(pem, SystemTime::now());
        certificate
            .map(|certificate| certificate.thumbprint)
            .unwrap()
    };

    let thumbprint = thumbprint_of(&right.pem());
    assert_ne!(thumbprint, thumbprint_of(&other.pem()));
    for pem in [
        format!("{key}{certificate}"),
        format!("{certificate}{pkcs1}"),
        format!("{}{key}{certificate}", other.certificate_pem()),
        format!("Bag Attributes\n    name: x\n{certificate}\nKey Attributes\n{key}"),
    ] {
        assert_eq!(thumbprint_of(&pem), thumbprint);
    }
}

#[test]
fn unusable_pem_is_rejected_with_the_reason() {
    let right = ClientCertificate::new("right").unwrap();
    let other = ClientCertificate::new("other").unwrap();
    let (certificate, key) = (right.certificate_pem(), right.private_key_pem());
    let elliptic = CertificateAuthority::new()
        .unwrap()
        .issue(&["localhost"])
        .unwrap();
    let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (pem, needle) in [
        (String::new(), "no private key"),
        ("garbage".to_owned(), "no private key"),
        (certificate.to_owned(), "no private key"),
        (key.to_owned(), "no certificate"),
        (format!("{certificate}{encrypted}"), "passphrase"),
        (format!("{garbage}{key}"), "cannot be read"),
        (
            format!("{}{key}", other.certificate_pem()),
            "does not belong",
        ),
        (
            format!(
                "{}{}",
                elliptic.certificate_pem(),
                elliptic.private_key_pem()
            ),
            "not RSA",
        ),
    ] {
        let error = error_of(&pem);
        assert!(error.to_string().contains(needle), "{error}");
    }
}

#[test]
fn expired_or_future_certificate_is_rejected() {
    let now = SystemTime::now();
    let over = ClientCertificate::valid("over", now - 2 * HOUR..now - HOUR).unwrap();
    let error = error_of(&over.pem());
    assert!(error.to_string().contains("expired at"), "{error}");

    let early = ClientCertificate::valid("early", now + HOUR..now + 2 * HOUR).unwrap();
    let error = error_of(&early.pem());
    assert!(error.to_string().contains("not valid before"), "{error}");
    assert!(Certificate::read(&early.pem(), now + HOUR + HOUR / 2).is_ok());
}
