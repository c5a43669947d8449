//! What clients are greeted with.

use mysql_handshake::{CACHING_SHA2_PASSWORD, CapabilityFlags, Greeting, StatusFlags, nonce};

/// The version of Azure's servers, with another word at the end. Drivers read the numbers in it, and
/// take a text with `MariaDB` in it for that.
pub(crate) const VERSION: &str = "8.4.7-azure-emulator";

/// utf8mb4 with its default collation of MySQL 8, `utf8mb4_0900_ai_ci`.
const COLLATION: u8 = 255;

/// What the small SQL can do. It neither compresses, nor reads a client's files, nor tracks the
/// session, nor takes attributes of a query.
const CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_LONG_PASSWORD
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

/// What Azure's login itself needs, whatever the server behind it offers.
const OF_THE_LOGIN: CapabilityFlags = CapabilityFlags::CLIENT_SSL
    .union(CapabilityFlags::CLIENT_PROTOCOL_41)
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA);

/// A session that is copied is not compressed anew.
const NOT_COPIED: CapabilityFlags =
    CapabilityFlags::CLIENT_COMPRESS.union(CapabilityFlags::CLIENT_ZSTD_COMPRESSION_ALGORITHM);

/// The greeting of the small SQL.
///
/// Which plugin Azure names first is not documented. MySQL's own default is as good as any: each login
/// is switched to `mysql_clear_password`.
pub(crate) fn small_sql(connection_id: u32) -> Greeting {
    Greeting {
        server_version: VERSION.into(),
        connection_id,
        nonce: nonce(),
        capabilities: CAPABILITIES,
        collation: COLLATION,
        status: StatusFlags::SERVER_STATUS_AUTOCOMMIT,
        auth_plugin: CACHING_SHA2_PASSWORD.to_vec(),
    }
}

/// The greeting for a client whose session the server with this greeting will have: its version, its
/// number of the connection and what it can do, with Azure's login.
pub(crate) fn in_front_of(server: &Greeting) -> Greeting {
    Greeting {
        nonce: nonce(),
        capabilities: (server.capabilities - NOT_COPIED) | OF_THE_LOGIN,
        auth_plugin: CACHING_SHA2_PASSWORD.to_vec(),
        ..server.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_take_the_small_sql_for_mysql_8_4() {
        let packet = small_sql(7).encode();
        let greeting = mysql_common::io::ParseBuf(&packet)
            .parse::<mysql_common::packets::HandshakePacket<'_>>(())
            .unwrap();
        assert_eq!(greeting.connection_id(), 7);
        assert_eq!(greeting.server_version_parsed(), Some((8, 4, 7)));
        assert_eq!(greeting.maria_db_server_version_parsed(), None);
    }

    #[test]
    fn clients_of_a_server_without_tls_are_offered_it() {
        let mut server = small_sql(9);
        server.capabilities -= CapabilityFlags::CLIENT_SSL;
        server.capabilities |=
            CapabilityFlags::CLIENT_COMPRESS | CapabilityFlags::CLIENT_LOCAL_FILES;
        let greeting = in_front_of(&server);
        let offers = |capability| greeting.capabilities.contains(capability);
        assert!(offers(CapabilityFlags::CLIENT_SSL));
        assert!(offers(CapabilityFlags::CLIENT_LOCAL_FILES));
        assert!(!offers(CapabilityFlags::CLIENT_COMPRESS));
        assert_eq!(greeting.connection_id, 9);
        assert_ne!(greeting.nonce, server.nonce);
    }
}
