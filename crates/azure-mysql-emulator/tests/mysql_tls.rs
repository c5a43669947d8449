//! No TLS, no login: and it is TLS as a MySQL server speaks it.

mod mysql;

use std::sync::Arc;

use azure_mysql_emulator::Emulator;
use mysql::{
    RawClient, USER, emulator, error_of, greeting, hello, options, server_error, tls_config,
};
use mysql_async::{Conn, OptsBuilder};
use mysql_common::{
    constants::CapabilityFlags,
    packets::{AuthPlugin, SslRequest},
    proto::MySerialize as _,
};
use rustls::{
    ClientConfig, HandshakeKind,
    crypto::{
        SupportedKxGroup,
        aws_lc_rs::{self, cipher_suite, kx_group},
    },
    pki_types::ServerName,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

#[tokio::test]
async fn a_client_without_tls_is_refused_and_not_asked_for_its_token() {
    let (emulator, principal) = emulator().await;
    let token = emulator.token_for(&principal);
    let options = options(&emulator, USER, &token);
    let without: OptsBuilder = options.ssl_opts(None);
    let (number, state, message) = server_error(Conn::new(without).await.unwrap_err());
    assert_eq!((number, &*state), (3159, "HY000"));
    assert_eq!(
        message,
        "Connections using insecure transport are prohibited while --require_secure_transport=ON."
    );
    let counters = emulator.counters();
    assert_eq!((counters.tokens_received, counters.logins_refused), (0, 1));
    assert!(
        emulator
            .log()
            .contains("refused user 'app': the connection has no TLS")
    );
}

#[tokio::test]
async fn a_client_that_gives_its_token_away_is_seen_to() {
    let (emulator, _) = emulator().await;
    let mut client = RawClient::connect(&emulator).await;
    client.read().await.unwrap();
    let mut packet = hello(USER, CapabilityFlags::empty());
    let plugin = AuthPlugin::CachingSha2Password;
    packet.truncate(packet.len() - plugin.as_bytes().len() - 1);
    packet.extend(b"mysql_clear_password\0");
    client.send(&packet).await;
    assert_eq!(error_of(&client.read().await.unwrap()).0, 3159);
    assert_eq!(emulator.counters().tokens_received, 1);
}

#[tokio::test]
async fn the_greeting_is_that_of_a_modern_server() {
    let (emulator, _) = emulator().await;
    let mut client = RawClient::connect(&emulator).await;
    let greeting = greeting(&client.read().await.unwrap());
    assert_eq!(greeting.protocol_version(), 10);
    assert_eq!(greeting.server_version_str(), "8.4.7-azure-emulator");
    let capabilities = greeting.capabilities();
    assert!(capabilities.contains(CapabilityFlags::CLIENT_SSL));
    assert!(!capabilities.contains(CapabilityFlags::CLIENT_COMPRESS));
    assert!(!capabilities.contains(CapabilityFlags::CLIENT_LOCAL_FILES));
}

#[tokio::test]
async fn both_versions_of_tls_are_taken() {
    let (emulator, _) = emulator().await;
    for suite in [
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        cipher_suite::TLS13_AES_128_GCM_SHA256,
    ] {
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = vec![suite];
        let mut client = RawClient::connect(&emulator).await;
        client.read().await.unwrap();
        client.ask_for_tls().await;
        let config = tls_config(&emulator, provider);
        client.start_tls(config).await.unwrap();
        client.send(&hello(USER, CapabilityFlags::empty())).await;
        assert_eq!(client.read().await.unwrap()[0], 0xfe);
    }
}

/// How the handshake of a client with these curves goes, twice with the same configuration.
async fn handshakes(emulator: &Emulator, config: ClientConfig) -> [Option<HandshakeKind>; 2] {
    let connector = TlsConnector::from(Arc::new(config));
    let mut kinds = [None; 2];
    for kind in &mut kinds {
        let mut stream = TcpStream::connect(("127.0.0.1", emulator.address().port))
            .await
            .unwrap();
        let mut header = [0; 4];
        stream.read_exact(&mut header).await.unwrap();
        let mut greeting = vec![0; header[0].into()];
        stream.read_exact(&mut greeting).await.unwrap();
        let mut request = Vec::new();
        let capabilities = CapabilityFlags::CLIENT_PROTOCOL_41 | CapabilityFlags::CLIENT_SSL;
        SslRequest::new(capabilities, 1 << 24, 45).serialize(&mut request);
        stream
            .write_all(&[&b"\x20\0\0\x01"[..], &request].concat())
            .await
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let Ok(mut stream) = connector.connect(name, stream).await else {
            continue;
        };
        *kind = stream.get_ref().1.handshake_kind();
        // The tickets come with the first answer.
        let hello = hello(USER, CapabilityFlags::empty());
        let length = u8::try_from(hello.len()).unwrap();
        let packet = [&[length, 0, 0, 2][..], &hello].concat();
        stream.write_all(&packet).await.unwrap();
        stream.read_u8().await.unwrap();
    }
    kinds
}

#[tokio::test]
async fn only_the_curves_of_nist_are_taken_and_sessions_resume() {
    let (emulator, _) = emulator().await;
    let with = |groups: &[&'static dyn SupportedKxGroup]| {
        let mut provider = aws_lc_rs::default_provider();
        provider.kx_groups = groups.to_vec();
        tls_config(&emulator, provider)
    };
    assert_eq!(
        handshakes(&emulator, with(&[kx_group::X25519])).await,
        [None, None]
    );
    assert_eq!(
        handshakes(&emulator, with(&[kx_group::X25519, kx_group::SECP256R1])).await,
        [
            Some(HandshakeKind::FullWithHelloRetryRequest),
            Some(HandshakeKind::Resumed)
        ]
    );
    assert_eq!(
        handshakes(&emulator, with(&[kx_group::SECP384R1])).await,
        [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]
    );
}
