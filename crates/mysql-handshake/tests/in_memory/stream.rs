//! Packets over a stream, and what follows them.

use std::time::Duration;

use crate::common::{Tls, localhost};
use mysql_handshake::{ErrorKind, MaybeTls, PacketStream, ServerError};
use proptest::{collection::vec, prelude::*};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    time::{Instant, timeout},
};

fn pair(buffer: usize) -> (PacketStream<DuplexStream>, PacketStream<DuplexStream>) {
    let (one, other) = duplex(buffer);
    (PacketStream::new(one), PacketStream::new(other))
}

async fn tls_pair() -> (PacketStream<DuplexStream>, PacketStream<DuplexStream>) {
    let (mut client, mut server) = pair(4096);
    let tls = Tls::new();
    let (connected, accepted) = tokio::join!(
        client.connect_tls(tls.client, localhost()),
        server.accept_tls(tls.server)
    );
    connected.unwrap();
    accepted.unwrap();
    (client, server)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future)
}

proptest! {
    #[test]
    fn packets_arrive_whatever_the_network_holds(
        payloads in vec(vec(any::<u8>(), 0..300), 1..20),
        buffer in 1_usize..100,
    ) {
        let received = block_on(async {
            let (mut one, mut other) = pair(buffer);
            let send = async {
                for payload in &payloads {
                    one.put(payload).await.unwrap();
                }
                one.flush().await.unwrap();
            };
            let receive = async {
                let mut received = Vec::new();
                while received.len() < payloads.len() {
                    received.push(other.read().await.unwrap());
                }
                received
            };
            tokio::join!(send, receive).1
        });
        prop_assert_eq!(received, payloads);
    }

    #[test]
    fn any_bytes_end_in_packets_or_an_error(bytes in vec(any::<u8>(), 0..2000)) {
        block_on(async {
            let (mut raw, stream) = duplex(64);
            let mut stream = PacketStream::new(stream);
            let send = async {
                let _ = raw.write_all(&bytes).await;
                drop(raw);
            };
            let receive = async {
                while stream.read().await.is_ok() {}
                drop(stream);
            };
            tokio::join!(send, receive);
        });
    }
}

#[tokio::test]
async fn packet_of_more_than_16_mib_is_one_packet() {
    let (mut one, mut other) = pair(1 << 20);
    let payload = vec![7; (1 << 24) + 5];
    one.set_max_packet(1 << 25);
    other.set_max_packet(1 << 25);
    let (sent, received) = tokio::join!(one.send(&payload), other.read());
    sent.unwrap();
    assert!(received.unwrap() == payload);
}

#[tokio::test]
async fn login_packet_has_a_limit() {
    let (mut one, mut other) = pair(1 << 20);
    let error = one.send(&vec![0; 192 * 1024 + 1]).await.unwrap_err();
    assert_eq!(error.reply().unwrap().number, 1153);
    one.set_max_packet(1 << 20);
    one.send(&vec![0; 192 * 1024 + 1]).await.unwrap();
    let error = other.read().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn dropped_read_loses_nothing() {
    let (mut raw, stream) = duplex(64);
    let mut stream = PacketStream::new(stream);
    for piece in [&b"\x03"[..], b"\0\0\0a", b"b"] {
        raw.write_all(piece).await.unwrap();
        timeout(Duration::from_secs(1), stream.read())
            .await
            .unwrap_err();
        timeout(Duration::from_secs(1), stream.left())
            .await
            .unwrap_err();
    }
    raw.write_all(b"c").await.unwrap();
    assert_eq!(stream.read().await.unwrap(), b"abc");
}

#[tokio::test(start_paused = true)]
async fn left_tells_that_the_peer_left_and_keeps_what_it_sent() {
    let (mut raw, stream) = duplex(64);
    let mut stream = PacketStream::new(stream);
    raw.write_all(b"\x01\0\0\0a").await.unwrap();
    timeout(Duration::from_secs(1), stream.left())
        .await
        .unwrap_err();
    assert_eq!(stream.read().await.unwrap(), b"a");
    drop(raw);
    assert_eq!(stream.left().await.kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn tls_is_told_in_openssls_words() {
    let (mut client, mut server) = tls_pair().await;
    for stream in [&client, &server] {
        let tls = stream.tls().unwrap();
        assert_eq!(tls.version, "TLSv1.3");
        assert!(tls.cipher.starts_with("TLS_"), "{}", tls.cipher);
    }
    assert!(client.plain_mut().is_none());
    client.send(b"over TLS").await.unwrap();
    assert_eq!(server.read().await.unwrap(), b"over TLS");
}

#[tokio::test]
async fn tls_does_not_start_twice_or_in_a_packet() {
    let (mut client, _server) = tls_pair().await;
    let again = client.connect_tls(Tls::new().client, localhost()).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Protocol);
    assert!(client.tls().is_some());

    let (mut raw, stream) = duplex(64);
    let mut stream = PacketStream::new(stream);
    raw.write_all(b"\x05\0\0\0a").await.unwrap();
    drop(raw);
    stream.left().await;
    let error = stream.accept_tls(Tls::new().server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn failed_tls_ends_the_connection() {
    let (mut raw, stream) = duplex(64);
    let mut stream = PacketStream::new(stream);
    raw.write_all(b"this is no hello").await.unwrap();
    drop(raw);
    let error = stream.accept_tls(Tls::new().server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!(stream.read().await.unwrap_err().kind(), ErrorKind::Closed);
    assert!(stream.into_stream().is_err());
}

#[tokio::test]
async fn session_is_copied_without_loss() {
    for encrypted in [false, true] {
        let (mut client, mut server) = if encrypted {
            tls_pair().await
        } else {
            pair(4096)
        };
        // In one write: whatever TLS reads ahead has to be there afterwards.
        client.put(b"login").await.unwrap();
        client.put(b"command").await.unwrap();
        client.flush().await.unwrap();
        assert_eq!(server.read().await.unwrap(), b"login");
        let mut server = server.into_stream().unwrap();
        assert_eq!(matches!(server, MaybeTls::Server(_)), encrypted);
        let mut copied = [0; 11];
        server.read_exact(&mut copied).await.unwrap();
        assert_eq!(&copied, b"\x07\0\0\x01command");
        server.write_all(b"\x01\0\0\x02\0").await.unwrap();
        server.flush().await.unwrap();
        assert_eq!(client.read().await.unwrap(), b"\0");
    }
}

#[tokio::test(start_paused = true)]
async fn stream_with_a_packet_is_given_back() {
    let (mut one, mut other) = pair(64);
    one.send(b"a").await.unwrap();
    timeout(Duration::from_secs(1), other.left())
        .await
        .unwrap_err();
    let mut other = *other.into_stream().unwrap_err();
    assert_eq!(other.read().await.unwrap(), b"a");
    other.put(b"b").await.unwrap();
    let mut other = *other.into_stream().unwrap_err();
    other.flush().await.unwrap();
    assert!(other.into_stream().is_ok());
}

#[tokio::test(start_paused = true)]
async fn last_word_is_heard_and_does_not_take_long() {
    let error = ServerError::new(1040, *b"08004", "Too many connections");
    let (mut client, mut server) = pair(64);
    let started = Instant::now();
    // The client reads and stays.
    let (heard, ()) = tokio::join!(client.read(), server.refuse(&error));
    assert_eq!(ServerError::parse(&heard.unwrap()), Some(error.clone()));
    assert_eq!(started.elapsed(), Duration::from_secs(1));

    // The client reads, and leaves while bytes of its own are under way.
    let (mut client, mut server) = pair(64);
    let leave = async {
        let raw = client.plain_mut().unwrap();
        raw.write_all(b"unread").await.unwrap();
        client.read().await.unwrap();
        drop(client);
    };
    let started = Instant::now();
    tokio::join!(leave, server.refuse(&error));
    assert_eq!(started.elapsed(), Duration::ZERO);
}
