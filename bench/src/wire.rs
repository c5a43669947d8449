//! A client that does nothing but log in over TLS: what is left of a login without any driver.

use std::{io, sync::Arc};

use anyhow::{Context, bail, ensure};
use azure_mysql::Settings;
use mysql_common::{
    constants::CapabilityFlags,
    io::ParseBuf,
    packets::{AuthPlugin, AuthSwitchRequest, HandshakePacket, HandshakeResponse, SslRequest},
    proto::MySerialize,
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

const CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SSL)
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(CapabilityFlags::CLIENT_LONG_PASSWORD)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS);
const LARGEST_PACKET: u32 = 1 << 24;
const UTF8MB4: u8 = 45;
const COM_QUIT: u8 = 1;

/// What a packet of the server's begins with while it authenticates a client.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>
const OK: u8 = 0x00;
const MORE_DATA: u8 = 0x01;
const SWITCH: u8 = 0xfe;

/// `caching_sha2_password` asks for the password itself, because it has none in its cache.
const FULL_AUTHENTICATION: &[u8] = &[MORE_DATA, 4];

/// How to prove who one is.
#[derive(Clone, Copy)]
pub(crate) enum Proof<'a> {
    /// By the way to authenticate that the server greets with.
    Password(&'a str),
    /// When the server asks for it, as drivers do.
    TokenOnDemand(&'a str),
    /// At once, with the first packet after TLS.
    TokenAtOnce(&'a str),
}

/// Its TLS sessions resume, as those of a driver do.
pub(crate) struct Client {
    tls: TlsConnector,
    host: ServerName<'static>,
    port: u16,
    user: String,
    database: String,
}

impl Client {
    pub(crate) fn new(settings: &Settings, port: u16) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for root in settings.trust().certificates() {
            roots.add(root.to_vec().into())?;
        }
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            host: settings.host().to_owned().try_into()?,
            port,
            user: settings.user().to_owned(),
            database: settings.database().context("no database")?.to_owned(),
        })
    }

    /// Logs in, and out again.
    pub(crate) async fn log_in(&self, proof: Proof<'_>) -> anyhow::Result<()> {
        let mut tcp = TcpStream::connect(("127.0.0.1", self.port)).await?;
        tcp.set_nodelay(true)?;
        let (mut sequence, greeting) = receive(&mut tcp).await?;
        let greeting: HandshakePacket = ParseBuf(&greeting).parse(())?;
        let request = SslRequest::new(CAPABILITIES, LARGEST_PACKET, UTF8MB4);
        send(&mut tcp, &mut sequence, &bytes(&request)).await?;
        let mut tls = self.tls.connect(self.host.clone(), tcp).await?;

        let greeted = greeting.auth_plugin().context("no way to authenticate")?;
        let (plugin, secret) = match proof {
            Proof::Password(password) => (greeted, password),
            // Whatever it is that a driver without this password would send.
            Proof::TokenOnDemand(token) => (greeted, token),
            Proof::TokenAtOnce(token) => (AuthPlugin::MysqlClearPassword, token),
        };
        let nonce = greeting.nonce();
        let data = plugin
            .gen_data(Some(secret), &nonce)
            .map(|data| bytes(&data));
        let response = HandshakeResponse::new(
            data,
            (8, 0, 0),
            Some(self.user.as_bytes()),
            Some(self.database.as_bytes()),
            Some(plugin),
            CAPABILITIES,
            None,
            LARGEST_PACKET,
        );
        send(&mut tls, &mut sequence, &bytes(&response)).await?;
        authenticate(&mut tls, &mut sequence, secret).await?;
        send(&mut tls, &mut 255, &[COM_QUIT]).await?;
        // A server that has hung up already is as good.
        let _ = tls.shutdown().await;
        Ok(())
    }
}

async fn authenticate(
    server: &mut (impl AsyncRead + AsyncWrite + Unpin),
    sequence: &mut u8,
    secret: &str,
) -> anyhow::Result<()> {
    loop {
        let (received, packet) = receive(server).await?;
        *sequence = received;
        match packet.first() {
            Some(&OK) => return Ok(()),
            Some(&MORE_DATA) if packet == FULL_AUTHENTICATION => {
                let secret = [secret.as_bytes(), &[0]].concat();
                send(server, sequence, &secret).await?;
            }
            Some(&MORE_DATA) => {}
            Some(&SWITCH) => {
                let switch: AuthSwitchRequest = ParseBuf(&packet).parse(())?;
                let plugin = switch.auth_plugin();
                let data = plugin.gen_data(Some(secret), switch.plugin_data());
                let data = data.context("no data for this way to authenticate")?;
                send(server, sequence, &bytes(&data)).await?;
            }
            _ => bail!("the server said no: {}", String::from_utf8_lossy(&packet)),
        }
    }
}

/// A packet and its number.
async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let header = from.read_u32_le().await?;
    let [a, b, c, sequence] = header.to_le_bytes();
    let mut packet = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
    from.read_exact(&mut packet).await?;
    Ok((sequence, packet))
}

/// Sends a packet with the number after `sequence`.
async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    sequence: &mut u8,
    packet: &[u8],
) -> anyhow::Result<()> {
    ensure!(packet.len() < LARGEST_PACKET as usize, "too large a packet");
    *sequence = sequence.wrapping_add(1);
    let [a, b, c, _] = u32::try_from(packet.len())?.to_le_bytes();
    let packet = [&[a, b, c, *sequence], packet].concat();
    to.write_all(&packet).await?;
    Ok(to.flush().await?)
}

fn bytes(packet: &impl MySerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.serialize(&mut bytes);
    bytes
}
