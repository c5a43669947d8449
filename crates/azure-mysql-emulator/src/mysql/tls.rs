use std::sync::Arc;

use rustls::{
    ProtocolVersion, ServerConfig, ServerConnection,
    crypto::aws_lc_rs::{self, Ticketer, kx_group},
};

use super::wire::Encryption;
use crate::{Error, ServerCertificate};

/// TLS 1.2 and 1.3 with this certificate, as a MySQL server speaks it: only the curves of NIST, so a
/// client that begins with X25519 is asked to begin again, and tickets, with which a client that
/// comes back saves itself the certificate.
pub(crate) fn config(certificate: &ServerCertificate) -> Result<Arc<ServerConfig>, Error> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::SECP256R1, kx_group::SECP384R1];
    let mut config = certificate.tls_config(provider)?;
    config.ticketer = Ticketer::new()
        .map_err(|cause| Error::caused_by("the TLS configuration could not be made", cause))?;
    Ok(Arc::new(config))
}

pub(crate) fn encryption(connection: &ServerConnection) -> Encryption {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let cipher = connection
        .negotiated_cipher_suite()
        .map(|suite| openssl_name(&format!("{:?}", suite.suite())))
        .unwrap_or_default();
    Encryption { version, cipher }
}

/// `TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384` is `ECDHE-ECDSA-AES256-GCM-SHA384` to OpenSSL, and
/// `TLS13_AES_256_GCM_SHA384`, which is how rustls tells the suites of TLS 1.3 apart, is
/// `TLS_AES_256_GCM_SHA384`.
fn openssl_name(name: &str) -> String {
    match name.strip_prefix("TLS13_") {
        Some(suite) => format!("TLS_{suite}"),
        None => name
            .trim_start_matches("TLS_")
            .replace("_WITH_", "-")
            .replace("AES_", "AES")
            .replace("POLY1305_SHA256", "POLY1305")
            .replace('_', "-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cipher_has_openssls_name() {
        for suite in aws_lc_rs::ALL_CIPHER_SUITES {
            let name = openssl_name(&format!("{:?}", suite.suite()));
            assert!(
                [
                    "TLS_AES_128_GCM_SHA256",
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256",
                    "ECDHE-ECDSA-AES128-GCM-SHA256",
                    "ECDHE-ECDSA-AES256-GCM-SHA384",
                    "ECDHE-ECDSA-CHACHA20-POLY1305",
                    "ECDHE-RSA-AES128-GCM-SHA256",
                    "ECDHE-RSA-AES256-GCM-SHA384",
                    "ECDHE-RSA-CHACHA20-POLY1305",
                ]
                .contains(&&*name),
                "{name}"
            );
        }
    }
}
