use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::{Error, name::Name};

/// How long a line of PEM is: <https://www.rfc-editor.org/rfc/rfc7468#section-2>.
const PEM_LINE: usize = 64;

/// Which root certificates a server's certificate must lead to.
///
/// The certificate and its host name are always verified; there is no switch that turns it off.
#[derive(Clone)]
pub struct Trust {
    private_ca: Option<PrivateCa>,
}

#[derive(Clone)]
struct PrivateCa {
    file: PathBuf,
    certificates: Vec<CertificateDer<'static>>,
}

/// Azure moves its database servers from the first of these roots to the other two, so all three
/// are trusted: web root bundles have dropped the first while servers still use it.
///
/// <https://learn.microsoft.com/azure/mysql/flexible-server/security-tls-root-certificate-rotation>
static AZURE_ROOTS: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| {
    [
        include_str!("../roots/digicert-global-root-ca.pem"),
        include_str!("../roots/digicert-global-root-g2.pem"),
        include_str!("../roots/microsoft-rsa-root-certificate-authority-2017.pem"),
    ]
    .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).expect("a bundled root is PEM"))
    .into()
});

impl Trust {
    /// The roots that Azure's servers use, beside the usual web roots. The default.
    pub fn azure_roots() -> Self {
        Self { private_ca: None }
    }

    /// The certificates of a PEM file, and no others where the driver can do without the web roots.
    /// sqlx, and with it sea-orm, cannot: there they stay trusted beside these.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not PEM, holds no certificate, or one that cannot be a root.
    pub fn private_ca(file: impl AsRef<Path>) -> Result<Self, Error> {
        Self::private_ca_named("trust", file.as_ref())
    }

    pub(crate) fn private_ca_named(name: impl Into<Name>, file: &Path) -> Result<Self, Error> {
        let name = name.into();
        let invalid = |problem: &str| {
            Error::invalid(&name, format!("names {}, which {problem}", file.display()))
        };
        let pem = fs::read(file).map_err(|error| {
            invalid("cannot be read; check the path and its permissions").with_source(error)
        })?;
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| invalid("is not valid PEM; export it again").with_source(error))?;
        if certificates.is_empty() {
            return Err(invalid(
                "contains no certificate; expected PEM with BEGIN CERTIFICATE lines",
            ));
        }
        for certificate in &certificates {
            webpki::anchor_from_trusted_cert(certificate).map_err(|error| {
                let problem = "contains a certificate that cannot be a root; expected only \
                               certificates of certificate authorities";
                invalid(problem).with_source(error)
            })?;
        }
        Ok(Self {
            private_ca: Some(PrivateCa {
                file: file.to_owned(),
                certificates,
            }),
        })
    }

    /// The roots to trust, each in DER.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        match &self.private_ca {
            Some(private) => &private.certificates,
            None => &AZURE_ROOTS,
        }
    }

    /// The same in PEM, for drivers that take them so.
    pub fn pem(&self) -> String {
        self.certificates()
            .iter()
            .fold(String::new(), |mut pem, certificate| {
                pem += "-----BEGIN CERTIFICATE-----\n";
                let mut base64 = &*STANDARD.encode(certificate);
                while !base64.is_empty() {
                    let (line, rest) = base64.split_at(base64.len().min(PEM_LINE));
                    pem += line;
                    pem += "\n";
                    base64 = rest;
                }
                pem + "-----END CERTIFICATE-----\n"
            })
    }

    /// Whether the usual web roots are to be trusted beside [`certificates`](Self::certificates). A
    /// private CA is to stand alone, and does if [the driver](Self::private_ca) can do that.
    pub fn includes_web_roots(&self) -> bool {
        self.private_ca.is_none()
    }
}

impl fmt::Debug for Trust {
    /// How many certificates, and where they are from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Trust");
        debug.field("certificates", &self.certificates().len());
        match &self.private_ca {
            Some(private) => debug.field("source", &private.file),
            None => debug.field("source", &"azure-mysql's own, beside the web roots"),
        };
        debug.finish()
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::azure_roots()
    }
}
