use std::fmt;

use bytes::{Buf, BytesMut};
use mysql_common::proto::codec::{PacketCodec, error::PacketCodecError, packet_to_chunks};

use crate::Error;

/// The default limit of a packet, in bytes: a login with names, a token of up to 64 KiB and the
/// client's attributes, of up to 64 KiB in MySQL.
const LARGEST_LOGIN_PACKET: usize = 192 * 1024;

/// Length and sequence number.
const HEADER: usize = 4;

/// How much is made ready for at once: a peer that announces much and sends nothing costs no more.
const STEP: usize = 16 * 1024;

/// A buffer that has grown beyond this is given back when it is empty.
const LARGEST_IDLE_BUFFER: usize = 8 * 1024;

/// Bytes to packets and packets to bytes, without any network: it never reads ahead of the packet
/// that is under way, so what follows a request for TLS stays where TLS can take it.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html>
pub(crate) struct Packets {
    codec: PacketCodec,
    incoming: BytesMut,
    packet: Vec<u8>,
    outgoing: BytesMut,
}

impl Packets {
    pub(crate) fn new() -> Self {
        let mut packets = Self {
            codec: PacketCodec::default(),
            incoming: BytesMut::new(),
            packet: Vec::new(),
            outgoing: BytesMut::new(),
        };
        packets.set_largest(LARGEST_LOGIN_PACKET);
        packets
    }

    /// Sets how long a packet may be, in bytes.
    pub(crate) fn set_largest(&mut self, largest: usize) {
        self.codec.max_allowed_packet = largest;
    }

    /// Each command starts a new count of packets.
    pub(crate) fn start_command(&mut self) {
        self.codec.reset_seq_id();
    }

    /// How many bytes the packet under way certainly needs yet: first its header, then its rest.
    pub(crate) fn missing(&self) -> usize {
        let needed = match self.incoming.get(..3) {
            Some([low, middle, high]) if self.incoming.len() >= HEADER => {
                HEADER
                    + usize::from(*low)
                    + (usize::from(*middle) << 8)
                    + (usize::from(*high) << 16)
            }
            _ => HEADER,
        };
        needed.saturating_sub(self.incoming.len())
    }

    /// Where the next bytes go: at most [`missing`](Self::missing) of them.
    pub(crate) fn incoming(&mut self) -> &mut BytesMut {
        self.incoming.reserve(self.missing().min(STEP));
        &mut self.incoming
    }

    /// The next packet, if all of it has come in.
    ///
    /// # Errors
    ///
    /// For a packet that is too long, as soon as its length is known, and for one that is out of
    /// order. After either the connection is of no use.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        // After a part of full length the codec asks for the next one at once.
        let complete = self.codec.decode(&mut self.incoming, &mut self.packet);
        if self.incoming.is_empty() && self.incoming.capacity() > LARGEST_IDLE_BUFFER {
            self.incoming = BytesMut::new();
        }
        match complete {
            Ok(true) => Ok(Some(std::mem::take(&mut self.packet))),
            Ok(false) => Ok(None),
            Err(error) => Err(unreadable(&error)),
        }
    }

    /// Adds a packet to what goes out.
    ///
    /// # Errors
    ///
    /// If it is too long; then nothing was added.
    pub(crate) fn put(&mut self, mut payload: &[u8]) -> Result<(), Error> {
        self.codec
            .encode(&mut payload, &mut self.outgoing)
            .map_err(|error| unreadable(&error))
    }

    /// Adds a packet of this number, whatever came before it.
    pub(crate) fn put_numbered(&mut self, number: u8, mut payload: &[u8]) {
        packet_to_chunks(number, &mut payload, &mut self.outgoing);
    }

    pub(crate) fn outgoing(&mut self) -> &mut BytesMut {
        &mut self.outgoing
    }

    /// Says that what goes out has gone.
    pub(crate) fn sent(&mut self) {
        self.outgoing.advance(self.outgoing.len());
        if self.outgoing.capacity() > LARGEST_IDLE_BUFFER {
            self.outgoing = BytesMut::new();
        }
    }

    /// Whether no part of a packet is held here, in either direction.
    pub(crate) fn is_idle(&self) -> bool {
        self.incoming.is_empty() && self.packet.is_empty() && self.outgoing.is_empty()
    }
}

impl fmt::Debug for Packets {
    /// Without contents: a password may be among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packets")
            .field("codec", &self.codec)
            .field("incoming_bytes", &self.incoming.len())
            .field("outgoing_bytes", &self.outgoing.len())
            .finish_non_exhaustive()
    }
}

fn unreadable(error: &PacketCodecError) -> Error {
    match error {
        PacketCodecError::PacketTooLarge => Error::packet_too_large(),
        _ => Error::out_of_order(),
    }
}

#[cfg(test)]
mod tests {
    use mysql_common::constants::MAX_PAYLOAD_LEN;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// MySQL's default `max_allowed_packet`, in bytes.
    const LARGE: usize = 64 * 1024 * 1024;

    /// Feeds at most what is asked for, in pieces of the given lengths, and takes out what is whole.
    fn read(
        packets: &mut Packets,
        mut bytes: &[u8],
        pieces: &[usize],
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut pieces = pieces.iter().cycle();
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let piece = pieces.next().copied().unwrap_or(1).max(1);
            let length = piece.min(packets.missing()).min(bytes.len());
            packets.incoming().extend_from_slice(&bytes[..length]);
            bytes = &bytes[length..];
            if let Some(packet) = packets.next()? {
                found.push(packet);
            }
        }
        Ok(found)
    }

    proptest! {
        #[test]
        fn packets_survive_any_fragmentation(
            payloads in vec(vec(any::<u8>(), 0..300), 1..20),
            pieces in vec(1_usize..50, 1..20),
        ) {
            let mut writer = Packets::new();
            for payload in &payloads {
                writer.put(payload).unwrap();
            }
            let bytes = writer.outgoing().to_vec();
            prop_assert_eq!(read(&mut Packets::new(), &bytes, &pieces).unwrap(), payloads);
        }

        #[test]
        fn any_bytes_neither_panic_nor_grow_the_buffer(
            bytes in vec(any::<u8>(), 0..2000),
            pieces in vec(1_usize..50, 1..20),
        ) {
            let mut packets = Packets::new();
            let _ = read(&mut packets, &bytes, &pieces);
            prop_assert!(packets.incoming.capacity() <= 4 * STEP);
        }
    }

    #[test]
    fn packet_in_parts_is_one_packet() {
        let part = MAX_PAYLOAD_LEN;
        for length in [part - 1, part, part + 1, 2 * part] {
            let payload = vec![7; length];
            let mut packets = Packets::new();
            packets.set_largest(LARGE);
            packets.put(&payload).unwrap();
            let bytes = packets.outgoing().to_vec();
            packets.start_command();
            let found = read(&mut packets, &bytes, &[1 << 20]).unwrap();
            assert!(found == [payload], "{length}");
        }
    }

    #[test]
    fn packet_too_long_is_refused_at_its_header() {
        let mut packets = Packets::new();
        let error = read(&mut packets, b"\xff\xff\xff\0x", &[1]).unwrap_err();
        assert_eq!(error.reply().unwrap().number, 1153);
        assert!(packets.incoming.capacity() <= 2 * STEP);

        packets.set_largest(LARGE);
        let parts = [b"\xff\xff\xff\0".to_vec(), vec![0; MAX_PAYLOAD_LEN]].concat();
        let mut bytes = Vec::new();
        for number in 0..5 {
            bytes.extend_from_slice(&parts);
            let header = bytes.len() - MAX_PAYLOAD_LEN - 1;
            bytes[header] = number;
        }
        let mut packets = Packets::new();
        packets.set_largest(LARGE);
        let error = read(&mut packets, &bytes, &[1 << 20]).unwrap_err();
        assert_eq!(error.reply().unwrap().number, 1153);
    }

    #[test]
    fn packet_out_of_order_is_refused() {
        let error = read(&mut Packets::new(), b"\x01\0\0\x05x", &[1]).unwrap_err();
        assert_eq!(error.reply().unwrap().number, 1156);
    }

    #[test]
    fn large_buffer_is_given_back() {
        let mut packets = Packets::new();
        packets.put(&vec![1; 100_000]).unwrap();
        let bytes = packets.outgoing().to_vec();
        packets.sent();
        packets.start_command();
        read(&mut packets, &bytes, &[60_000]).unwrap();
        assert!(packets.incoming.capacity() + packets.outgoing.capacity() <= LARGEST_IDLE_BUFFER);
        assert_eq!(packets.packet.capacity(), 0);
    }

    #[test]
    fn debug_does_not_show_contents() {
        let mut packets = Packets::new();
        packets.put(b"secret").unwrap();
        packets.incoming().extend_from_slice(b"secret");
        let shown = format!("{packets:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("115"),
            "{shown}"
        );
    }
}
