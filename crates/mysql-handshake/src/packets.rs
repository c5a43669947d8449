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
#[derive(Debug)]
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

fn unreadable(error: &PacketCodecError) -> Error {
    match error {
        PacketCodecError::PacketTooLarge => Error::packet_too_large(),
        _ => Error::out_of_order(),
    }
}
