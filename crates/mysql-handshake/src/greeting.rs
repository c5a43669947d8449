use mysql_common::io::ParseBuf;

use crate::{
    CapabilityFlags, Error, NONCE_LENGTH, Nonce, ServerError, StatusFlags, auth::eat_text,
};

/// A server's first packet.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Such as `8.4.5-azure`. Drivers read the numbers in it, and take one with `MariaDB` for that.
    pub server_version: Vec<u8>,
    /// What `CONNECTION_ID()` says, as far as 32 bits hold it.
    pub connection_id: u32,
    /// What a password is scrambled with.
    pub nonce: Nonce,
    /// What the server can do.
    pub capabilities: CapabilityFlags,
    /// The server's default collation, such as 255 for `utf8mb4_0900_ai_ci`.
    pub collation: u8,
    /// The state of the session to come.
    pub status: StatusFlags,
    /// The plugin that the server would like to begin with; empty if it names none.
    pub auth_plugin: Vec<u8>,
}

const PROTOCOL_VERSION: u8 = 10;

/// How long the nonce is with the NUL after it, in bytes.
const NONCE_WITH_NUL: u8 = 21;

impl Greeting {
    /// The payload of the packet. A NUL in one of the texts would end it.
    pub fn encode(&self) -> Vec<u8> {
        let (first, rest) = self.nonce.split_at(8);
        let [low, high, higher, highest] = self.capabilities.bits().to_le_bytes();
        let mut packet = vec![PROTOCOL_VERSION];
        packet.extend(&self.server_version);
        packet.push(0);
        packet.extend(self.connection_id.to_le_bytes());
        packet.extend(first);
        packet.extend([0, low, high, self.collation]);
        packet.extend(self.status.bits().to_le_bytes());
        packet.extend([higher, highest]);
        packet.push(NONCE_WITH_NUL);
        packet.extend([0; 10]);
        packet.extend(rest);
        packet.push(0);
        if self
            .capabilities
            .contains(CapabilityFlags::CLIENT_PLUGIN_AUTH)
        {
            packet.extend(&self.auth_plugin);
            packet.push(0);
        }
        packet
    }

    /// Reads a server's first packet.
    ///
    /// `mysql_common` has a reader for it, which panics in debug builds at a length of 128 to 135 and
    /// drops flags that it does not know.
    ///
    /// # Errors
    ///
    /// The server's own if it refuses the connection in place of a greeting, as it does when it has
    /// too many or blocks the host. Otherwise if it is no greeting that a server since MySQL 5.5.7
    /// would send.
    pub fn parse(payload: &[u8]) -> Result<Self, Error> {
        if let Some(error) = ServerError::parse(payload) {
            return Err(error.into());
        }
        parse(payload).ok_or_else(|| {
            Error::protocol("the server sent no greeting of MySQL's protocol: check host and port")
        })
    }
}

fn parse(payload: &[u8]) -> Option<Greeting> {
    let mut rest = ParseBuf(payload);
    if rest.checked_eat_u8()? != PROTOCOL_VERSION {
        return None;
    }
    let server_version = eat_text(&mut rest)?.to_vec();
    let connection_id = rest.checked_eat_u32_le()?;
    let first = rest.checked_eat(8)?;
    rest.checked_skip(1).then_some(())?;
    let low = rest.checked_eat_u16_le()?;
    let collation = rest.checked_eat_u8()?;
    let status = rest.checked_eat_u16_le()?;
    let high = rest.checked_eat_u16_le()?;
    let length = usize::from(rest.checked_eat_u8()?);
    rest.checked_skip(10).then_some(())?;
    // At least 13 bytes, whatever the length says: the rest of the nonce and a NUL.
    let second = rest.checked_eat(length.saturating_sub(8).max(13))?;
    let capabilities = CapabilityFlags::from_bits_retain(u32::from(low) | (u32::from(high) << 16));
    let plugin = if capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
        // Some servers leave out the NUL.
        let name = rest.eat_all();
        name.split(|byte| *byte == 0).next().unwrap_or_default()
    } else {
        &[]
    };
    let nonce = [first, &second[..NONCE_LENGTH - 8]].concat();
    Some(Greeting {
        server_version,
        connection_id,
        nonce: nonce.try_into().ok()?,
        capabilities,
        collation,
        status: StatusFlags::from_bits_retain(status),
        auth_plugin: plugin.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use mysql_common::packets::HandshakePacket;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{CACHING_SHA2_PASSWORD, ErrorKind};

    fn greeting() -> Greeting {
        Greeting {
            server_version: b"8.4.5-azure".to_vec(),
            connection_id: 0x0102_0304,
            nonce: *b"abcdefghijklmnopqrst",
            capabilities: CapabilityFlags::CLIENT_PROTOCOL_41
                | CapabilityFlags::CLIENT_SECURE_CONNECTION
                | CapabilityFlags::CLIENT_PLUGIN_AUTH
                | CapabilityFlags::CLIENT_SSL,
            collation: 255,
            status: StatusFlags::SERVER_STATUS_AUTOCOMMIT,
            auth_plugin: CACHING_SHA2_PASSWORD.to_vec(),
        }
    }

    #[test]
    fn driver_reads_the_greeting() {
        let packet = greeting().encode();
        let read: HandshakePacket<'_> = ParseBuf(&packet).parse(()).unwrap();
        assert_eq!(read.connection_id(), 0x0102_0304);
        assert_eq!(read.nonce(), greeting().nonce);
        assert_eq!(read.capabilities(), greeting().capabilities);
        assert_eq!(read.status_flags(), greeting().status);
        assert_eq!(read.default_collation(), 255);
        assert_eq!(read.auth_plugin_name_ref(), Some(CACHING_SHA2_PASSWORD));
        assert_eq!(read.server_version_parsed(), Some((8, 4, 5)));
    }

    #[test]
    fn greeting_survives_the_wire() {
        assert_eq!(Greeting::parse(&greeting().encode()).unwrap(), greeting());
    }

    #[test]
    fn missing_nul_after_the_plugin_is_tolerated() {
        let mut packet = greeting().encode();
        packet.pop();
        assert_eq!(Greeting::parse(&packet).unwrap(), greeting());
    }

    #[test]
    fn refusal_in_place_of_a_greeting_is_the_servers_own() {
        let error = Greeting::parse(b"\xff\x69\x04Host 'a' is not allowed").unwrap_err();
        assert_eq!(error.server_error().unwrap().number, 1129);
    }

    proptest! {
        #[test]
        fn any_bytes_do_not_panic(packet in vec(any::<u8>(), 0..200)) {
            let _ = Greeting::parse(&packet);
            let _ = Greeting::parse(&[&[PROTOCOL_VERSION][..], &packet].concat());
        }

        #[test]
        fn any_change_of_a_byte_is_read_or_refused(at in 0_usize..80, byte: u8) {
            let mut packet = greeting().encode();
            let at = at % packet.len();
            packet[at] = byte;
            if let Err(error) = Greeting::parse(&packet) {
                prop_assert!([ErrorKind::Protocol, ErrorKind::Server].contains(&error.kind()));
            }
        }
    }
}
