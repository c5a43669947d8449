//! The first packets of each side.

use mysql_common::{
    constants::{CapabilityFlags, StatusFlags},
    io::ParseBuf,
    packets::{AuthPlugin, AuthSwitchRequest, HandshakePacket, HandshakeResponse, SslRequest},
    proto::MySerialize as _,
};

use crate::sql::SqlError;

/// What Azure's servers say with another word at the end. Drivers read the numbers: from 5.7.3 on they
/// reset a connection with `COM_RESET_CONNECTION`, and the whole is no version of MariaDB to them.
pub(crate) const VERSION: &str = "8.4.7-azure-emulator";

/// The plugin whose token a login needs.
pub(crate) const CLEAR_PASSWORD: &[u8] = b"mysql_clear_password";

/// What the greeting names first; MySQL's own default. Which one Azure names is not documented, and
/// nothing hangs on it: each login is switched to `mysql_clear_password`.
const FIRST_PLUGIN: &[u8] = b"caching_sha2_password";

/// utf8mb4 with its default collation of MySQL 8, `utf8mb4_0900_ai_ci`.
const COLLATION: u8 = 255;

/// What the server can do. It neither compresses, nor reads a client's files, nor tracks the session,
/// nor takes attributes of a query.
pub(crate) const CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_LONG_PASSWORD
    .union(CapabilityFlags::CLIENT_FOUND_ROWS)
    .union(CapabilityFlags::CLIENT_LONG_FLAG)
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB)
    .union(CapabilityFlags::CLIENT_PROTOCOL_41)
    .union(CapabilityFlags::CLIENT_INTERACTIVE)
    .union(CapabilityFlags::CLIENT_SSL)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_RESERVED)
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_MULTI_STATEMENTS)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PS_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_CONNECT_ATTRS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(CapabilityFlags::CLIENT_DEPRECATE_EOF);

/// 20 bytes that no connection has had before. None is a NUL, which would end them for some clients.
pub(crate) type Nonce = [u8; 20];

/// What a nonce is made of: two random ids have enough of it.
pub(crate) fn nonce() -> Nonce {
    let random = [
        *uuid::Uuid::new_v4().as_bytes(),
        *uuid::Uuid::new_v4().as_bytes(),
    ]
    .concat();
    std::array::from_fn(|index| random[index] % 0x7f + 1)
}

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>
pub(crate) fn greeting(
    connection_id: u32,
    nonce: &Nonce,
    capabilities: CapabilityFlags,
) -> Vec<u8> {
    let (first, rest) = nonce.split_at(8);
    let mut packet = Vec::new();
    HandshakePacket::new(
        10,
        VERSION.as_bytes(),
        connection_id,
        std::array::from_fn(|index| first[index]),
        Some([rest, b"\0"].concat()),
        capabilities,
        COLLATION,
        StatusFlags::SERVER_STATUS_AUTOCOMMIT,
        Some(FIRST_PLUGIN),
    )
    .serialize(&mut packet);
    packet
}

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html>
///
/// A MySQL server sends no data with `mysql_clear_password`, for which there is no use.
pub(crate) fn auth_switch(plugin: &[u8], nonce: &Nonce) -> Vec<u8> {
    let data = if plugin == CLEAR_PASSWORD {
        Vec::new()
    } else {
        [&nonce[..], b"\0"].concat()
    };
    let mut packet = Vec::new();
    AuthSwitchRequest::new(plugin, data).serialize(&mut packet);
    packet
}

/// Who a client says it is, and what it wants.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) capabilities: CapabilityFlags,
    pub(crate) user: Vec<u8>,
    /// The number of the collation that it speaks.
    pub(crate) collation: u16,
    pub(crate) database: Option<Vec<u8>>,
    /// What the client sent with `mysql_clear_password`, if it began with that plugin.
    pub(crate) clear_password: Option<Vec<u8>>,
}

/// The client's first packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// It wants TLS before it says more.
    Tls,
    Hello(Hello),
}

/// Length of the packet that asks for TLS: the beginning of the usual answer, and no more.
const TLS_REQUEST: usize = 32;

/// # Errors
///
/// 1043 if it is no answer to a greeting.
pub(crate) fn first(packet: &[u8]) -> Result<First, SqlError> {
    if packet.len() == TLS_REQUEST
        && let Ok(request) = ParseBuf(packet).parse::<SslRequest>(())
        && request
            .capabilities()
            .contains(CapabilityFlags::CLIENT_SSL | CapabilityFlags::CLIENT_PROTOCOL_41)
    {
        return Ok(First::Tls);
    }
    hello(packet).map(First::Hello)
}

/// # Errors
///
/// 1043 if it is no answer to a greeting.
pub(crate) fn hello(packet: &[u8]) -> Result<Hello, SqlError> {
    let answer: HandshakeResponse<'_> = ParseBuf(packet).parse(()).map_err(|_| bad_handshake())?;
    let capabilities = answer.capabilities() & CAPABILITIES;
    if !capabilities.contains(CapabilityFlags::CLIENT_PROTOCOL_41) {
        return Err(bad_handshake());
    }
    let begins_clear = matches!(answer.auth_plugin(), Some(AuthPlugin::MysqlClearPassword));
    Ok(Hello {
        capabilities,
        user: user(answer.user()),
        collation: answer.collation().into(),
        database: given(answer.db_name()),
        clear_password: begins_clear.then(|| answer.scramble_buf().to_vec()),
    })
}

/// As many bytes of a user's name as MySQL takes, of `USERNAME_LENGTH`: it goes on without the rest.
const LONGEST_USER: usize = 96;

/// The name of a user, cut as MySQL cuts it: what strangers send is kept for the log.
pub(crate) fn user(name: &[u8]) -> Vec<u8> {
    name[..name.len().min(LONGEST_USER)].to_vec()
}

/// Clients name an empty database for none.
pub(crate) fn given(database: Option<&[u8]>) -> Option<Vec<u8>> {
    database
        .filter(|database| !database.is_empty())
        .map(<[u8]>::to_vec)
}

pub(crate) fn bad_handshake() -> SqlError {
    SqlError::new(1043, *b"08S01", "Bad handshake")
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn a_driver_reads_the_greeting() {
        let nonce = nonce();
        let packet = greeting(7, &nonce, CAPABILITIES);
        let read: HandshakePacket<'_> = ParseBuf(&packet).parse(()).unwrap();
        assert_eq!(read.connection_id(), 7);
        assert_eq!(read.nonce(), nonce);
        assert_eq!(read.capabilities(), CAPABILITIES);
        assert_eq!(read.auth_plugin_name_ref(), Some(FIRST_PLUGIN));
        assert!(read.server_version_parsed() > Some((5, 7, 2)));
        assert_eq!(read.maria_db_server_version_parsed(), None);
    }

    #[test]
    fn a_nonce_holds_no_nul_and_does_not_come_again() {
        let one = nonce();
        assert!(!one.contains(&0));
        assert_ne!(one, nonce());
    }

    #[test]
    fn a_client_that_begins_with_its_token_is_understood() {
        let mut packet = Vec::new();
        HandshakeResponse::new(
            Some(&b"token\0"[..]),
            (8, 0, 42),
            Some(&b"app"[..]),
            Some(&b""[..]),
            Some(AuthPlugin::MysqlClearPassword),
            CapabilityFlags::CLIENT_PROTOCOL_41 | CapabilityFlags::CLIENT_COMPRESS,
            None,
            0,
        )
        .serialize(&mut packet);
        let hello = hello(&packet).unwrap();
        assert_eq!(hello.clear_password.unwrap(), b"token");
        assert_eq!((&*hello.user, hello.database), (&b"app"[..], None));
        assert!(
            !hello
                .capabilities
                .contains(CapabilityFlags::CLIENT_COMPRESS)
        );
    }

    #[test]
    fn a_request_for_tls_is_told_from_an_answer() {
        let mut packet = Vec::new();
        SslRequest::new(CAPABILITIES, 0, 45).serialize(&mut packet);
        assert_eq!(first(&packet), Ok(First::Tls));
        let mut without = Vec::new();
        SslRequest::new(CAPABILITIES - CapabilityFlags::CLIENT_SSL, 0, 45).serialize(&mut without);
        assert_eq!(first(&without).unwrap_err().number, 1043);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(packet in vec(any::<u8>(), 0..200)) {
            let _ = first(&packet);
        }
    }
}
