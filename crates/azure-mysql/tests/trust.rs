//! Which roots are trusted, and in which forms a driver gets them.

use azure_mysql::Trust;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};

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
    assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
}

#[test]
fn the_bundled_roots_can_serve_as_roots() {
    for root in Trust::azure_roots().certificates() {
        webpki::anchor_from_trusted_cert(root).unwrap();
    }
}
