//! Values as text, the way they are sent in answer to a query that was not prepared.

use mysql_common::{Value, io::BufMutExt as _, packets::Column};

use crate::database::shown;

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html>
pub(crate) fn row(columns: &[Column], values: &[Value]) -> Vec<u8> {
    let mut packet = Vec::new();
    for (column, value) in columns.iter().zip(values) {
        match shown(value, column) {
            Some(text) => packet.put_lenenc_str(&text),
            None => packet.push(0xfb),
        }
    }
    packet
}

#[cfg(test)]
mod tests {
    use mysql_common::constants::ColumnType;

    use super::*;

    fn text(kind: ColumnType, decimals: u8, value: &Value) -> String {
        let column = Column::new(kind).with_decimals(decimals);
        String::from_utf8(shown(value, &column).unwrap()).unwrap()
    }

    #[test]
    fn a_value_is_written_as_mysql_writes_it() {
        use ColumnType::{
            MYSQL_TYPE_DATE, MYSQL_TYPE_DATETIME, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_FLOAT,
            MYSQL_TYPE_LONGLONG, MYSQL_TYPE_TIME, MYSQL_TYPE_VAR_STRING,
        };
        for (kind, decimals, value, expected) in [
            (MYSQL_TYPE_VAR_STRING, 0, Value::Bytes(b"a".into()), "a"),
            (MYSQL_TYPE_LONGLONG, 0, Value::Int(-7), "-7"),
            (
                MYSQL_TYPE_LONGLONG,
                0,
                Value::UInt(u64::MAX),
                "18446744073709551615",
            ),
            (MYSQL_TYPE_FLOAT, 31, Value::Float(0.1), "0.1"),
            (MYSQL_TYPE_DOUBLE, 31, Value::Double(-1.5), "-1.5"),
            (MYSQL_TYPE_DOUBLE, 31, Value::Double(0.0), "0"),
            (MYSQL_TYPE_DOUBLE, 31, Value::Double(1e20), "1e20"),
            (MYSQL_TYPE_DOUBLE, 31, Value::Double(1e-20), "1e-20"),
            (
                MYSQL_TYPE_DATE,
                0,
                Value::Date(2024, 2, 29, 0, 0, 0, 0),
                "2024-02-29",
            ),
            (
                MYSQL_TYPE_DATETIME,
                0,
                Value::Date(2024, 2, 29, 1, 2, 3, 0),
                "2024-02-29 01:02:03",
            ),
            (
                MYSQL_TYPE_DATETIME,
                3,
                Value::Date(2024, 2, 29, 1, 2, 3, 45_000),
                "2024-02-29 01:02:03.045",
            ),
            (
                MYSQL_TYPE_TIME,
                0,
                Value::Time(true, 2, 3, 4, 5, 0),
                "-51:04:05",
            ),
            (
                MYSQL_TYPE_TIME,
                6,
                Value::Time(false, 0, 1, 4, 5, 0),
                "01:04:05.000000",
            ),
        ] {
            assert_eq!(text(kind, decimals, &value), expected);
        }
    }

    #[test]
    fn null_is_no_text() {
        let columns = [ColumnType::MYSQL_TYPE_LONG, ColumnType::MYSQL_TYPE_LONG].map(Column::new);
        assert_eq!(row(&columns, &[Value::NULL, Value::Int(10)]), b"\xfb\x0210");
    }
}
