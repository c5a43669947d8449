//! Values in binary, the way they are sent in answer to a prepared statement.

use mysql_common::{
    Value,
    constants::{ColumnFlags, ColumnType},
    io::BufMutExt as _,
    packets::{Column, NullBitmap},
    proto::MySerialize as _,
    value::ServerSide,
};

use crate::database::{SqlError, shown};

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html>
///
/// # Errors
///
/// 1105 if a value is not of its column's type and cannot be brought to it.
pub(crate) fn row(columns: &[Column], values: &[Value]) -> Result<Vec<u8>, SqlError> {
    let mut packet = vec![0x00];
    let mut nulls = NullBitmap::<ServerSide>::new(columns.len());
    for (index, value) in values.iter().enumerate().take(columns.len()) {
        nulls.set(index, *value == Value::NULL);
    }
    packet.extend(nulls.as_ref());
    for (column, value) in columns.iter().zip(values) {
        if *value != Value::NULL {
            put(&mut packet, column, value).ok_or_else(|| mismatch(column))?;
        }
    }
    Ok(packet)
}

fn mismatch(column: &Column) -> SqlError {
    SqlError::new(
        1105,
        *b"HY000",
        format!(
            "a value of column '{}' is not of its type: prepare no statement for it",
            column.name_str()
        ),
    )
}

fn put(packet: &mut Vec<u8>, column: &Column, value: &Value) -> Option<()> {
    match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY => packet.extend(&integer(column, value)?[..1]),
        ColumnType::MYSQL_TYPE_SHORT | ColumnType::MYSQL_TYPE_YEAR => {
            packet.extend(&integer(column, value)?[..2]);
        }
        ColumnType::MYSQL_TYPE_LONG | ColumnType::MYSQL_TYPE_INT24 => {
            packet.extend(&integer(column, value)?[..4]);
        }
        ColumnType::MYSQL_TYPE_LONGLONG => packet.extend(integer(column, value)?),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is what a FLOAT column holds"
        )]
        ColumnType::MYSQL_TYPE_FLOAT => packet.extend((real(value)? as f32).to_le_bytes()),
        ColumnType::MYSQL_TYPE_DOUBLE => packet.extend(real(value)?.to_le_bytes()),
        ColumnType::MYSQL_TYPE_DATE
        | ColumnType::MYSQL_TYPE_DATETIME
        | ColumnType::MYSQL_TYPE_TIMESTAMP
        | ColumnType::MYSQL_TYPE_TIME => match value {
            Value::Date(..) | Value::Time(..) => value.serialize(packet),
            _ => return None,
        },
        ColumnType::MYSQL_TYPE_NULL => return None,
        _ => packet.put_lenenc_str(&shown(value, column)?),
    }
    Some(())
}

/// Little-endian, so that its first bytes are the smaller types.
fn integer(column: &Column, value: &Value) -> Option<[u8; 8]> {
    Some(match value {
        Value::Int(number) => number.to_le_bytes(),
        Value::UInt(number) => number.to_le_bytes(),
        Value::Bytes(text) => {
            let text = std::str::from_utf8(text).ok()?;
            if column.flags().contains(ColumnFlags::UNSIGNED_FLAG) {
                text.parse::<u64>().ok()?.to_le_bytes()
            } else {
                text.parse::<i64>().ok()?.to_le_bytes()
            }
        }
        _ => return None,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "it is what a DOUBLE column holds"
)]
fn real(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Float(number) => f64::from(*number),
        Value::Double(number) => *number,
        Value::Int(number) => *number as f64,
        Value::UInt(number) => *number as f64,
        Value::Bytes(text) => std::str::from_utf8(text).ok()?.parse().ok()?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ColumnType::{
        MYSQL_TYPE_BLOB, MYSQL_TYPE_DATE, MYSQL_TYPE_DATETIME, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_FLOAT,
        MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_NEWDECIMAL,
        MYSQL_TYPE_SHORT, MYSQL_TYPE_TIME, MYSQL_TYPE_TINY, MYSQL_TYPE_VAR_STRING,
    };
    use mysql_common::{io::ParseBuf, proto::Binary, row::RowDeserializer, value::ServerSide};

    use super::*;

    fn read(columns: &[Column], packet: &[u8]) -> Vec<Value> {
        ParseBuf(packet)
            .parse::<RowDeserializer<ServerSide, Binary>>(Arc::from(columns))
            .unwrap()
            .into_inner()
            .unwrap()
    }

    #[test]
    fn a_row_is_what_a_driver_reads() {
        let (kinds, values): (Vec<_>, Vec<_>) = [
            (MYSQL_TYPE_TINY, Value::Int(-1)),
            (MYSQL_TYPE_SHORT, Value::Int(-300)),
            (MYSQL_TYPE_INT24, Value::Int(70_000)),
            (MYSQL_TYPE_LONG, Value::NULL),
            (MYSQL_TYPE_LONG, Value::Int(-70_000)),
            (MYSQL_TYPE_LONGLONG, Value::Int(i64::MIN)),
            (MYSQL_TYPE_FLOAT, Value::Float(0.5)),
            (MYSQL_TYPE_DOUBLE, Value::Double(0.1)),
            (MYSQL_TYPE_DATE, Value::Date(2024, 2, 29, 0, 0, 0, 0)),
            (MYSQL_TYPE_DATETIME, Value::Date(2024, 2, 29, 1, 2, 3, 4)),
            (MYSQL_TYPE_TIME, Value::Time(true, 1, 2, 3, 4, 5)),
            (MYSQL_TYPE_NEWDECIMAL, Value::Bytes(b"1.50".into())),
            (MYSQL_TYPE_VAR_STRING, Value::Bytes(b"".into())),
            (MYSQL_TYPE_BLOB, Value::Bytes(vec![0; 300])),
            (MYSQL_TYPE_BLOB, Value::NULL),
        ]
        .into_iter()
        .unzip();
        let columns: Vec<_> = kinds.into_iter().map(Column::new).collect();
        assert_eq!(read(&columns, &row(&columns, &values).unwrap()), values);
    }

    #[test]
    fn a_large_unsigned_number_stays_whole() {
        let columns = [Column::new(MYSQL_TYPE_LONGLONG).with_flags(ColumnFlags::UNSIGNED_FLAG)];
        for value in [
            Value::UInt(u64::MAX),
            Value::Bytes(u64::MAX.to_string().into()),
        ] {
            let packet = row(&columns, &[value]).unwrap();
            assert_eq!(read(&columns, &packet), [Value::UInt(u64::MAX)]);
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_column_is_an_error_and_no_wrong_answer() {
        for (kind, value) in [
            (MYSQL_TYPE_LONG, Value::Bytes(b"one".into())),
            (MYSQL_TYPE_DOUBLE, Value::Bytes(b"one".into())),
            (MYSQL_TYPE_DATE, Value::Bytes(b"2024-02-29".into())),
            (MYSQL_TYPE_LONG, Value::Double(1.0)),
        ] {
            let columns = [Column::new(kind).with_name(b"answer")];
            let error = row(&columns, &[value]).unwrap_err();
            assert_eq!(error.number, 1105);
            assert!(error.message.contains("'answer'"));
        }
    }
}
