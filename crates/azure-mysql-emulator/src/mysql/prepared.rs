use std::collections::HashMap;

use mysql_common::{
    Value,
    constants::{ColumnFlags, ColumnType},
    io::ParseBuf,
    packets::NullBitmap,
    value::{BinValue, ClientSide, ValueDeserializer},
};
use mysql_handshake::ServerError;

use crate::sql::Statement;

/// A command, in bytes. It is the `max_allowed_packet` of a MySQL 8 server.
pub(crate) const LARGEST_PACKET: usize = 64 * 1024 * 1024;

/// MySQL's default of `max_prepared_stmt_count`, which is for all connections there.
const MOST: usize = 16_382;

/// The prepared statements of one connection, by the ids that it gave out.
#[derive(Debug, Default)]
pub(crate) struct PreparedStatements {
    statements: HashMap<u32, Prepared>,
    last_id: u32,
}

#[derive(Debug)]
struct Prepared {
    statement: Statement,
    /// The types of the parameters, from the last execution that said them.
    types: Vec<ParameterType>,
    /// What came ahead of the execution, by the parameter's index.
    long_data: HashMap<usize, Vec<u8>>,
    /// What was wrong with it. As in MySQL, each execution says it until the statement is reset.
    refused: Option<ServerError>,
}

#[derive(Clone, Copy, Debug)]
struct ParameterType {
    kind: ColumnType,
    flags: ColumnFlags,
}

impl PreparedStatements {
    /// Keeps a statement and gives it an id.
    ///
    /// # Errors
    ///
    /// 1461 if there are too many, 1390 if it has more parameters than the protocol can count.
    pub(crate) fn add(&mut self, statement: Statement) -> Result<u32, ServerError> {
        if statement.parameters > usize::from(u16::MAX) {
            return Err(ServerError::new(
                1390,
                *b"HY000",
                "Prepared statement contains too many placeholders",
            ));
        }
        if self.statements.len() >= MOST {
            return Err(ServerError::new(
                1461,
                *b"42000",
                format!(
                    "Can't create more than max_prepared_stmt_count statements (current value: {MOST})"
                ),
            ));
        }
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if self.last_id != 0 && !self.statements.contains_key(&self.last_id) {
                break;
            }
        }
        self.statements.insert(
            self.last_id,
            Prepared {
                statement,
                types: Vec::new(),
                long_data: HashMap::new(),
                refused: None,
            },
        );
        Ok(self.last_id)
    }

    /// `COM_STMT_CLOSE`, to which there is no answer.
    pub(crate) fn close(&mut self, packet: &[u8]) {
        if let Some(id) = ParseBuf(packet).checked_eat_u32_le() {
            self.statements.remove(&id);
        }
    }

    /// `COM_STMT_SEND_LONG_DATA`, to which there is no answer: what is wrong with it is said when the
    /// statement is executed.
    pub(crate) fn send_long_data(&mut self, packet: &[u8]) {
        let mut packet = ParseBuf(packet);
        let (Some(id), Some(index)) = (packet.checked_eat_u32_le(), packet.checked_eat_u16_le())
        else {
            return;
        };
        // Of all statements together, so that they cannot add up.
        let kept: usize = self
            .statements
            .values()
            .flat_map(|statement| statement.long_data.values())
            .map(Vec::len)
            .sum();
        let Some(prepared) = self.statements.get_mut(&id) else {
            return;
        };
        let index = usize::from(index);
        if index >= prepared.statement.parameters {
            prepared.refused = Some(no_such_parameter());
            return;
        }
        if kept + packet.len() > LARGEST_PACKET {
            prepared.refused = Some(too_long());
            return;
        }
        let data = prepared.long_data.entry(index).or_default();
        data.extend_from_slice(packet.eat_all());
    }

    /// `COM_STMT_RESET`.
    ///
    /// # Errors
    ///
    /// 1243 if there is no such statement.
    pub(crate) fn reset(&mut self, packet: &[u8]) -> Result<(), ServerError> {
        let prepared = self.find(packet, "mysqld_stmt_reset")?;
        prepared.long_data.clear();
        prepared.refused = None;
        Ok(())
    }

    /// `COM_STMT_FETCH`: there never is a cursor, because each execution sends all rows at once.
    ///
    /// # Errors
    ///
    /// Always: 1243 if there is no such statement, or else 1421.
    pub(crate) fn fetch(&mut self, packet: &[u8]) -> ServerError {
        match self.find(packet, "mysqld_stmt_fetch") {
            Ok(_) => ServerError::new(1421, *b"HY000", "The statement has no open cursor."),
            Err(unknown) => unknown,
        }
    }

    /// `COM_STMT_EXECUTE`: the statement and its parameters.
    ///
    /// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html>
    ///
    /// # Errors
    ///
    /// 1243 if there is no such statement, 1210 if the parameters cannot be read or long data was for
    /// none of them, 1105 if long data was too long.
    pub(crate) fn execute(
        &mut self,
        packet: &[u8],
    ) -> Result<(Statement, Vec<Value>), ServerError> {
        let prepared = self.find(packet, "mysqld_stmt_execute")?;
        let long_data = std::mem::take(&mut prepared.long_data);
        if let Some(error) = &prepared.refused {
            return Err(error.clone());
        }
        let count = prepared.statement.parameters;
        let mut packet = ParseBuf(packet);
        // The id, the kind of cursor, and the number of executions, which is always one.
        if !packet.checked_skip(4 + 1 + 4) {
            return Err(unreadable());
        }
        let parameters = if count == 0 {
            Vec::new()
        } else {
            parameters(&mut packet, count, &mut prepared.types, long_data).ok_or_else(unreadable)?
        };
        Ok((prepared.statement.clone(), parameters))
    }

    fn find(&mut self, packet: &[u8], command: &str) -> Result<&mut Prepared, ServerError> {
        let id = ParseBuf(packet).checked_eat_u32_le().unwrap_or_default();
        self.statements.get_mut(&id).ok_or_else(|| {
            ServerError::new(
                1243,
                *b"HY000",
                format!("Unknown prepared statement handler ({id}) given to {command}"),
            )
        })
    }
}

/// MySQL's text.
fn no_such_parameter() -> ServerError {
    ServerError::new(
        1210,
        *b"HY000",
        "Incorrect arguments to mysql_stmt_precheck",
    )
}

/// MySQL's text.
fn too_long() -> ServerError {
    ServerError::new(
        1105,
        *b"HY000",
        "Parameter of prepared statement which is set through mysql_send_long_data() is longer than \
         'max_allowed_packet' bytes",
    )
}

fn unreadable() -> ServerError {
    ServerError::new(
        1210,
        *b"HY000",
        "Incorrect arguments to mysqld_stmt_execute",
    )
}

fn parameters(
    packet: &mut ParseBuf<'_>,
    count: usize,
    types: &mut Vec<ParameterType>,
    mut long_data: HashMap<usize, Vec<u8>>,
) -> Option<Vec<Value>> {
    let nulls = packet.checked_eat(NullBitmap::<ClientSide>::bitmap_len(count))?;
    let nulls = NullBitmap::<ClientSide, _>::from_bytes(nulls);
    if packet.checked_eat_u8()? == 1 {
        *types = (0..count)
            .map(|_| parameter_type(packet))
            .collect::<Option<_>>()?;
    }
    if types.len() != count {
        return None;
    }
    let values = types.iter().enumerate().map(|(index, parameter)| {
        if let Some(data) = long_data.remove(&index) {
            return Some(Value::Bytes(data));
        }
        if nulls.is_null(index) {
            return Some(Value::NULL);
        }
        let value = packet
            .parse::<ValueDeserializer<BinValue>>((parameter.kind, parameter.flags))
            .ok()?;
        // The reader makes an `Int` of each number that is one.
        Some(match value.0 {
            Value::Int(number) if parameter.flags.contains(ColumnFlags::UNSIGNED_FLAG) => {
                Value::UInt(number.cast_unsigned())
            }
            value => value,
        })
    });
    values.collect()
}

/// `None` for the types that no client may send, which `mysql_common` does not expect either.
fn parameter_type(packet: &mut ParseBuf<'_>) -> Option<ParameterType> {
    let kind = ColumnType::try_from(packet.checked_eat_u8()?).ok()?;
    let is_internal = matches!(
        kind,
        ColumnType::MYSQL_TYPE_TIMESTAMP2
            | ColumnType::MYSQL_TYPE_DATETIME2
            | ColumnType::MYSQL_TYPE_TIME2
            | ColumnType::MYSQL_TYPE_TYPED_ARRAY
            | ColumnType::MYSQL_TYPE_UNKNOWN
    );
    let flags = match packet.checked_eat_u8()? & 0x80 {
        0 => ColumnFlags::empty(),
        _ => ColumnFlags::UNSIGNED_FLAG,
    };
    (!is_internal).then_some(ParameterType { kind, flags })
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn no_parameters_make_it_panic(
            count in 1_usize..20,
            packet in vec(any::<u8>(), 0..300),
        ) {
            let mut types = Vec::new();
            let mut packet = ParseBuf(&packet);
            if let Some(values) = parameters(&mut packet, count, &mut types, HashMap::new()) {
                prop_assert_eq!(values.len(), count);
            }
        }
    }
}
