use super::{greeting, packet::Packets, prepared::PreparedStatements};

/// Takes a connection's bytes as the server does, without the network.
pub(crate) fn feed(input: &[u8]) {
    let Some((&piece, mut bytes)) = input.split_first() else {
        return;
    };
    let mut packets = Packets::new();
    let mut prepared = PreparedStatements::default();
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
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn no_bytes_in_whatever_pieces_make_the_server_panic(input in vec(any::<u8>(), 0..600)) {
            super::feed(&input);
        }
    }
}
