//! What a certificate promises beside giving tokens.

use std::{fs, path::Path};

use azure_mysql_emulator::{ClientCertificate as Issued, Principal};
use token_source::{ErrorKind, TokenSource, entra::ClientCertificate};

use crate::{SCOPE, cloud, emulator_with, is_inside, run_with, variable};

fn from_files(paths: &[&Path]) -> ClientCertificate {
    let paths = paths.iter().copied();
    let (tenant_id, client_id) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
    ClientCertificate::from_files(&cloud(), SCOPE, tenant_id, client_id, paths)
}

#[tokio::test]
async fn pem_files_are_read_at_each_fetch() {
    if is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let pem = fs::read_to_string(variable("AZURE_CLIENT_CERTIFICATE_PATH")).unwrap();
        let (certificate, key) = pem.split_at(pem.find("-----BEGIN PRIVATE").unwrap());
        let certificate_path = folder.path().join("certificate.pem");
        let key_path = folder.path().join("key.pem");
        // Without the line break at its end, as some tools write it.
        fs::write(&certificate_path, certificate.trim_end()).unwrap();
        fs::write(&key_path, key).unwrap();

        let (tenant_id, client_id) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
        let in_memory =
            ClientCertificate::from_pem(&cloud(), SCOPE, tenant_id, client_id, pem.clone());
        in_memory.fetch().await.unwrap();
        let in_files = from_files(&[&certificate_path, &key_path]);
        in_files.fetch().await.unwrap();

        let another = Issued::new("another").unwrap();
        fs::write(&certificate_path, another.certificate_pem()).unwrap();
        let error = in_files.fetch().await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Configuration,
            "half replaced: {error}"
        );
        fs::write(&key_path, another.private_key_pem()).unwrap();
        let error = in_files.fetch().await.unwrap_err();
        assert_eq!(error.entra_code(), Some(700_027), "not registered: {error}");
        fs::remove_file(&key_path).unwrap();
        let error = in_files.fetch().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains("key.pem"), "{error}");
        return;
    }
    let principal = Principal::service_principal_with_certificate("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "certificates::pem_files_are_read_at_each_fetch";
    run_with(name, emulator.identity_environment(&principal)).await;
    let counters = emulator.counters();
    assert_eq!((counters.client_certificate, counters.refused), (2, 1));
}

#[tokio::test]
async fn debug_hides_the_private_key() {
    let pem = Issued::new("app").unwrap().pem();
    let cloud = token_source::Cloud::PUBLIC;
    let source = ClientCertificate::from_pem(&cloud, SCOPE, "tenant", "client", pem.clone());
    let shown = format!("{source:?}");
    assert!(pem.lines().all(|line| !shown.contains(line)), "{shown}");
}
