use std::{sync::Arc, time::Duration};

use bytes::BytesMut;
use rustls::{ClientConfig, ServerConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{Error, MaybeTls, ServerError, TlsSession, packets::Packets, tls};

/// What goes out is sent when there is this much of it, in bytes, and at the end of each answer.
const LARGEST_OUTGOING: usize = 16 * 1024;

/// How long a peer may take to read a last word and leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection as packets: in plain text at first, then over TLS.
///
/// It reads no further than the end of the packet under way, so a connection can go over to TLS, or
/// be [copied](Self::into_stream) byte for byte, after any packet.
///
/// Payloads are wiped where this crate reads secrets from them; the buffers of the stream and of TLS
/// are not.
#[derive(Debug)]
pub struct PacketStream<S> {
    /// `None` once TLS took the connection and failed.
    transport: Option<MaybeTls<S>>,
    packets: Packets,
}

impl<S: AsyncRead + AsyncWrite + Unpin> PacketStream<S> {
    /// A connection on which nothing has been said yet.
    pub fn new(stream: S) -> Self {
        Self {
            transport: Some(MaybeTls::Plain(stream)),
            packets: Packets::new(),
        }
    }

    /// Sets how long a packet may be, in bytes, in either direction. The default is 192 KiB, which is
    /// enough for a login: a token and a client's attributes, of up to 64 KiB each.
    pub fn set_max_packet(&mut self, bytes: usize) {
        self.packets.set_largest(bytes);
    }

    /// Starts a new count of packets, as each command does.
    pub fn start_command(&mut self) {
        self.packets.start_command();
    }

    /// Waits for the next packet, and joins one that comes in parts of 16 MiB.
    ///
    /// It can be dropped at any time without loss.
    ///
    /// # Errors
    ///
    /// If the peer is gone, or the packet is too long or out of order. After that the connection is
    /// of no use.
    pub async fn read(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            if let Some(packet) = self.packets.next()? {
                return Ok(packet);
            }
            self.fill().await?;
        }
    }

    /// Waits until the peer has left or breaks the protocol, and never ends otherwise. A packet that
    /// it sends meanwhile is kept for [`read`](Self::read). What follows that stays in the network,
    /// and so does the end of the connection: a peer that sends a packet ahead and leaves is seen to
    /// have left only when that is read.
    ///
    /// It can be dropped at any time without loss.
    pub async fn left(&mut self) -> Error {
        loop {
            if self.packets.missing() == 0 {
                std::future::pending::<()>().await;
            }
            if let Err(error) = self.fill().await {
                return error;
            }
        }
    }

    async fn fill(&mut self) -> Result<(), Error> {
        let missing = self.packets.missing() as u64;
        let transport = self.transport.as_mut().ok_or_else(Error::closed)?;
        let incoming = self.packets.incoming();
        match transport.take(missing).read_buf(incoming).await? {
            0 => Err(Error::closed()),
            _ => Ok(()),
        }
    }

    /// Adds a packet to what goes out, and sends what has gathered if that is 16 KiB or more.
    ///
    /// # Errors
    ///
    /// If the peer is gone, or the packet is too long.
    pub async fn put(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.packets.put(payload)?;
        if self.packets.outgoing().len() >= LARGEST_OUTGOING {
            self.flush().await?;
        }
        Ok(())
    }

    /// Adds a packet that ends an answer, and sends all that has gathered.
    ///
    /// # Errors
    ///
    /// As those of [`put`](Self::put).
    pub async fn send(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.packets.put(payload)?;
        self.flush().await
    }

    /// Sends all that has gathered.
    ///
    /// # Errors
    ///
    /// If the peer is gone.
    pub async fn flush(&mut self) -> Result<(), Error> {
        let transport = self.transport.as_mut().ok_or_else(Error::closed)?;
        transport.write_all_buf(self.packets.outgoing()).await?;
        // With TLS, the records are in its own buffer.
        transport.flush().await?;
        self.packets.sent();
        Ok(())
    }

    /// Goes over to TLS as a server. Nothing has been read ahead, so the client's hello is still to
    /// come. If it fails or is dropped, the connection is of no use.
    ///
    /// # Errors
    ///
    /// If the client does not manage, or the connection has TLS already.
    pub async fn accept_tls(&mut self, config: Arc<ServerConfig>) -> Result<(), Error> {
        let stream = self.take_plain()?;
        let accepted = TlsAcceptor::from(config).accept(stream).await;
        let stream = accepted.map_err(|cause| {
            Error::tls_caused_by("TLS with the client could not be established", cause)
        })?;
        self.transport = Some(MaybeTls::Server(Box::new(stream)));
        Ok(())
    }

    /// Goes over to TLS as a client, and verifies the server as `config` says. If it fails or is
    /// dropped, the connection is of no use.
    ///
    /// # Errors
    ///
    /// If the server cannot be verified, or the connection has TLS already.
    pub async fn connect_tls(
        &mut self,
        config: Arc<ClientConfig>,
        server_name: ServerName<'static>,
    ) -> Result<(), Error> {
        let stream = self.take_plain()?;
        let connected = TlsConnector::from(config)
            .connect(server_name, stream)
            .await;
        let stream = connected.map_err(|cause| {
            Error::tls_caused_by("TLS with the server could not be established", cause)
        })?;
        self.transport = Some(MaybeTls::Client(Box::new(stream)));
        Ok(())
    }

    /// The stream for a TLS handshake, between two packets.
    fn take_plain(&mut self) -> Result<S, Error> {
        if !self.packets.is_idle() {
            return Err(Error::protocol(
                "TLS cannot start in the middle of a packet",
            ));
        }
        match self.transport.take() {
            Some(MaybeTls::Plain(stream)) => Ok(stream),
            Some(encrypted) => {
                self.transport = Some(encrypted);
                Err(Error::protocol("the connection has TLS already"))
            }
            None => Err(Error::closed()),
        }
    }

    /// What TLS came to; `None` without TLS.
    pub fn tls(&self) -> Option<TlsSession> {
        match self.transport.as_ref()? {
            MaybeTls::Plain(_) => None,
            MaybeTls::Client(stream) => Some(tls::session(stream.get_ref().1)),
            MaybeTls::Server(stream) => Some(tls::session(stream.get_ref().1)),
        }
    }

    /// The stream before TLS.
    pub fn plain_mut(&mut self) -> Option<&mut S> {
        match self.transport.as_mut()? {
            MaybeTls::Plain(stream) => Some(stream),
            MaybeTls::Client(_) | MaybeTls::Server(_) => None,
        }
    }

    /// Sends an error as the last word. The peer gets a second to read it and leave: a socket that is
    /// closed with unread bytes in it takes back what was sent.
    pub async fn refuse(&mut self, error: &ServerError) {
        if self.packets.put(&error.encode()).is_ok() {
            self.farewell().await;
        }
    }

    /// The same with a packet of this number, which a client waits for that [`relay`](crate::relay())
    /// has answered until now.
    pub async fn refuse_answer(&mut self, number: u8, error: &ServerError) {
        self.packets.put_numbered(number, &error.encode());
        self.farewell().await;
    }

    async fn farewell(&mut self) {
        let farewell = async {
            self.flush().await?;
            let transport = self.transport.as_mut().ok_or_else(Error::closed)?;
            transport.shutdown().await?;
            self.drain().await
        };
        // Whether the peer heard it is its own affair.
        let _ = timeout(FAREWELL, farewell).await;
    }

    /// Reads and forgets, until the peer leaves.
    ///
    /// # Errors
    ///
    /// If the connection fails.
    pub async fn drain(&mut self) -> Result<(), Error> {
        let mut buffer = vec![0; 1024];
        let transport = self.transport.as_mut().ok_or_else(Error::closed)?;
        while transport.read(&mut buffer).await? > 0 {}
        Ok(())
    }

    /// The connection, to copy what passes through it; `None` if its TLS failed.
    pub(crate) fn transport(&mut self) -> Option<&mut MaybeTls<S>> {
        self.transport.as_mut()
    }

    /// What was read and not used, which comes first.
    pub(crate) fn take_incoming(&mut self) -> BytesMut {
        self.packets.incoming().split()
    }

    /// Gives back what was read and not used: it begins with a packet.
    pub(crate) fn put_back(&mut self, bytes: &[u8]) {
        self.packets.start_command();
        self.packets.incoming().extend_from_slice(bytes);
    }

    /// The connection without its packets, to copy what follows. Nothing that was read is lost.
    ///
    /// # Errors
    ///
    /// Gives the stream back if it holds a packet or a part of one: [`read`](Self::read) or
    /// [`flush`](Self::flush) it first. Only a `read` or `left` that was dropped, and a `put`, leave
    /// one. A stream whose TLS failed is given back too.
    pub fn into_stream(self) -> Result<MaybeTls<S>, Box<Self>> {
        match self {
            Self {
                transport: Some(transport),
                packets,
            } if packets.is_idle() => Ok(transport),
            _ => Err(Box::new(self)),
        }
    }
}
