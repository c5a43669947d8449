//! The server's side.

use std::sync::Arc;

use aws_lc_rs::rand;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use zeroize::Zeroizing;

use crate::{
    AuthSwitch, Error, FirstPacket, Greeting, HandshakeResponse, NONCE_LENGTH, Nonce, PacketStream,
    client::FULL_AUTHENTICATION,
};

/// Random bytes that no connection has had before. None is a NUL, which would end them for some
/// clients.
///
/// # Panics
///
/// If the system has no random numbers.
pub fn nonce() -> Nonce {
    let mut random = [0; NONCE_LENGTH];
    rand::fill(&mut random).expect("the system has random numbers");
    random.map(|byte| byte % 0x7f + 1)
}

/// Greets a client.
///
/// # Errors
///
/// If the client is gone.
pub async fn greet<S>(stream: &mut PacketStream<S>, greeting: &Greeting) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.send(&greeting.encode()).await
}

/// Reads who the client is, and goes over to TLS first if it asks for that.
///
/// Whether it did is what [`PacketStream::tls`] says. The capabilities are the client's own: only
/// those that the server greeted with are in force.
///
/// # Errors
///
/// If the client is gone, sends no answer to a greeting, asks for TLS where there is no
/// configuration for it, or does not manage TLS.
pub async fn receive_response<S>(
    stream: &mut PacketStream<S>,
    tls: Option<Arc<ServerConfig>>,
) -> Result<HandshakeResponse, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let packet = Zeroizing::new(stream.read().await?);
    match FirstPacket::parse(&packet)? {
        FirstPacket::Response(response) => Ok(response),
        FirstPacket::SslRequest(_) => {
            let config = tls.ok_or_else(|| {
                Error::protocol("the client asks for TLS, which was not offered to it")
            })?;
            stream.accept_tls(config).await?;
            let packet = Zeroizing::new(stream.read().await?);
            HandshakeResponse::parse(&packet)
        }
    }
}

/// Asks the client to go on with another plugin, and reads its answer.
///
/// # Errors
///
/// If the client is gone.
pub async fn switch<S>(
    stream: &mut PacketStream<S>,
    switch: &AuthSwitch,
) -> Result<Zeroizing<Vec<u8>>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.send(&switch.encode()).await?;
    stream.read().await.map(Zeroizing::new)
}

/// Asks a client of `caching_sha2_password` for the password itself, as a server does whose cache does
/// not hold it, and reads it.
///
/// # Errors
///
/// If the connection has no TLS, over which alone a client sends it; if the client is gone, or sends
/// no password.
pub async fn request_password<S>(stream: &mut PacketStream<S>) -> Result<Zeroizing<Vec<u8>>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if stream.tls().is_none() {
        return Err(Error::tls("a password is asked for only over TLS"));
    }
    stream.send(FULL_AUTHENTICATION).await?;
    let mut password = Zeroizing::new(stream.read().await?);
    match password.pop() {
        Some(0) => Ok(password),
        _ => Err(Error::protocol("the client sent no password")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nonce_holds_no_nul_and_does_not_repeat() {
        let nonce = super::nonce();
        assert!(!nonce.contains(&0));
        assert_ne!(nonce, super::nonce());
    }
}
