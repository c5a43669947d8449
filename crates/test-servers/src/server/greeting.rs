//! The first packet that a server sends.

use std::{
    io::{self, Read},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// Connects to a server on loopback and reads its first packet.
pub(super) fn wait_for(port: u16, timeout: Duration) -> io::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    read(&mut stream)
}

/// Reads three bytes of length, a sequence number, and the payload. That is a
/// greeting, which begins with the protocol's version, or an error: a server
/// without accounts greets nobody.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>
fn read(stream: &mut impl Read) -> io::Result<()> {
    const PROTOCOL_VERSION: u8 = 10;
    const ERROR: u8 = 0xff;

    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let length = u32::from_le_bytes([header[0], header[1], header[2], 0]);
    let mut payload = Vec::new();
    stream.take(length.into()).read_to_end(&mut payload)?;
    match payload.first() {
        Some(&(PROTOCOL_VERSION | ERROR)) => Ok(()),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the first packet is no MySQL greeting",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![u8::try_from(payload.len()).unwrap(), 0, 0, 0];
        packet.extend_from_slice(payload);
        packet
    }

    #[test]
    fn a_greeting_is_an_answer() {
        let packet = packet(b"\x0a9.7.4-2\0\x01\0\0\0");
        assert!(read(&mut packet.as_slice()).is_ok());
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let packet = packet(b"\xff\x6a\x04Host '127.0.0.1' is not allowed to connect");
        assert!(read(&mut packet.as_slice()).is_ok());
    }

    #[test]
    fn another_protocol_is_no_answer() {
        let error = read(&mut b"HTTP/1.1 400 Bad Request\r\n".as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_empty_packet_is_no_answer() {
        let error = read(&mut packet(b"").as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_connection_closed_before_the_greeting_is_an_error() {
        let error = read(&mut b"\x08\0".as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
