//! Values as text, the way they are sent in answer to a query that was not prepared.

use mysql_common::{Value, io::BufMutExt as _};

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html>
pub(crate) fn row(values: &[Value]) -> Vec<u8> {
    let mut packet = Vec::new();
    for value in values {
        match value {
            Value::Bytes(text) => packet.put_lenenc_str(text),
            Value::Int(number) => packet.put_lenenc_str(number.to_string().as_bytes()),
            Value::UInt(number) => packet.put_lenenc_str(number.to_string().as_bytes()),
            // Nothing else is ever in a result.
            _ => packet.push(0xfb),
        }
    }
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_mysql_writes_them() {
        let values = [
            Value::NULL,
            Value::Int(-7),
            Value::UInt(u64::MAX),
            Value::Bytes(b"a".into()),
        ];
        assert_eq!(row(&values), b"\xfb\x02-7\x1418446744073709551615\x01a");
    }
}
