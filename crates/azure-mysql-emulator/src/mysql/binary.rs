//! Values in binary, the way they are sent in answer to a prepared statement.

use mysql_common::{
    Value,
    constants::ColumnType,
    io::BufMutExt as _,
    packets::{Column, NullBitmap},
    value::ServerSide,
};

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html>
pub(crate) fn row(columns: &[Column], values: &[Value]) -> Vec<u8> {
    let mut packet = vec![0x00];
    let mut nulls = NullBitmap::<ServerSide>::new(columns.len());
    for (index, value) in values.iter().enumerate().take(columns.len()) {
        nulls.set(index, *value == Value::NULL);
    }
    packet.extend(nulls.as_ref());
    for (column, value) in columns.iter().zip(values) {
        let length = match column.column_type() {
            ColumnType::MYSQL_TYPE_TINY => 1,
            ColumnType::MYSQL_TYPE_SHORT => 2,
            ColumnType::MYSQL_TYPE_LONG => 4,
            _ => 8,
        };
        match value {
            // Little-endian, so that its first bytes are the smaller types.
            Value::Int(number) => packet.extend(&number.to_le_bytes()[..length]),
            Value::UInt(number) => packet.extend(&number.to_le_bytes()[..length]),
            Value::Bytes(text) => packet.put_lenenc_str(text),
            // Nothing else is ever in a result.
            _ => {}
        }
    }
    packet
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ColumnType::{
        MYSQL_TYPE_BLOB, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_SHORT, MYSQL_TYPE_TINY,
        MYSQL_TYPE_VAR_STRING,
    };
    use mysql_common::{
        constants::ColumnFlags, io::ParseBuf, proto::Binary, row::RowDeserializer,
        value::ServerSide,
    };

    use super::*;

    #[test]
    fn driver_reads_what_was_written() {
        let unsigned = ColumnFlags::UNSIGNED_FLAG;
        let (columns, values): (Vec<_>, Vec<_>) = [
            (Column::new(MYSQL_TYPE_TINY), Value::Int(-1)),
            (Column::new(MYSQL_TYPE_SHORT), Value::Int(-300)),
            (Column::new(MYSQL_TYPE_LONG), Value::NULL),
            (Column::new(MYSQL_TYPE_LONG), Value::Int(-70_000)),
            (Column::new(MYSQL_TYPE_LONGLONG), Value::Int(i64::MIN)),
            (
                Column::new(MYSQL_TYPE_LONGLONG).with_flags(unsigned),
                Value::UInt(u64::MAX),
            ),
            (Column::new(MYSQL_TYPE_VAR_STRING), Value::Bytes(b"".into())),
            (Column::new(MYSQL_TYPE_BLOB), Value::Bytes(vec![b'x'; 300])),
        ]
        .into_iter()
        .unzip();
        let packet = row(&columns, &values);
        let read = ParseBuf(&packet)
            .parse::<RowDeserializer<ServerSide, Binary>>(Arc::from(&*columns))
            .unwrap()
            .into_inner()
            .unwrap();
        assert_eq!(read, values);
    }
}
