//! What the tests of the MySQL server share: a driver, set up as Azure asks for, and a client that
//! can break every rule.

#![allow(
    dead_code,
    reason = "each test file is a program of its own and uses what it needs"
)]

use std::{sync::Arc, time::Duration};

use azure_mysql_emulator::{Emulator, Principal};
use mysql_async::{Conn, Opts, OptsBuilder, SslOpts};
use mysql_common::{
    constants::CapabilityFlags,
    io::ParseBuf,
    packets::{ErrPacket, HandshakePacket, HandshakeResponse, SslRequest},
    proto::MySerialize as _,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

pub(crate) const USER: &str = "app";

/// An emulator with one application, whose MySQL user is [`USER`].
pub(crate) async fn emulator() -> (Emulator, Principal) {
    let principal = Principal::service_principal(USER, "a secret");
    let builder = Emulator::builder().principal(principal.clone());
    (builder.start().await.unwrap(), principal)
}

/// What `mysql_async` needs for Azure. A TLS configuration of its own is made for each.
pub(crate) fn options(emulator: &Emulator, user: &str, password: &str) -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname(emulator.address().host.as_str())
        .tcp_port(emulator.address().port)
        .user(Some(user))
        .pass(Some(password))
        .db_name(Some(emulator.address().database.as_str()))
        .enable_cleartext_plugin(true)
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 26))
        .wait_timeout(Some(28_800))
        .ssl_opts(
            SslOpts::default().with_root_certs(vec![emulator.ca_pem_path().to_owned().into()]),
        )
}

pub(crate) async fn log_in(
    emulator: &Emulator,
    user: &str,
    password: &str,
) -> Result<Conn, mysql_async::Error> {
    Conn::new(Opts::from(options(emulator, user, password))).await
}

/// A connection of [`USER`] with a good token.
pub(crate) async fn connection(emulator: &Emulator, principal: &Principal) -> Conn {
    log_in(emulator, USER, &emulator.token_for(principal))
        .await
        .unwrap()
}

/// Number, SQL state and text of what the server said.
pub(crate) fn server_error(error: mysql_async::Error) -> (u16, String, String) {
    match error {
        mysql_async::Error::Server(error) => (error.code, error.state, error.message),
        other => panic!("not a server's error: {other:?}"),
    }
}

/// Waits until something is so, which it will be soon.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("not so after 10 s: {what}"));
}

pub(crate) fn tls_config(emulator: &Emulator, provider: CryptoProvider) -> ClientConfig {
    let pem = emulator.certificate_authority().certificate_pem();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A client that sends packets as it is told to, one after the other.
pub(crate) struct RawClient {
    stream: Box<dyn Stream>,
    sequence: u8,
}

impl RawClient {
    pub(crate) async fn connect(emulator: &Emulator) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", emulator.address().port))
            .await
            .unwrap();
        Self {
            stream: Box::new(stream),
            sequence: 0,
        }
    }

    /// Up to TLS, with the greeting read.
    pub(crate) async fn connect_with_tls(emulator: &Emulator) -> Self {
        let mut client = Self::connect(emulator).await;
        client.read().await.unwrap();
        client.ask_for_tls().await;
        let config = tls_config(emulator, aws_lc_rs::default_provider());
        client.start_tls(config).await.unwrap();
        client
    }

    /// Logged in, with these capabilities and those without which nothing goes.
    pub(crate) async fn logged_in(
        emulator: &Emulator,
        principal: &Principal,
        capabilities: CapabilityFlags,
    ) -> Self {
        let mut client = Self::connect_with_tls(emulator).await;
        client.send(&hello(principal.name(), capabilities)).await;
        let switch = client.read().await.unwrap();
        assert!(switch.starts_with(b"\xfemysql_clear_password\0"));
        let token = emulator.token_for(principal);
        client.send(&[token.as_bytes(), b"\0"].concat()).await;
        assert_eq!(client.read().await.unwrap()[0], 0);
        client
    }

    pub(crate) async fn ask_for_tls(&mut self) {
        let mut packet = Vec::new();
        SslRequest::new(BASE | CapabilityFlags::CLIENT_SSL, 1 << 24, 45).serialize(&mut packet);
        self.send(&packet).await;
    }

    pub(crate) async fn start_tls(&mut self, config: ClientConfig) -> std::io::Result<()> {
        let stream = std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        self.stream = Box::new(connector.connect(name, stream).await?);
        Ok(())
    }

    pub(crate) async fn send(&mut self, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
        let header = [length[0], length[1], length[2], self.sequence];
        self.sequence = self.sequence.wrapping_add(1);
        self.send_raw(&[&header, payload].concat()).await;
    }

    /// A server that has left is no reason to fail.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// The next packet, or `None` at the end.
    pub(crate) async fn read(&mut self) -> Option<Vec<u8>> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header).await.ok()?;
        let length = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        self.sequence = header[3].wrapping_add(1);
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some(payload)
    }

    /// Sends a command and reads the first packet of the answer.
    pub(crate) async fn command(&mut self, command: u8, rest: &[u8]) -> Option<Vec<u8>> {
        self.sequence = 0;
        self.send(&[&[command], rest].concat()).await;
        self.read().await
    }

    /// Sends a command to which there is no answer.
    pub(crate) async fn tell(&mut self, command: u8, rest: &[u8]) {
        self.sequence = 0;
        self.send(&[&[command], rest].concat()).await;
    }

    /// Everything that still comes, until the server closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = self.stream.read_to_end(&mut rest).await;
        rest
    }
}

const BASE: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH);

/// What a client says of itself after the greeting.
pub(crate) fn hello(user: &str, capabilities: CapabilityFlags) -> Vec<u8> {
    let mut packet = Vec::new();
    HandshakeResponse::new(
        Some(&[1; 20][..]),
        (8, 0, 42),
        Some(user.as_bytes()),
        None::<&[u8]>,
        Some(mysql_common::packets::AuthPlugin::CachingSha2Password),
        BASE | capabilities,
        None,
        1 << 24,
    )
    .serialize(&mut packet);
    packet
}

/// A hello of a client that begins with `mysql_clear_password`, and so sends its token unasked.
pub(crate) fn hello_with_token(user: &str, token: &str) -> Vec<u8> {
    let mut packet = Vec::new();
    HandshakeResponse::new(
        Some([token.as_bytes(), b"\0"].concat()),
        (8, 0, 42),
        Some(user.as_bytes()),
        None::<&[u8]>,
        Some(mysql_common::packets::AuthPlugin::MysqlClearPassword),
        BASE | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
        None,
        1 << 24,
    )
    .serialize(&mut packet);
    packet
}

pub(crate) fn greeting(packet: &[u8]) -> HandshakePacket<'static> {
    ParseBuf(packet)
        .parse::<HandshakePacket<'_>>(())
        .unwrap()
        .into_owned()
}

/// The number and text of an error packet.
pub(crate) fn error_of(packet: &[u8]) -> (u16, String) {
    let error: ErrPacket<'_> = ParseBuf(packet)
        .parse(CapabilityFlags::CLIENT_PROTOCOL_41)
        .unwrap_or_else(|_| panic!("not an error: {packet:?}"));
    let error = error.server_error();
    (error.error_code(), error.message_str().into_owned())
}
