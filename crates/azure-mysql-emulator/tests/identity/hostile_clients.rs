//! Whatever arrives at a port, the emulator keeps working, and what a client can make it hold is bounded.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use azure_mysql_emulator::{Emulator, Principal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{IMDS, addresses, ask_imds, client, emulator_with};

/// Sends bytes, and reads what comes back until the emulator closes the connection.
fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // The emulator may close the connection before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

async fn assert_issues_a_token(emulator: &Emulator) {
    let response = ask_imds(emulator, &IMDS).send().await.unwrap();
    assert!(response.status().is_success());
    let request = client(emulator).get(emulator.authority_host());
    assert_eq!(request.send().await.unwrap().status(), 404);
}

/// The same pseudo-random bytes at each run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_at_every_port_does_not_affect_others() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;
    let path = "/metadata/identity/oauth2/token";
    let garbage: Vec<Vec<u8>> = vec![
        Vec::new(),
        noise(100),
        noise(100_000),
        vec![0; 100_000],
        b"\x16\x03\x01\xff\xff".to_vec(),
        b"GET / HTTP/1.1\r\n\r\n\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        format!("GET {path}?resource=%ff%fe&api-version=%00 HTTP/1.1\r\nHost: x\r\nMetadata: true\r\n\r\n").into_bytes(),
        format!("GET {path}?client_id=1&client_id=2 HTTP/1.1\r\nHost: x\r\nMetadata: \x7f\r\n\r\n").into_bytes(),
        b"POST /x/oauth2/v2.0/token HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec(),
        b"POST /azure-cli/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n".to_vec(),
        b"POST /azure-cli/x HTTP/1.1\r\nContent-Length: 4\r\n\r\n\xff\xff\xff\xff".to_vec(),
    ];

    let all = addresses(&emulator);
    tokio::task::spawn_blocking(move || {
        for address in all {
            for bytes in &garbage {
                let answer = exchange(address, bytes);
                assert!(!answer.windows(12).any(|part| part == b"access_token"));
            }
        }
    })
    .await
    .unwrap();

    let issued = || {
        let counters = emulator.counters();
        counters.managed_identity
            + counters.imds
            + counters.client_secret
            + counters.client_certificate
            + counters.federated
            + counters.azure_cli
    };
    assert_eq!(issued(), 0);
    assert_issues_a_token(&emulator).await;
    assert_eq!(issued(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn size_of_a_requests_head_is_limited() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;
    let address = addresses(&emulator)[0];
    let long = "x".repeat(1024 * 1024);
    let heads = [
        format!("GET /msi/token?{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /msi/token HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n"),
        format!(
            "GET /msi/token HTTP/1.1\r\nHost: x\r\n{}\r\n",
            "X-Many: x\r\n".repeat(1000)
        ),
    ];
    tokio::task::spawn_blocking(move || {
        for head in heads {
            let answer = answer_to_head(address, head.as_bytes());
            let answer = String::from_utf8_lossy(&answer);
            // The connection may be reset before the client has read the answer.
            let is_refused = ["HTTP/1.1 414 ", "HTTP/1.1 431 "]
                .iter()
                .any(|status| answer.starts_with(status));
            assert!(answer.is_empty() || is_refused, "{answer}");
        }
    })
    .await
    .unwrap();
    assert_issues_a_token(&emulator).await;
}

/// Sends a head, and reads the answer until the emulator closes the connection.
fn answer_to_head(address: SocketAddr, head: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let _ = stream.write_all(head);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    answer
}

/// The clock is paused and advances when all tasks wait, so no timeout really takes its time.
#[tokio::test(start_paused = true)]
async fn client_that_sends_too_slowly_is_disconnected() {
    let emulator = emulator_with(&[]).await;
    let entra = addresses(&emulator)[2];
    let app_service = addresses(&emulator)[0];
    let without_body = b"POST /azure-cli/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
    for (address, begun) in [
        (app_service, &b""[..]),
        (app_service, b"GET / HTTP/1.1\r\nHost:"),
        (app_service, without_body),
        (entra, b""),
        (entra, b"\x16\x03\x01"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(begun).await.unwrap();
        let mut answer = Vec::new();
        // The emulator closes the connection, or the test does not end.
        let _ = stream.read_to_end(&mut answer).await;
    }
}
