//! TLS as MySQL's clients and servers speak it.

use rustls::{
    ClientConfig, CommonState, NamedGroup, ProtocolVersion, RootCertStore, ServerConfig,
    crypto::aws_lc_rs::{self, Ticketer, kx_group},
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::Error;

/// What TLS came to, in OpenSSL's words, as MySQL shows it in `Ssl_version` and `Ssl_cipher`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSession {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// Such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
}

/// TLS 1.2 and 1.3 with servers whose certificate is from one of these roots.
///
/// P-256 comes first: MySQL's servers offer the curves of NIST and refuse X25519 (`set_ecdh` in
/// `viosslfactories.cc`), so a client that begins with that pays a round trip more. Sessions resume
/// as long as connections share the configuration.
#[expect(
    clippy::missing_panics_doc,
    reason = "the provider knows both versions"
)]
pub fn client_config(roots: RootCertStore) -> ClientConfig {
    let mut provider = aws_lc_rs::default_provider();
    provider
        .kx_groups
        .sort_by_key(|group| group.name() != NamedGroup::secp256r1);
    ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("aws-lc-rs speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// TLS 1.2 and 1.3 with this certificate, as a MySQL server speaks it: only the curves of NIST, so a
/// client that begins with X25519 is asked to begin again, and tickets, with which a client that
/// comes back saves itself the certificate.
///
/// # Errors
///
/// If the key does not fit the certificate.
pub fn server_config(
    certificates: Vec<CertificateDer<'static>>,
    private_key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let failed = |cause: rustls::Error| {
        Error::tls_caused_by("the certificate and its private key cannot be used", cause)
    };
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::SECP256R1, kx_group::SECP384R1];
    let mut config = ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(certificates, private_key)
        .map_err(failed)?;
    config.ticketer = Ticketer::new().map_err(failed)?;
    Ok(config)
}

pub(crate) fn session(connection: &CommonState) -> TlsSession {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let cipher = connection
        .negotiated_cipher_suite()
        .map(|suite| openssl_name(&format!("{:?}", suite.suite())))
        .unwrap_or_default();
    TlsSession { version, cipher }
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
    fn ciphers_have_openssl_names() {
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

    #[test]
    fn client_offers_the_curve_of_mysql_servers_first() {
        let config = client_config(RootCertStore::empty());
        let groups = &config.crypto_provider().kx_groups;
        assert_eq!(groups[0].name(), NamedGroup::secp256r1);
        assert_eq!(groups.len(), aws_lc_rs::default_provider().kx_groups.len());
    }
}
