use std::sync::LazyLock;

use super::{greeting, packet::Packets, prepared::PreparedStatements};
use crate::sql::{SqlError, Statement};

static STATEMENT: LazyLock<Result<Statement, SqlError>> = LazyLock::new(|| {
    Statement::parse("INSERT INTO t VALUES (?, ?, ?, ?)").map(|(statement, _)| statement)
});

/// What a client has prepared before it sends all sorts of things: one statement, whose id is 1.
fn prepared() -> PreparedStatements {
    let mut prepared = PreparedStatements::default();
    let added = STATEMENT
        .clone()
        .and_then(|statement| prepared.add(statement));
    assert_eq!(added, Ok(1));
    prepared
}

/// Takes a connection's bytes as the server does, without the network.
pub(crate) fn feed(input: &[u8]) {
    let Some((&piece, mut bytes)) = input.split_first() else {
        return;
    };
    let mut packets = Packets::new();
    let mut prepared = prepared();
    while !bytes.is_empty() {
        let missing = packets.missing();
        assert!(missing > 0, "a whole packet was left where it is");
        let length = missing.min(usize::from(piece) + 1).min(bytes.len());
        packets.incoming().extend_from_slice(&bytes[..length]);
        bytes = &bytes[length..];
        match packets.next() {
            Ok(Some(packet)) => {
                let _ = greeting::first(&packet);
                let _ = aad_auth::login::token(&packet);
                prepared.send_long_data(&packet);
                let _ = prepared.execute(&packet);
                let _ = prepared.reset(&packet);
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use mysql_common::Value;
    use proptest::{collection::vec, prelude::*};

    /// Packets in order, each of them about the statement that was prepared.
    fn about_the_statement(payloads: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, payload) in (0_u8..).zip(payloads) {
            let length = u8::try_from(4 + payload.len()).unwrap();
            bytes.extend([length, 0, 0, number, 1, 0, 0, 0]);
            bytes.extend(payload);
        }
        bytes
    }

    proptest! {
        #[test]
        fn no_bytes_in_whatever_pieces_make_the_server_panic(input in vec(any::<u8>(), 0..600)) {
            super::feed(&input);
        }

        #[test]
        fn no_parameters_in_whatever_pieces_make_the_server_panic(
            piece in any::<u8>(),
            payloads in vec(vec(any::<u8>(), 0..100), 0..8),
        ) {
            super::feed(&[&[piece][..], &about_the_statement(&payloads)].concat());
        }
    }

    #[test]
    fn there_is_a_statement_to_execute() {
        let nulls = b"\x01\0\0\0\0\x01\0\0\0\x0f\x01\x06\0\x06\0\x06\0\x06\0";
        let (_, parameters) = super::prepared().execute(nulls).unwrap();
        assert_eq!(parameters, vec![Value::NULL; 4]);
    }
}
