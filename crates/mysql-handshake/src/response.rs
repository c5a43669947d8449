use std::fmt;

use mysql_common::io::{BufMutExt as _, ParseBuf};
use zeroize::Zeroizing;

use crate::{CapabilityFlags, Error, auth::eat_text};

/// A client's first packet.
#[derive(Debug, PartialEq, Eq)]
pub enum FirstPacket {
    /// It wants TLS before it says more.
    SslRequest(SslRequest),
    /// It says who it is.
    Response(HandshakeResponse),
}

/// A client's request to go over to TLS: the beginning of its [`HandshakeResponse`], and no more.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SslRequest {
    /// What the client can do.
    pub capabilities: CapabilityFlags,
    /// The longest packet that the client takes, in bytes.
    pub max_packet_size: u32,
    /// The collation that the session is to begin with.
    pub collation: u8,
}

/// Who a client says it is, and what it wants.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html>
#[derive(Clone, PartialEq, Eq)]
pub struct HandshakeResponse {
    /// What the client can do. Only what the server greeted with as well is in force.
    pub capabilities: CapabilityFlags,
    /// The longest packet that the client takes, in bytes.
    pub max_packet_size: u32,
    /// The collation that the session is to begin with.
    pub collation: u8,
    /// The user's name.
    pub user: Vec<u8>,
    /// What `auth_plugin` makes of the password, or the password itself.
    pub auth_response: Zeroizing<Vec<u8>>,
    /// The database; clients name an empty one for none, and that is `None` here too.
    pub database: Option<Vec<u8>>,
    /// The plugin that `auth_response` is for. Without one it is `mysql_native_password`.
    pub auth_plugin: Option<Vec<u8>>,
    /// The connection's attributes as the client encoded them, to be passed on untouched.
    pub attributes: Option<Vec<u8>>,
}

/// Flags, length, collation and 23 bytes of nothing.
const FIXED: usize = 32;

impl FirstPacket {
    /// Reads a client's first packet.
    ///
    /// # Errors
    ///
    /// If it is no answer to a greeting, or that of a client older than MySQL 4.1.
    pub fn parse(payload: &[u8]) -> Result<Self, Error> {
        if payload.len() == FIXED {
            let request = eat_fixed(&mut ParseBuf(payload)).filter(|request| {
                request
                    .capabilities
                    .contains(CapabilityFlags::CLIENT_SSL | CapabilityFlags::CLIENT_PROTOCOL_41)
            });
            if let Some(request) = request {
                return Ok(Self::SslRequest(request));
            }
        }
        HandshakeResponse::parse(payload).map(Self::Response)
    }
}

impl SslRequest {
    /// The payload of the packet.
    pub fn encode(&self) -> Vec<u8> {
        let mut packet = Vec::new();
        packet.extend(self.capabilities.bits().to_le_bytes());
        packet.extend(self.max_packet_size.to_le_bytes());
        packet.push(self.collation);
        packet.resize(FIXED, 0);
        packet
    }
}

impl HandshakeResponse {
    /// The payload of the packet. `database`, `auth_plugin` and `attributes` are in it if the flag of
    /// each is among `capabilities`.
    ///
    /// # Errors
    ///
    /// If a text holds a NUL, which would end it and move the rest of it into the next field, or if
    /// `auth_response` is too long for the client's capabilities.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let has = |flag| self.capabilities.contains(flag);
        let fixed = SslRequest {
            capabilities: self.capabilities,
            max_packet_size: self.max_packet_size,
            collation: self.collation,
        };
        // A buffer that grew would leave copies of the password behind.
        let attributes = self.attributes.as_deref().unwrap_or_default();
        let database = self.database.as_deref().unwrap_or_default();
        let plugin = self.auth_plugin.as_deref().unwrap_or_default();
        let length = self.user.len() + self.auth_response.len() + database.len() + plugin.len();
        let capacity = FIXED + length + attributes.len() + 32;
        let mut packet = Zeroizing::new(Vec::with_capacity(capacity));
        packet.extend(fixed.encode());
        put_text(&mut packet, &self.user, "user name")?;
        if has(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) {
            packet.put_lenenc_str(&self.auth_response);
        } else if has(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
            let length = u8::try_from(self.auth_response.len()).map_err(|_| {
                Error::protocol("the server takes no password that is longer than 255 bytes")
            })?;
            packet.push(length);
            packet.extend_from_slice(&self.auth_response);
        } else {
            put_text(&mut packet, &self.auth_response, "scrambled password")?;
        }
        if has(CapabilityFlags::CLIENT_CONNECT_WITH_DB) {
            put_text(&mut packet, database, "database's name")?;
        }
        if has(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
            put_text(&mut packet, plugin, "plugin's name")?;
        }
        if has(CapabilityFlags::CLIENT_CONNECT_ATTRS) {
            packet.put_lenenc_str(attributes);
        }
        Ok(packet)
    }

    /// Reads what a client says of itself.
    ///
    /// `mysql_common` has a reader for it, which makes a map of the attributes that loses their order
    /// and repetitions, and does not take a packet that ends early, as those of some clients do.
    ///
    /// # Errors
    ///
    /// If it is no answer to a greeting, or that of a client older than MySQL 4.1.
    pub fn parse(payload: &[u8]) -> Result<Self, Error> {
        parse(payload).ok_or_else(|| Error::protocol("the client sent no answer to the greeting"))
    }
}

fn parse(payload: &[u8]) -> Option<HandshakeResponse> {
    let mut rest = ParseBuf(payload);
    let fixed = eat_fixed(&mut rest)?;
    let has = |flag| fixed.capabilities.contains(flag);
    if !has(CapabilityFlags::CLIENT_PROTOCOL_41) {
        return None;
    }
    let user = eat_text(&mut rest)?.to_vec();
    let auth_response = if has(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) {
        rest.checked_eat_lenenc_str()?
    } else if has(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
        rest.checked_eat_u8_str()?
    } else {
        eat_text(&mut rest)?
    };
    let auth_response = Zeroizing::new(auth_response.to_vec());
    let database = eat_optional_text(&mut rest, has(CapabilityFlags::CLIENT_CONNECT_WITH_DB));
    let auth_plugin = eat_optional_text(&mut rest, has(CapabilityFlags::CLIENT_PLUGIN_AUTH));
    let attributes = if has(CapabilityFlags::CLIENT_CONNECT_ATTRS) && !rest.is_empty() {
        Some(rest.checked_eat_lenenc_str()?.to_vec())
    } else {
        None
    };
    Some(HandshakeResponse {
        capabilities: fixed.capabilities,
        max_packet_size: fixed.max_packet_size,
        collation: fixed.collation,
        user,
        auth_response,
        database,
        auth_plugin,
        attributes,
    })
}

fn eat_fixed(rest: &mut ParseBuf<'_>) -> Option<SslRequest> {
    let request = SslRequest {
        capabilities: CapabilityFlags::from_bits_retain(rest.checked_eat_u32_le()?),
        max_packet_size: rest.checked_eat_u32_le()?,
        collation: rest.checked_eat_u8()?,
    };
    rest.checked_skip(23).then_some(request)
}

/// A text that is there if its flag is set and the packet goes on.
fn eat_optional_text(rest: &mut ParseBuf<'_>, is_there: bool) -> Option<Vec<u8>> {
    if !is_there {
        return None;
    }
    let text = eat_text(rest).unwrap_or_else(|| rest.eat_all());
    (!text.is_empty()).then(|| text.to_vec())
}

fn put_text(packet: &mut Vec<u8>, text: &[u8], what: &str) -> Result<(), Error> {
    if text.contains(&0) {
        return Err(Error::protocol(format!(
            "the {what} must not contain a NUL byte"
        )));
    }
    packet.extend_from_slice(text);
    packet.push(0);
    Ok(())
}

impl fmt::Debug for HandshakeResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeResponse")
            .field("capabilities", &self.capabilities)
            .field("max_packet_size", &self.max_packet_size)
            .field("collation", &self.collation)
            .field("user", &self.user)
            .field("auth_response", &"[redacted]")
            .field("database", &self.database)
            .field("auth_plugin", &self.auth_plugin)
            .field("attributes", &self.attributes)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use mysql_common::{
        packets::{AuthPlugin, HandshakeResponse as DriversResponse},
        proto::MySerialize as _,
    };
    use proptest::{collection::vec, option, prelude::*};

    use super::*;
    use crate::{CLEAR_PASSWORD, ErrorKind};

    const ALL: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
        .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
        .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
        .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
        .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB)
        .union(CapabilityFlags::CLIENT_CONNECT_ATTRS);

    fn response() -> HandshakeResponse {
        HandshakeResponse {
            capabilities: ALL,
            max_packet_size: 1 << 24,
            collation: 45,
            user: b"app".to_vec(),
            auth_response: Zeroizing::new(b"eyJ.secret\0".to_vec()),
            database: Some(b"orders".to_vec()),
            auth_plugin: Some(CLEAR_PASSWORD.to_vec()),
            // A repeated name, which a map would lose.
            attributes: Some(b"\x01a\x01b\x01a\x01c".to_vec()),
        }
    }

    #[test]
    fn response_survives_the_wire() {
        let packet = response().encode().unwrap();
        assert_eq!(HandshakeResponse::parse(&packet).unwrap(), response());
        // What is not announced is not there.
        let bare = HandshakeResponse {
            capabilities: ALL
                - CapabilityFlags::CLIENT_CONNECT_WITH_DB
                - CapabilityFlags::CLIENT_CONNECT_ATTRS,
            ..response()
        };
        let read = HandshakeResponse::parse(&bare.encode().unwrap()).unwrap();
        assert_eq!((read.database, read.attributes), (None, None));
        assert_eq!(read.auth_plugin, bare.auth_plugin);
    }

    #[test]
    fn drivers_response_is_understood() {
        let mut packet = Vec::new();
        DriversResponse::new(
            Some(&b"token\0"[..]),
            (8, 0, 42),
            Some(&b"app"[..]),
            Some(&b""[..]),
            Some(AuthPlugin::MysqlClearPassword),
            CapabilityFlags::CLIENT_PROTOCOL_41
                | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
            None,
            0,
        )
        .serialize(&mut packet);
        let read = HandshakeResponse::parse(&packet).unwrap();
        assert_eq!(**read.auth_response, *b"token\0");
        assert_eq!((&*read.user, read.database), (&b"app"[..], None));
        assert_eq!(read.auth_plugin.as_deref(), Some(CLEAR_PASSWORD));
    }

    #[test]
    fn request_for_tls_is_told_from_a_response() {
        let request = SslRequest {
            capabilities: ALL | CapabilityFlags::CLIENT_SSL,
            max_packet_size: 7,
            collation: 45,
        };
        let first = FirstPacket::parse(&request.encode()).unwrap();
        assert_eq!(first, FirstPacket::SslRequest(request.clone()));
        let without = SslRequest {
            capabilities: ALL,
            ..request
        };
        let error = FirstPacket::parse(&without.encode()).unwrap_err();
        assert_eq!(error.reply().unwrap().number, 1043);
    }

    #[test]
    fn nul_in_a_name_is_refused() {
        for response in [
            HandshakeResponse {
                user: b"app\0\0orders".to_vec(),
                ..response()
            },
            HandshakeResponse {
                database: Some(b"a\0b".to_vec()),
                ..response()
            },
            HandshakeResponse {
                auth_plugin: Some(b"a\0b".to_vec()),
                ..response()
            },
        ] {
            assert_eq!(response.encode().unwrap_err().kind(), ErrorKind::Protocol);
        }
    }

    #[test]
    fn token_that_does_not_fit_the_clients_capabilities_is_refused() {
        let response = HandshakeResponse {
            capabilities: ALL - CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
            auth_response: Zeroizing::new(vec![b'a'; 256]),
            ..response()
        };
        assert_eq!(response.encode().unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let shown = format!("{:?}", FirstPacket::Response(response()));
        assert!(shown.contains("[redacted]"), "{shown}");
        // As text or as a list of bytes.
        let bytes = format!("{:?}", b"eyJ.secret");
        assert!(!shown.contains("eyJ") && !shown.contains(bytes.trim_matches(['[', ']'])));
    }

    proptest! {
        #[test]
        fn any_response_survives_the_wire(
            user in vec(1_u8.., 0..40),
            auth_response in vec(any::<u8>(), 0..400),
            database in option::of(vec(1_u8.., 1..40)),
            attributes in vec(any::<u8>(), 0..1000),
        ) {
            let response = HandshakeResponse {
                user,
                auth_response: Zeroizing::new(auth_response),
                database,
                attributes: Some(attributes),
                ..response()
            };
            let packet = response.encode().unwrap();
            prop_assert_eq!(HandshakeResponse::parse(&packet).unwrap(), response);
        }

        #[test]
        fn any_bytes_do_not_panic(packet in vec(any::<u8>(), 0..200)) {
            let _ = FirstPacket::parse(&packet);
            let _ = FirstPacket::parse(&[&ALL.bits().to_le_bytes()[..], &packet].concat());
        }

        #[test]
        fn any_truncation_is_read_or_refused(length in 0_usize..100) {
            let packet = response().encode().unwrap();
            let _ = FirstPacket::parse(&packet[..length.min(packet.len())]);
        }
    }
}
