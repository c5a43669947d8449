//! A server that asks for a password in clear, and remembers all that it hears.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection};

/// A client on the same machine answers in microseconds.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// More than any packet of a client before it is logged in.
const LONGEST_PACKET: usize = 1 << 16;

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html>
mod capability {
    pub(super) const SSL: u32 = 1 << 11;
    /// Long password, long flags, database, protocol 4.1, transactions, secure connection, plugins,
    /// attributes, and long data of plugins.
    pub(super) const OTHERS: u32 = 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 13 | 1 << 15 | 0x7 << 19;
}

/// What a client told the server.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) connected: bool,
    pub(super) asked_for_tls: bool,
    /// All bytes that came over the wire, and all that were inside TLS.
    bytes: [Vec<u8>; 2],
}

impl Heard {
    /// Whether the client said more than that it wants TLS.
    pub(super) fn went_on(&self) -> bool {
        let [wire, inside] = &self.bytes;
        !inside.is_empty() || !self.asked_for_tls && !wire.is_empty()
    }

    pub(super) fn contains(&self, secret: &[u8]) -> bool {
        self.bytes
            .iter()
            .any(|bytes| bytes.windows(secret.len()).any(|run| run == secret))
    }

    /// A [connection attribute](https://dev.mysql.com/doc/refman/8.4/en/performance-schema-connection-attribute-tables.html)
    /// of the client. Both its name and its value follow a byte with their length.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.bytes.iter().find_map(|bytes| {
            let start = bytes
                .windows(name.len())
                .position(|run| run == name.as_bytes())?;
            let (&length, value) = bytes.get(start + name.len()..)?.split_first()?;
            let value = value.get(..length.into())?;
            Some(String::from_utf8_lossy(value).into_owned())
        })
    }
}

pub(super) struct Server {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
}

impl Server {
    pub(super) fn new(tls: Option<Arc<ServerConfig>>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        // So that the wait for a client can end without one.
        listener.set_nonblocking(true)?;
        Ok(Self { listener, tls })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Serves one client, which `client` is on another thread.
    pub(super) fn serve<T: Send>(self, client: impl FnOnce() -> T + Send) -> (Heard, T) {
        let mut heard = Heard::default();
        let value = thread::scope(|scope| {
            let client = scope.spawn(client);
            let deadline = Instant::now() + PATIENCE;
            while !client.is_finished() && Instant::now() < deadline {
                if let Ok((stream, _)) = self.listener.accept() {
                    heard.connected = true;
                    // An error is a client that hangs up, or talks nonsense.
                    let _ = self.talk(&stream, &mut heard);
                    let _ = stream.shutdown(Shutdown::Both);
                    break;
                }
                thread::sleep(POLL_INTERVAL);
            }
            // A client that still waits for a connection is turned away.
            drop(self);
            client.join()
        });
        match value {
            Ok(value) => (heard, value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn talk(&self, stream: &TcpStream, heard: &mut Heard) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let [wire, inside] = &mut heard.bytes;
        let mut wire = Recorder(stream, wire);
        write_packet(&mut wire, 0, &greeting(self.tls.is_some()))?;
        let (number, response) = read_packet(&mut wire)?;
        let result = match &self.tls {
            Some(config) if asks_for_tls(&response) => {
                heard.asked_for_tls = true;
                let mut tls =
                    ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                let mut inside = Recorder(rustls::Stream::new(&mut tls, &mut wire), inside);
                read_packet(&mut inside)
                    .and_then(|(number, _)| ask_for_the_password(&mut inside, number))
            }
            _ => ask_for_the_password(&mut wire, number),
        };
        // Whatever else it wants to say.
        io::copy(&mut wire, &mut io::sink())?;
        result
    }
}

/// Reads what another one reads, and keeps it.
struct Recorder<'a, S>(S, &'a mut Vec<u8>);

impl<S: Read> Read for Recorder<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

impl<S: Write> Write for Recorder<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>
fn greeting(tls: bool) -> Vec<u8> {
    let capabilities = capability::OTHERS | if tls { capability::SSL } else { 0 };
    let [low, lower, high, higher] = capabilities.to_le_bytes();
    let mut greeting = b"\x0a8.4.0\0\x01\0\0\0saltsalt\0".to_vec();
    // utf8mb4, autocommit, and 21 bytes of salt.
    greeting.extend([low, lower, 45, 2, 0, high, higher, 21]);
    greeting.extend(b"\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0");
    greeting
}

/// Asks the client to log in with a clear password after all, and refuses it:
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html>
fn ask_for_the_password(stream: &mut (impl Read + Write), number: u8) -> io::Result<()> {
    let number = number.wrapping_add(1);
    write_packet(stream, number, b"\xfemysql_clear_password\0")?;
    let (number, _) = read_packet(stream)?;
    write_packet(
        stream,
        number.wrapping_add(1),
        b"\xff\x15\x04#28000Access denied",
    )
}

/// A request for TLS is the beginning of a response, without a user.
fn asks_for_tls(response: &[u8]) -> bool {
    const LENGTH: usize = 32;
    response.len() == LENGTH
}

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html>
fn read_packet(stream: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let [low, middle, high, number] = header;
    let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
    if length > LONGEST_PACKET {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut packet = vec![0; length];
    stream.read_exact(&mut packet)?;
    Ok((number, packet))
}

fn write_packet(stream: &mut impl Write, number: u8, packet: &[u8]) -> io::Result<()> {
    let length = u8::try_from(packet.len()).map_err(io::Error::other)?;
    stream.write_all(&[&[length, 0, 0, number], packet].concat())?;
    stream.flush()
}
