//! The client's side.

use std::sync::Arc;

use rustls::{ClientConfig, pki_types::ServerName};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use zeroize::Zeroizing;

use crate::{
    AuthSwitch, CACHING_SHA2_PASSWORD, CLEAR_PASSWORD, CapabilityFlags, Error, Greeting,
    HandshakeResponse, NATIVE_PASSWORD, NONCE_LENGTH, Nonce, PacketStream, ServerError, SslRequest,
    auth::{self, scramble, with_nul},
    is_ok, rsa,
    server_error::shown,
};

/// Who logs in, and what for.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The database to begin with, if any.
    pub database: Option<String>,
    /// How to prove it.
    pub credential: Credential,
    /// What the client can do after the login. What the login itself needs is added, and what the
    /// server cannot do is left out. Compression is not supported and left out too.
    pub capabilities: CapabilityFlags,
    /// The collation that the session is to begin with.
    pub collation: u8,
    /// The connection's attributes, encoded as in [`HandshakeResponse::attributes`].
    pub attributes: Option<Vec<u8>>,
    /// The longest packet that the client takes, in bytes.
    pub max_packet_size: u32,
    /// Whether the connection is a Unix socket. MySQL takes one for as safe as TLS, so
    /// `caching_sha2_password` sends the password itself over it, and encrypts it with the server's
    /// public key over any other connection without TLS. Does not matter with TLS.
    pub unix_socket: bool,
}

/// How to prove who one is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A secret that is sent as it is, with `mysql_clear_password`: an access token.
    ///
    /// It is sent with the first packet after TLS, and once more if the server asks for it then. It is
    /// never sent without TLS, nor with another plugin.
    ClearPassword(SecretString),
    /// A password, for `mysql_native_password` or `caching_sha2_password`, whichever the server asks
    /// for. It may be empty.
    ///
    /// The server may have it in clear text over TLS. Without TLS it may be had by whoever sits between
    /// client and server and plays the server, as with every client of MySQL: go without TLS only on
    /// the same machine.
    Password(SecretString),
}

/// What a login came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Session {
    /// The server's greeting.
    pub greeting: Greeting,
    /// What client and server can do both.
    pub capabilities: CapabilityFlags,
    /// The OK packet with which the server let the client in, as it came: its status, and what it says
    /// of the session.
    pub ok: Vec<u8>,
}

/// utf8mb4 with the collation that all servers know, `utf8mb4_general_ci`.
const UTF8MB4: u8 = 45;

/// 16 MiB, as MySQL's own command-line client says it.
const MAX_PACKET_SIZE: u32 = 1 << 24;

/// What each login needs. All servers since MySQL 5.6 and MariaDB 10.0 have it.
const NEEDED: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA);

/// What this crate has no part in.
const UNSUPPORTED: CapabilityFlags =
    CapabilityFlags::CLIENT_COMPRESS.union(CapabilityFlags::CLIENT_ZSTD_COMPRESSION_ALGORITHM);

impl Login {
    /// A login without a database, in utf8mb4, with transactions and nothing else that it would not
    /// need.
    pub fn new(user: impl Into<String>, credential: Credential) -> Self {
        Self {
            user: user.into(),
            database: None,
            credential,
            capabilities: CapabilityFlags::CLIENT_LONG_PASSWORD
                | CapabilityFlags::CLIENT_TRANSACTIONS,
            collation: UTF8MB4,
            attributes: None,
            max_packet_size: MAX_PACKET_SIZE,
            unix_socket: false,
        }
    }

    /// What is in force with a server that can do this.
    fn capabilities(&self, server: CapabilityFlags, tls: bool) -> Result<CapabilityFlags, Error> {
        if !server.contains(NEEDED) {
            return Err(Error::protocol(
                "the server is too old: MySQL 5.6 or MariaDB 10.0 is needed",
            ));
        }
        let mut wanted = self.capabilities | NEEDED;
        wanted -= UNSUPPORTED;
        wanted.set(CapabilityFlags::CLIENT_SSL, tls);
        let database = self.database.is_some();
        wanted.set(CapabilityFlags::CLIENT_CONNECT_WITH_DB, database);
        let attributes = self.attributes.is_some();
        wanted.set(CapabilityFlags::CLIENT_CONNECT_ATTRS, attributes);
        Ok(wanted & server)
    }
}

/// Makes a session of a stream to a server: reads its greeting, goes over to TLS and logs in.
///
/// Set `TCP_NODELAY` on the stream, or each packet may wait for the one before it. There is no limit
/// of time: put one around it.
///
/// # Errors
///
/// As those of [`receive_greeting`] and [`log_in`].
pub async fn connect<S>(
    stream: S,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    login: &Login,
) -> Result<(PacketStream<S>, Session), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = PacketStream::new(stream);
    let greeting = receive_greeting(&mut stream).await?;
    let session = log_in(&mut stream, &greeting, tls, login).await?;
    Ok((stream, session))
}

/// Reads the server's greeting.
///
/// # Errors
///
/// The server's own if it refuses the connection at once, or if it is gone or no MySQL server.
pub async fn receive_greeting<S>(stream: &mut PacketStream<S>) -> Result<Greeting, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    Greeting::parse(&stream.read().await?)
}

/// Goes over to TLS, if there is a configuration for it, and logs in.
///
/// Afterwards commands may be sent, each after [`PacketStream::start_command`].
///
/// # Errors
///
/// The server's own if it refuses the login. Otherwise if TLS is asked for and the server offers none
/// or cannot be verified, if the server asks for what the credential cannot or must not answer, or if
/// the connection ends. No part of a [`Credential::ClearPassword`] has been sent unless TLS has been
/// established.
pub async fn log_in<S>(
    stream: &mut PacketStream<S>,
    greeting: &Greeting,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    login: &Login,
) -> Result<Session, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let wants_tls = tls.is_some();
    if wants_tls && !greeting.capabilities.contains(CapabilityFlags::CLIENT_SSL) {
        return Err(Error::tls(
            "the server offers no TLS, so no password was sent",
        ));
    }
    if !wants_tls && matches!(login.credential, Credential::ClearPassword(_)) {
        return Err(Error::tls(
            "a clear-text password needs TLS, so no password was sent",
        ));
    }
    let capabilities = login.capabilities(greeting.capabilities, wants_tls)?;
    let plugin = login.credential.first_plugin(greeting);
    let response = HandshakeResponse {
        capabilities,
        max_packet_size: login.max_packet_size,
        collation: login.collation,
        user: login.user.clone().into_bytes(),
        auth_response: login
            .credential
            .answer(plugin, &greeting.nonce, wants_tls)?,
        database: login.database.clone().map(String::into_bytes),
        auth_plugin: Some(plugin.to_vec()),
        attributes: login.attributes.clone(),
    };
    let response = response.encode()?;
    if let Some((config, server_name)) = tls {
        let request = SslRequest {
            capabilities,
            max_packet_size: login.max_packet_size,
            collation: login.collation,
        };
        stream.send(&request.encode()).await?;
        stream.connect_tls(config, server_name).await?;
    }
    stream.send(&response).await?;
    let ok = authenticate(stream, login, plugin, greeting.nonce).await?;
    Ok(Session {
        greeting: greeting.clone(),
        capabilities,
        ok,
    })
}

/// What a packet of the server's begins with that belongs to a plugin.
const MORE_DATA: u8 = 0x01;

/// The server's cache holds the password, and it is right; an OK packet follows.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html>
const FAST_AUTHENTICATION: &[u8] = &[MORE_DATA, 3];
/// It does not, and the client has to send the password itself.
pub(crate) const FULL_AUTHENTICATION: &[u8] = &[MORE_DATA, 4];
/// How a client asks for the server's public key.
const PUBLIC_KEY_REQUEST: &[u8] = &[2];

/// As many packets as a server may send before it decides. Accounts of MariaDB with several plugins
/// are switched from one to the next.
const MOST_PACKETS: usize = 16;

/// Answers the server until it decides. Gives its OK packet.
async fn authenticate<S>(
    stream: &mut PacketStream<S>,
    login: &Login,
    first_plugin: &[u8],
    first_nonce: Nonce,
) -> Result<Vec<u8>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let tls = stream.tls().is_some();
    let (mut plugin, mut nonce) = (first_plugin.to_vec(), first_nonce);
    for _ in 0..MOST_PACKETS {
        let packet = stream.read().await?;
        if is_ok(&packet) {
            return Ok(packet);
        }
        if let Some(error) = ServerError::parse(&packet) {
            return Err(error.into());
        }
        if packet.first() == Some(&auth::SWITCH) {
            let switch = AuthSwitch::parse(&packet)?;
            // Without data the nonce is still that of the greeting.
            if let Some(next) = switch.data.first_chunk::<NONCE_LENGTH>() {
                nonce = *next;
            }
            let answer = login.credential.answer(&switch.plugin, &nonce, tls)?;
            stream.send(&answer).await?;
            plugin = switch.plugin;
        } else if packet == FULL_AUTHENTICATION && plugin == CACHING_SHA2_PASSWORD {
            send_password(stream, login, &nonce).await?;
        } else if packet != FAST_AUTHENTICATION || plugin != CACHING_SHA2_PASSWORD {
            break;
        }
    }
    Err(Error::protocol(
        "the server does not keep to the protocol of a login",
    ))
}

/// Sends the password itself, encrypted in one way or another.
async fn send_password<S>(
    stream: &mut PacketStream<S>,
    login: &Login,
    nonce: &Nonce,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let password = login.credential.secret();
    if stream.tls().is_some() || login.unix_socket {
        return stream.send(&with_nul(password)).await;
    }
    stream.send(PUBLIC_KEY_REQUEST).await?;
    let packet = stream.read().await?;
    if let Some(error) = ServerError::parse(&packet) {
        return Err(error.into());
    }
    let key = packet
        .strip_prefix(&[MORE_DATA])
        .ok_or_else(|| Error::protocol("the server sent no public key: log in over TLS"))?;
    stream.send(&rsa::encrypt(password, nonce, key)?).await
}

impl Credential {
    fn secret(&self) -> &[u8] {
        match self {
            Self::ClearPassword(secret) | Self::Password(secret) => {
                secret.expose_secret().as_bytes()
            }
        }
    }

    /// The plugin to begin with: the one that the server greets with, if a password fits it.
    fn first_plugin(&self, greeting: &Greeting) -> &'static [u8] {
        match self {
            Self::ClearPassword(_) => CLEAR_PASSWORD,
            Self::Password(_) if greeting.auth_plugin == NATIVE_PASSWORD => NATIVE_PASSWORD,
            Self::Password(_) => CACHING_SHA2_PASSWORD,
        }
    }

    /// What to send when the server wants this plugin.
    fn answer(&self, plugin: &[u8], nonce: &Nonce, tls: bool) -> Result<Zeroizing<Vec<u8>>, Error> {
        let name = shown(plugin);
        let may = match self {
            Self::ClearPassword(_) => plugin == CLEAR_PASSWORD,
            Self::Password(_) => true,
        };
        if !may {
            return Err(Error::authentication(format!(
                "the server asks for `{name}`, but an access token can only be sent with \
                 `mysql_clear_password`: check which plugin the account has"
            )));
        }
        if plugin == CLEAR_PASSWORD && !tls {
            return Err(Error::tls(
                "the server asks for the password in clear text, which needs TLS; it was not sent",
            ));
        }
        scramble(plugin, self.secret(), nonce).ok_or_else(|| {
            Error::authentication(format!(
                "the server asks for `{name}`, a plugin that is not supported"
            ))
        })
    }
}
