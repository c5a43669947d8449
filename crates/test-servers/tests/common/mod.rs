//! A throw-away CA, and connections to a server.

use mysql_async::{Conn, OptsBuilder, SslOpts};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use test_servers::{Server, ServerOptions};

/// A CA and a certificate for `127.0.0.1` that it issued, all PEM.
pub(crate) struct Certificates {
    ca: String,
    certificate: String,
    private_key: String,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &ca).unwrap();
        Self {
            ca: ca.pem(),
            certificate: certificate.pem(),
            private_key: key.serialize_pem(),
        }
    }

    pub(crate) fn options(&self) -> ServerOptions {
        ServerOptions::new().tls(&self.certificate, &self.private_key, &self.ca)
    }

    pub(crate) fn trust(&self) -> SslOpts {
        SslOpts::default()
            .with_disable_built_in_roots(true)
            .with_root_certs(vec![self.ca.clone().into_bytes().into()])
    }
}

pub(crate) async fn connect(
    server: &Server,
    user: &str,
    password: &str,
    tls: Option<SslOpts>,
) -> mysql_async::Result<Conn> {
    let opts = OptsBuilder::default()
        .ip_or_hostname(server.host())
        .tcp_port(server.port())
        .prefer_socket(false)
        .user(Some(user))
        .pass(Some(password))
        // A token is sent only over TLS that was verified.
        .enable_cleartext_plugin(tls.is_some())
        .ssl_opts(tls);
    Conn::new(opts).await
}
