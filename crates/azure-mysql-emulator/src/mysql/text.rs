//! Values as text, the way they are sent in answer to a query that was not prepared.

use std::fmt::Write as _;

use mysql_common::{Value, constants::ColumnType, io::BufMutExt as _, packets::Column};

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html>
pub(crate) fn row(columns: &[Column], values: &[Value]) -> Vec<u8> {
    let mut packet = Vec::new();
    for (column, value) in columns.iter().zip(values) {
        match text(column, value) {
            Some(text) => packet.put_lenenc_str(&text),
            None => packet.push(0xfb),
        }
    }
    packet
}

/// `None` for NULL.
pub(crate) fn text(column: &Column, value: &Value) -> Option<Vec<u8>> {
    Some(match value {
        Value::NULL => return None,
        Value::Bytes(bytes) => bytes.clone(),
        Value::Int(number) => number.to_string().into_bytes(),
        Value::UInt(number) => number.to_string().into_bytes(),
        Value::Float(number) => float(number.abs().into(), number).into_bytes(),
        Value::Double(number) => float(number.abs(), number).into_bytes(),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let mut text = format!("{year:04}-{month:02}-{day:02}");
            if column.column_type() != ColumnType::MYSQL_TYPE_DATE {
                let _ = write!(text, " {hour:02}:{minute:02}:{second:02}");
                fraction(&mut text, column, *micros);
            }
            text.into_bytes()
        }
        Value::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if *negative { "-" } else { "" };
            let hours = u64::from(*days) * 24 + u64::from(*hours);
            let mut text = format!("{sign}{hours:02}:{minutes:02}:{seconds:02}");
            fraction(&mut text, column, *micros);
            text.into_bytes()
        }
    })
}

/// As many digits as the column has, and all of them if it does not say and there are some.
fn fraction(text: &mut String, column: &Column, micros: u32) {
    let digits = match column.decimals() {
        0 if micros > 0 => 6,
        digits => usize::from(digits.min(6)),
    };
    if digits > 0 {
        let all = format!("{micros:06}");
        text.push('.');
        text.push_str(&all[..digits]);
    }
}

/// The shortest text that is this number, with an exponent where MySQL's `my_gcvt` has one.
fn float<F: std::fmt::Display + std::fmt::LowerExp>(size: f64, number: &F) -> String {
    if size != 0.0 && !(1e-15..1e15).contains(&size) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: ColumnType, decimals: u8, value: &Value) -> String {
        let column = Column::new(kind).with_decimals(decimals);
        String::from_utf8(text(&column, value).unwrap()).unwrap()
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
                MYSQL_TYPE_DATETIME,
                0,
                Value::Date(0, 0, 0, 0, 0, 0, 1),
                "0000-00-00 00:00:00.000001",
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
            assert_eq!(shown(kind, decimals, &value), expected);
        }
    }

    #[test]
    fn null_is_no_text() {
        let columns = [ColumnType::MYSQL_TYPE_LONG, ColumnType::MYSQL_TYPE_LONG].map(Column::new);
        assert_eq!(row(&columns, &[Value::NULL, Value::Int(10)]), b"\xfb\x0210");
    }
}
