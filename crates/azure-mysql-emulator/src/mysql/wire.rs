use std::{io, sync::Arc};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Duration, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{end::End, packet::Packets};
use crate::sql::SqlError;

/// What goes out is sent when there is this much of it, and at the end of each answer.
const LARGEST_OUTGOING: usize = 16 * 1024;

/// How long a client may take to read a last word and leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection as packets: in the clear at first, then over TLS.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    transport: Transport<S>,
    packets: Packets,
}

#[derive(Debug)]
enum Transport<S> {
    Clear(S),
    // Its two kinds of buffers and keys are large; the clear one is a socket's handle.
    Tls(Box<TlsStream<S>>),
    /// A TLS handshake took the connection and failed.
    Gone,
}

/// What a client's TLS came to, in OpenSSL's words, as MySQL shows it.
#[derive(Debug)]
pub(crate) struct Encryption {
    pub(crate) version: &'static str,
    pub(crate) cipher: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            transport: Transport::Clear(stream),
            packets: Packets::new(),
        }
    }

    pub(crate) fn packets(&mut self) -> &mut Packets {
        &mut self.packets
    }

    /// Goes over to TLS. Nothing has been read ahead, so the client's hello is still to come.
    pub(crate) async fn start_tls(&mut self, config: Arc<ServerConfig>) -> Result<(), End> {
        let Transport::Clear(stream) = std::mem::replace(&mut self.transport, Transport::Gone)
        else {
            return Err(End::Gone);
        };
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        self.transport = Transport::Tls(Box::new(stream));
        Ok(())
    }

    /// The stream before TLS.
    pub(crate) fn clear(&mut self) -> Option<&mut S> {
        match &mut self.transport {
            Transport::Clear(stream) => Some(stream),
            Transport::Tls(_) | Transport::Gone => None,
        }
    }

    pub(crate) fn encryption(&self) -> Option<Encryption> {
        let Transport::Tls(stream) = &self.transport else {
            return None;
        };
        let (_, connection) = stream.get_ref();
        Some(super::tls::encryption(connection))
    }

    /// Waits for the next packet.
    pub(crate) async fn read(&mut self) -> Result<Vec<u8>, End> {
        loop {
            if let Some(packet) = self.packets.next()? {
                return Ok(packet);
            }
            self.fill().await?;
        }
    }

    /// Waits until the client has left or breaks the protocol, and never ends otherwise. A command
    /// that it sends meanwhile is kept. What follows that stays in the network, and so does the end of
    /// the connection: a client that sends a command ahead and leaves is seen to have left only when
    /// that is read.
    ///
    /// It can be dropped at any time without loss.
    pub(crate) async fn left(&mut self) -> End {
        loop {
            if self.packets.missing() == 0 {
                std::future::pending::<()>().await;
            }
            if let Err(end) = self.fill().await {
                return end;
            }
        }
    }

    async fn fill(&mut self) -> Result<(), End> {
        let missing = self.packets.missing() as u64;
        let incoming = self.packets.incoming();
        let count = match &mut self.transport {
            Transport::Clear(stream) => stream.take(missing).read_buf(incoming).await?,
            Transport::Tls(stream) => stream.take(missing).read_buf(incoming).await?,
            Transport::Gone => 0,
        };
        if count == 0 {
            return Err(End::Gone);
        }
        Ok(())
    }

    /// Adds a packet to an answer, and sends what has gathered if that is much.
    pub(crate) async fn put(&mut self, payload: &[u8]) -> Result<(), End> {
        self.packets.put(payload)?;
        if self.packets.outgoing().len() >= LARGEST_OUTGOING {
            self.flush().await?;
        }
        Ok(())
    }

    /// Adds a packet that ends an answer, and sends all of it.
    pub(crate) async fn send(&mut self, payload: &[u8]) -> Result<(), End> {
        self.packets.put(payload)?;
        self.flush().await
    }

    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        let outgoing = self.packets.outgoing();
        match &mut self.transport {
            Transport::Clear(stream) => stream.write_all_buf(outgoing).await?,
            Transport::Tls(stream) => {
                stream.write_all_buf(outgoing).await?;
                // The records are in the TLS library's own buffer.
                stream.flush().await?;
            }
            Transport::Gone => return Err(End::Gone),
        }
        self.packets.sent();
        Ok(())
    }

    /// Sends an error as the last word. The client gets the time to read it: a socket that is closed
    /// with unread bytes in it takes back what was sent.
    pub(crate) async fn refuse(&mut self, error: &SqlError) {
        let farewell = async {
            self.send(&super::answer::error(error)).await?;
            match &mut self.transport {
                Transport::Clear(stream) => stream.shutdown().await?,
                Transport::Tls(stream) => stream.shutdown().await?,
                Transport::Gone => {}
            }
            self.drain().await
        };
        // Whether the client heard it is its own affair.
        let _ = timeout(FAREWELL, farewell).await;
    }

    /// Reads and forgets, until the client leaves.
    pub(crate) async fn drain(&mut self) -> Result<(), End> {
        let mut buffer = vec![0; 1024];
        loop {
            let count = match &mut self.transport {
                Transport::Clear(stream) => stream.read(&mut buffer).await?,
                Transport::Tls(stream) => stream.read(&mut buffer).await?,
                Transport::Gone => 0,
            };
            if count == 0 {
                return Ok(());
            }
        }
    }
}

impl From<io::Error> for End {
    /// The client left, or its TLS failed; which of them makes no difference to a server.
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}
