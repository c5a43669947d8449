//! Whatever a peer sends while it logs in, or lets somebody log in, in whatever pieces: the packet reader
//! and both sides of the login.

#![no_main]

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use mysql_handshake::{
    AuthSwitch, CACHING_SHA2_PASSWORD, CapabilityFlags, Credential, FirstPacket, Greeting, Login,
    NATIVE_PASSWORD, PacketStream, ServerError, StatusFlags, connect, greet, log_in,
    receive_response, switch,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A peer that says these bytes, so many at a time, and listens to nothing.
struct Peer<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl AsyncRead for Peer<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.piece.min(buf.remaining()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(length);
        buf.put_slice(now);
        self.bytes = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Peer<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn greeting() -> Greeting {
    Greeting {
        server_version: b"8.4.0-fuzz".to_vec(),
        connection_id: 1,
        nonce: *b"abcdefghijklmnopqrst",
        capabilities: CapabilityFlags::CLIENT_PROTOCOL_41
            | CapabilityFlags::CLIENT_SECURE_CONNECTION
            | CapabilityFlags::CLIENT_PLUGIN_AUTH
            | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
        collation: 255,
        status: StatusFlags::SERVER_STATUS_AUTOCOMMIT,
        auth_plugin: CACHING_SHA2_PASSWORD.to_vec(),
    }
}

async fn both_sides(piece: usize, bytes: &[u8]) {
    let peer = || Peer { bytes, piece };
    let login = Login::new("app", Credential::Password("secret".into()));
    let _ = connect(peer(), None, &login).await;
    // Past a good greeting.
    let mut server = PacketStream::new(peer());
    let _ = log_in(&mut server, &greeting(), None, &login).await;

    let mut client = PacketStream::new(peer());
    let _ = greet(&mut client, &greeting()).await;
    if receive_response(&mut client, None).await.is_ok() {
        let request = AuthSwitch::new(NATIVE_PASSWORD, &greeting().nonce);
        let _ = switch(&mut client, &request).await;
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&piece, bytes)) = input.split_first() else {
        return;
    };
    let _ = Greeting::parse(bytes);
    let _ = FirstPacket::parse(bytes);
    let _ = AuthSwitch::parse(bytes);
    let _ = ServerError::parse(bytes);
    // Nothing in it ever waits.
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    if let Ok(runtime) = runtime {
        runtime.block_on(both_sides(usize::from(piece) + 1, bytes));
    }
});
