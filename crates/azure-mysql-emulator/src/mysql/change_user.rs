//! The command that logs in anew.

use mysql_common::{io::ParseBuf, packets::ComChangeUser};
use mysql_handshake::HandshakeResponse;

use super::login::cut;

/// Who a client wants to be that sent this `COM_CHANGE_USER`, and was this one before.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html>
pub(crate) fn changed_user(packet: &[u8], before: &HandshakeResponse) -> Option<HandshakeResponse> {
    // `mysql_common` does not show what it has read of this packet.
    ParseBuf(packet)
        .parse::<ComChangeUser<'_>>(before.capabilities)
        .ok()?;
    let mut rest = ParseBuf(packet.get(1..)?);
    let user = cut(rest.eat_null_str()).to_vec();
    // What it begins the login with may be cut: the field ends after 255 bytes. It is asked anew.
    let _authentication = rest.checked_eat_u8_str();
    let database = rest.eat_null_str();
    let collation = rest.checked_eat_u16_le();
    Some(HandshakeResponse {
        user,
        database: (!database.is_empty()).then(|| database.to_vec()),
        // One that does not fit could not have been asked for at login either.
        collation: collation
            .and_then(|collation| collation.try_into().ok())
            .unwrap_or(before.collation),
        auth_response: Vec::new().into(),
        auth_plugin: None,
        ..before.clone()
    })
}
