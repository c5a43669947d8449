//! Whatever a client does, a server tells it why or lets go of it.

use std::sync::Arc;

use mysql_handshake::{
    AuthSwitch, CLEAR_PASSWORD, CapabilityFlags, Error, ErrorKind, HandshakeResponse, PacketStream,
    SslRequest, greet, receive_response, request_password, switch,
};
use proptest::{collection::vec, prelude::*};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

use crate::common::{CAPABILITIES, Tls, greeting};

/// What a server that has greeted makes of these bytes.
async fn receive(bytes: &[u8], tls: Option<&Tls>) -> Result<HandshakeResponse, Error> {
    let (mut server, _client) = greeted(bytes).await;
    receive_response(&mut server, tls.map(|tls| Arc::clone(&tls.server))).await
}

async fn greeted(bytes: &[u8]) -> (PacketStream<DuplexStream>, DuplexStream) {
    let (mut client, server) = duplex(1 << 18);
    client.write_all(bytes).await.unwrap();
    client.shutdown().await.unwrap();
    let mut server = PacketStream::new(server);
    greet(&mut server, &greeting()).await.unwrap();
    (server, client)
}

fn request_for_tls() -> Vec<u8> {
    let request = SslRequest {
        capabilities: CAPABILITIES | CapabilityFlags::CLIENT_SSL,
        max_packet_size: 1 << 24,
        collation: 45,
    };
    [b"\x20\0\0\x01", &*request.encode()].concat()
}

#[tokio::test]
async fn tls_that_was_not_offered_is_a_bad_handshake() {
    let error = receive(&request_for_tls(), None).await.unwrap_err();
    assert_eq!(error.reply().unwrap().number, 1043);
}

#[tokio::test]
async fn plain_text_after_the_request_for_tls_is_not_read_as_packets() {
    let bytes = [&*request_for_tls(), b"\x01\0\0\x02x"].concat();
    let error = receive(&bytes, Some(&Tls::new())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!(error.reply(), None);
}

#[tokio::test]
async fn each_break_of_the_protocol_has_its_number() {
    for (bytes, number) in [
        (&b"\x01\0\0\x01x"[..], Some(1043)),
        (b"\x01\0\0\x05x", Some(1156)),
        (b"\xff\xff\xff\x01", Some(1153)),
        (b"", None),
        (b"\x05\0\0\x01x", None),
    ] {
        let error = receive(bytes, None).await.unwrap_err();
        assert_eq!(error.reply().map(|reply| reply.number), number);
        let is_gone = error.kind() == ErrorKind::Closed;
        assert_eq!(is_gone, number.is_none());
    }
}

#[tokio::test]
async fn password_is_not_asked_for_without_tls() {
    let (mut server, _client) = greeted(b"").await;
    let error = request_password(&mut server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
}

proptest! {
    #[test]
    fn any_bytes_end_in_an_error_or_an_answer(
        payload in vec(any::<u8>(), 0..200),
        rest in vec(any::<u8>(), 0..200),
        with_capabilities: bool,
    ) {
        let start = if with_capabilities { CAPABILITIES.bits().to_le_bytes() } else { [0; 4] };
        let payload = [&start[..], &payload].concat();
        let length = u8::try_from(payload.len()).unwrap();
        let bytes = [&[length, 0, 0, 1], &*payload, &*rest].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut server, _client) = greeted(&bytes).await;
            if receive_response(&mut server, None).await.is_ok() {
                let request = AuthSwitch::new(CLEAR_PASSWORD, &greeting().nonce);
                let _ = switch(&mut server, &request).await;
            }
        });
    }
}
