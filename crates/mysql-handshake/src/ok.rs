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

#[cfg(test)]
mod tests {
    use mysql_common::{
        constants::CapabilityFlags,
        io::ParseBuf,
        packets::{CommonOkPacket, OkPacket, OkPacketDeserializer},
    };

    use super::*;

    #[test]
    fn driver_reads_the_ok_packet() {
        let status = StatusFlags::SERVER_STATUS_AUTOCOMMIT | StatusFlags::SERVER_STATUS_IN_TRANS;
        let packet = encode_ok(status);
        assert!(is_ok(&packet));
        let read: OkPacket<'_> = ParseBuf(&packet)
            .parse::<OkPacketDeserializer<'_, CommonOkPacket>>(CapabilityFlags::empty())
            .unwrap()
            .into();
        assert_eq!((read.status_flags(), read.affected_rows()), (status, 0));
    }

    #[test]
    fn other_packets_are_not_ok() {
        for packet in [&b""[..], b"\xff\x15\x04", b"\xfe", b"\x01\x03"] {
            assert!(!is_ok(packet));
        }
    }
}
