//! Nothing of an emulator outlives it: no port, no task, no file.

use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
};

use azure_mysql_emulator::Principal;

use super::{addresses, alive_tasks, client, emulator_with};

#[tokio::test]
async fn ports_and_the_authoritys_file_exist_until_it_is_stopped() {
    let emulator = emulator_with(&[]).await;
    let addresses = addresses(&emulator);
    for address in &addresses {
        assert!(TcpStream::connect(address).is_ok());
    }
    let path = emulator.ca_pem_path().to_owned();
    let pem = std::fs::read_to_string(&path).unwrap();
    assert_eq!(pem, emulator.certificate_authority().certificate_pem());

    emulator.stop().await;

    for address in &addresses {
        assert!(TcpStream::connect(address).is_err());
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn stopping_ends_the_tasks_of_open_connections() {
    let before = alive_tasks();
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;
    let [app_service, imds, entra] = addresses(&emulator);
    let mysql = SocketAddr::from(([127, 0, 0, 1], emulator.address().port));
    let half_sent = [
        (app_service, &b"GET /msi/token HTTP/1.1\r\nHost:"[..]),
        (imds, b"GET /metadata/identity/oauth2/token"),
        (entra, b"\x16\x03\x01"),
        (mysql, b"\x20\0\0\x01half a request for TLS"),
    ]
    .map(|(address, half)| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(half).unwrap();
        stream
    });
    // A task for each server, and one for each connection.
    while alive_tasks() < before + 4 + half_sent.len() {
        tokio::task::yield_now().await;
    }

    emulator.stop().await;

    assert_eq!(alive_tasks(), before);
}

#[tokio::test]
async fn dropping_closes_the_ports_and_ends_the_tasks() {
    let before = alive_tasks();
    let emulator = emulator_with(&[]).await;
    let addresses = addresses(&emulator);
    let request = client(&emulator).get(emulator.authority_host());
    request.send().await.unwrap();

    drop(emulator);
    // The tasks end without this test's help, or the test does not end.
    while alive_tasks() > before {
        tokio::task::yield_now().await;
    }

    for address in &addresses {
        assert!(TcpStream::connect(address).is_err());
    }
}
