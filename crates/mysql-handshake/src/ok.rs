use crate::StatusFlags;

const HEADER: u8 = 0x00;

/// The smallest OK packet: nothing affected, no id, no warnings, no message.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html>
pub fn encode_ok(status: StatusFlags) -> Vec<u8> {
    let [low, high] = status.bits().to_le_bytes();
    vec![HEADER, 0, 0, low, high, 0, 0]
}

/// Whether a packet says that a login or a command without rows succeeded.
pub fn is_ok(payload: &[u8]) -> bool {
    payload.first() == Some(&HEADER)
}
