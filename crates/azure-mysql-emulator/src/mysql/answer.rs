//! The packets that end an answer, and the description of a column.

use mysql_common::{
    constants::{CapabilityFlags, StatusFlags},
    io::BufMutExt as _,
    packets::Column,
};

use crate::sql::Done;

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html>
pub(crate) fn ok(done: &Done, status: StatusFlags) -> Vec<u8> {
    let mut packet = vec![0x00];
    packet.put_lenenc_int(done.affected_rows);
    packet.put_lenenc_int(done.last_insert_id);
    packet.extend(status.bits().to_le_bytes());
    packet.extend(done.warnings.to_le_bytes());
    // The protocol's description says that it has no length of its own. Servers send one, and drivers
    // read one.
    if !done.info.is_empty() {
        packet.put_lenenc_str(done.info.as_bytes());
    }
    packet
}

/// What ends the rows of a result: an OK packet with another header, or an EOF packet for a client
/// that does not know of it.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html>
pub(crate) fn end_of_rows(
    capabilities: CapabilityFlags,
    status: StatusFlags,
    warnings: u16,
) -> Vec<u8> {
    if !capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF) {
        return end_of_file(status, warnings);
    }
    let done = Done {
        warnings,
        ..Done::default()
    };
    let mut packet = ok(&done, status);
    packet[0] = 0xfe;
    packet
}

/// What follows the columns of a result, for a client that does not know how to do without.
pub(crate) fn end_of_columns(status: StatusFlags) -> Vec<u8> {
    end_of_file(status, 0)
}

fn end_of_file(status: StatusFlags, warnings: u16) -> Vec<u8> {
    let mut packet = vec![0xfe];
    packet.extend(warnings.to_le_bytes());
    packet.extend(status.bits().to_le_bytes());
    packet
}

/// `mysql_common` writes the length and the character set of a column in the wrong order, and never
/// reads what it wrote: <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html>.
pub(crate) fn column(column: &Column) -> Vec<u8> {
    let mut packet = Vec::new();
    packet.put_lenenc_str(b"def");
    packet.put_lenenc_str(column.schema_ref());
    packet.put_lenenc_str(column.table_ref());
    packet.put_lenenc_str(column.org_table_ref());
    packet.put_lenenc_str(column.name_ref());
    packet.put_lenenc_str(column.org_name_ref());
    packet.put_lenenc_int(0x0c);
    packet.extend(column.character_set().to_le_bytes());
    packet.extend(column.column_length().to_le_bytes());
    packet.push(column.column_type() as u8);
    packet.extend(column.flags().bits().to_le_bytes());
    packet.push(column.decimals());
    packet.extend([0; 2]);
    packet
}

#[cfg(test)]
mod tests {
    use mysql_common::{
        constants::{ColumnFlags, ColumnType},
        io::ParseBuf,
        packets::{CommonOkPacket, OkPacket, OkPacketDeserializer, ResultSetTerminator},
    };

    use super::*;

    #[test]
    fn an_ok_packet_is_what_a_driver_reads() {
        for (affected_rows, last_insert_id, info) in [
            (0, 0, ""),
            (250, 251, "Rows matched: 1"),
            (u64::MAX, 70_000, "x"),
        ] {
            let done = Done {
                affected_rows,
                last_insert_id,
                info: info.to_owned(),
                ..Done::default()
            };
            let status =
                StatusFlags::SERVER_STATUS_IN_TRANS | StatusFlags::SERVER_MORE_RESULTS_EXISTS;
            let packet = ok(&done, status);
            let read: OkPacket = ParseBuf(&packet)
                .parse::<OkPacketDeserializer<'_, CommonOkPacket>>(CapabilityFlags::empty())
                .unwrap()
                .into();
            assert_eq!(read.affected_rows(), affected_rows);
            assert_eq!(read.last_insert_id().unwrap_or_default(), last_insert_id);
            assert_eq!(read.status_flags(), status);
            assert_eq!(read.info_str().unwrap_or_default(), info);
        }
    }

    #[test]
    fn the_end_of_rows_is_what_the_client_knows() {
        let status = StatusFlags::SERVER_STATUS_AUTOCOMMIT;
        let new = end_of_rows(CapabilityFlags::CLIENT_DEPRECATE_EOF, status, 3);
        let read: OkPacket = ParseBuf(&new)
            .parse::<OkPacketDeserializer<'_, ResultSetTerminator>>(CapabilityFlags::empty())
            .unwrap()
            .into();
        assert_eq!(read.status_flags(), status);
        assert_eq!(
            end_of_rows(CapabilityFlags::empty(), status, 3),
            b"\xfe\x03\0\x02\0"
        );
    }

    #[test]
    fn a_column_is_what_a_driver_reads() {
        let described = Column::new(ColumnType::MYSQL_TYPE_NEWDECIMAL)
            .with_schema(b"orders")
            .with_table(b"o")
            .with_org_table(b"order")
            .with_name(b"total")
            .with_org_name(b"sum")
            .with_character_set(63)
            .with_column_length(0x0102_0304)
            .with_flags(ColumnFlags::NOT_NULL_FLAG | ColumnFlags::BINARY_FLAG)
            .with_decimals(2);
        let read: Column = ParseBuf(&column(&described)).parse(()).unwrap();
        assert_eq!(read, described);
    }
}
