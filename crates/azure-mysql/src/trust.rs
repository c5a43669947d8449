use std::{fs, path::Path, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::{Error, name::Name};

/// How long a line of PEM is: <https://www.rfc-editor.org/rfc/rfc7468#section-2>.
const PEM_LINE: usize = 64;

/// Which root certificates a server's certificate must lead to.
///
/// The certificate and its host name are always verified; there is no switch that turns it off.
#[derive(Clone, Debug)]
pub struct Trust {
    private_ca: Option<Vec<CertificateDer<'static>>>,
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
        let name = &name.into();
        let shown = file.display();
        let pem = fs::read(file).map_err(|error| {
            Error::invalid(name, format!(
                    "names {shown}, which cannot be read; check the path, and that this user may read it"
                ))
                .with_source(error)
        })?;
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                Error::invalid(
                    name,
                    format!("names {shown}, which is not valid PEM; export it again"),
                )
                .with_source(error)
            })?;
        if certificates.is_empty() {
            return Err(Error::invalid(
                name,
                format!(
                    "names {shown}, which holds no certificate; \
                     expected PEM with BEGIN CERTIFICATE lines"
                ),
            ));
        }
        for certificate in &certificates {
            webpki::anchor_from_trusted_cert(certificate).map_err(|error| {
                Error::invalid(
                    name,
                    format!(
                        "names {shown}, whose certificate cannot be a root; expected those of \
                         certificate authorities"
                    ),
                )
                .with_source(error)
            })?;
        }
        Ok(Self {
            private_ca: Some(certificates),
        })
    }

    /// The roots to trust, each in DER.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        self.private_ca.as_deref().unwrap_or(&AZURE_ROOTS)
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

impl Default for Trust {
    fn default() -> Self {
        Self::azure_roots()
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn hex(text: &str) -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
    }

    #[test]
    fn the_bundled_roots_are_the_three_that_azure_names() {
        let fingerprints: Vec<[u8; 32]> = Trust::azure_roots()
            .certificates()
            .iter()
            .map(|root| Sha256::digest(root).into())
            .collect();
        assert_eq!(
            fingerprints,
            [
                hex("4348A0E9444C78CB265E058D5E8944B4D84F9662BD26DB257F8934A443C70161"),
                hex("CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F"),
                hex("C741F70F4B2A8D88BF2E71C14122EF53EF10EBA0CFA5E64CFA20F418853073E0"),
            ]
        );
    }

    #[test]
    fn what_is_written_as_pem_is_what_is_trusted() {
        let azure = Trust::azure_roots();
        let pem = azure.pem();
        let read = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .unwrap();
        assert_eq!(read, azure.certificates());
        assert!(pem.lines().all(|line| line.len() <= PEM_LINE), "{pem}");
    }

    #[test]
    fn the_bundled_roots_can_serve_as_roots() {
        for root in Trust::azure_roots().certificates() {
            webpki::anchor_from_trusted_cert(root).unwrap();
        }
    }
}
