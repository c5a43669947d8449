//! Copying a session after its login.

use std::{
    pin::pin,
    sync::atomic::{AtomicU16, Ordering},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split},
    select,
};

use crate::PacketStream;

/// How many bytes each direction holds at most: a reader that is slow costs no more than this.
const BUFFER: usize = 64 * 1024;

/// A packet's length in three bytes, and its sequence number.
const HEADER: usize = 4;

const COM_QUIT: u8 = 0x01;
const COM_CHANGE_USER: u8 = 0x11;

/// Why [`relay()`] stopped copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayEnd {
    /// The client left, with a goodbye or without.
    ClientLeft,
    /// The server left.
    ServerLeft {
        /// The number for [`PacketStream::refuse_answer`]; `None` if the client waits for no answer, or
        /// if the server left in the middle of a packet.
        answer: Option<u8>,
    },
    /// The client sent `COM_CHANGE_USER`, which logs in anew. The server has not seen it: it is what
    /// [`PacketStream::read`] gives next.
    ChangeUser,
}

/// Copies a session in both directions until one side leaves or the client asks for another login.
///
/// Of what passes, only the headers of packets are looked at, and the first byte of each command,
/// with which `count` is called. Data is passed on as it comes. While one side does not read, nothing
/// is read from the other: each direction holds at most 64 KiB.
pub async fn relay<C, S>(
    client: &mut PacketStream<C>,
    server: &mut PacketStream<S>,
    mut count: impl FnMut(u8),
) -> RelayEnd
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let awaited = Awaited::default();
    let mut requests = Buffer::starting_with(client.take_incoming());
    let mut answers = Buffer::starting_with(server.take_incoming());
    let end = {
        let Some(client) = client.transport() else {
            return RelayEnd::ClientLeft;
        };
        let Some(server) = server.transport() else {
            return RelayEnd::ServerLeft { answer: None };
        };
        let (mut from_client, mut to_client) = split(client);
        let (mut from_server, mut to_server) = split(server);
        let end = {
            let mut up = pin!(pass_requests(
                &mut requests,
                &mut from_client,
                &mut to_server,
                &awaited,
                &mut count
            ));
            let mut down = pin!(pass_answers(
                &mut answers,
                &mut from_server,
                &mut to_client,
                &awaited
            ));
            select! {
                end = &mut up => match end {
                    // Its last words may still be on their way.
                    RelayEnd::ServerLeft { .. } => down.await,
                    end => end,
                },
                end = &mut down => end,
            }
        };
        // What the server has said belongs before what it will say to the next login.
        if end == RelayEnd::ChangeUser && answers.flush(&mut to_client).await.is_err() {
            RelayEnd::ClientLeft
        } else {
            end
        }
    };
    if end == RelayEnd::ChangeUser {
        client.put_back(requests.filled());
    }
    end
}

/// Passes on what the client sends.
async fn pass_requests(
    buffer: &mut Buffer,
    client: &mut (impl AsyncRead + Unpin),
    server: &mut (impl AsyncWrite + Unpin),
    awaited: &Awaited,
    count: &mut impl FnMut(u8),
) -> RelayEnd {
    // What is left of the packet that is under way, and the number of the last one.
    let mut left = 0;
    let mut last_number = 0;
    loop {
        let mut passed = 0;
        let mut stop = None;
        loop {
            let rest = &buffer.filled()[passed..];
            if left > 0 {
                let length = rest.len().min(left);
                left -= length;
                passed += length;
                if left > 0 {
                    break;
                }
                continue;
            }
            let Some((length, number, first)) = request(rest) else {
                break;
            };
            // Numbers go on within a command, and after 255 comes 0.
            if number == 0 && last_number != u8::MAX {
                match first {
                    Some(COM_CHANGE_USER) => {
                        stop = Some(RelayEnd::ChangeUser);
                        break;
                    }
                    Some(COM_QUIT) => stop = Some(RelayEnd::ClientLeft),
                    _ => {}
                }
                if let Some(command) = first {
                    count(command);
                }
            }
            last_number = number;
            awaited.set(number.wrapping_add(1));
            left = length;
            passed += HEADER;
        }
        if buffer.pass(passed, server).await.is_err() {
            return RelayEnd::ServerLeft { answer: None };
        }
        if let Some(end) = stop {
            return end;
        }
        if buffer.fill(client).await.is_err() {
            return RelayEnd::ClientLeft;
        }
    }
}

/// Length and number of the packet that begins here, and its first byte. `None` if more of it has to
/// come in before that can be told.
fn request(bytes: &[u8]) -> Option<(usize, u8, Option<u8>)> {
    let (length, number) = header(bytes)?;
    if length == 0 {
        return Some((length, number, None));
    }
    Some((length, number, Some(*bytes.get(HEADER)?)))
}

fn header(bytes: &[u8]) -> Option<(usize, u8)> {
    let [low, middle, high, number] = *bytes.first_chunk()?;
    let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
    Some((length, number))
}

/// Passes on what the server sends.
async fn pass_answers(
    buffer: &mut Buffer,
    server: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    awaited: &Awaited,
) -> RelayEnd {
    let mut packets = Answers::default();
    loop {
        if buffer.fill(server).await.is_err() {
            return RelayEnd::ServerLeft {
                answer: awaited.get(),
            };
        }
        packets.see(buffer.filled(), awaited);
        if buffer.flush(client).await.is_err() {
            return RelayEnd::ClientLeft;
        }
    }
}

/// Reads the headers of the server's packets, to know whether the client waits for another one.
#[derive(Debug, Default)]
struct Answers {
    header: [u8; HEADER],
    /// How much of the header is there.
    known: usize,
    /// What is left of the packet.
    left: usize,
    first: Option<u8>,
}

impl Answers {
    fn see(&mut self, mut bytes: &[u8], awaited: &Awaited) {
        while !bytes.is_empty() {
            if self.known < HEADER {
                let length = bytes.len().min(HEADER - self.known);
                self.header[self.known..][..length].copy_from_slice(&bytes[..length]);
                self.known += length;
                bytes = &bytes[length..];
                let Some((length, _)) = header(&self.header[..self.known]) else {
                    break;
                };
                self.left = length;
                self.first = None;
            } else {
                self.first = self.first.or(bytes.first().copied());
                let length = bytes.len().min(self.left);
                self.left -= length;
                bytes = &bytes[length..];
            }
            if self.left == 0 {
                self.known = 0;
                let number = self.header[HEADER - 1];
                match self.next(number) {
                    Some(next) => awaited.set(next),
                    None => awaited.clear(),
                }
            }
        }
        if self.known > 0 {
            awaited.clear();
        }
    }

    /// The number of the packet that follows this one, if one has to.
    ///
    /// An answer ends with an error, an end of rows, or an OK packet. A row of text may begin with the
    /// byte of an OK packet, but it is never the first packet of an answer.
    ///
    /// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html>
    fn next(&self, number: u8) -> Option<u8> {
        const OK: u8 = 0x00;
        const LOCAL_INFILE: u8 = 0xfb;
        const END_OF_ROWS: u8 = 0xfe;
        const ERROR: u8 = 0xff;
        match (self.first, number) {
            (Some(OK | LOCAL_INFILE), 1) | (Some(END_OF_ROWS | ERROR), _) => None,
            _ => Some(number.wrapping_add(1)),
        }
    }
}

/// The number of the packet that the client waits for.
#[derive(Debug)]
struct Awaited(AtomicU16);

/// No number of a packet.
const NOTHING: u16 = u16::MAX;

impl Default for Awaited {
    fn default() -> Self {
        Self(AtomicU16::new(NOTHING))
    }
}

impl Awaited {
    fn set(&self, number: u8) {
        self.0.store(number.into(), Ordering::Relaxed);
    }

    fn clear(&self) {
        self.0.store(NOTHING, Ordering::Relaxed);
    }

    fn get(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::Relaxed)).ok()
    }
}

/// One side has left, or its connection broke.
#[derive(Debug)]
struct Left;

/// What one side has sent and the other has not got yet.
#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// How much the last read gave.
    last_read: usize,
}

/// Room enough for most statements and answers. An idle session, of which there may be thousands, has
/// no more.
const SMALL_BUFFER: usize = 4 * 1024;

impl Buffer {
    fn starting_with(bytes: BytesMut) -> Self {
        let end = bytes.len();
        let mut bytes = Vec::from(bytes);
        bytes.resize(end.max(SMALL_BUFFER), 0);
        Self {
            bytes,
            start: 0,
            end,
            last_read: end,
        }
    }

    fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Reads more behind what is there. It can be dropped at any time without loss.
    async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<(), Left> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            self.bytes.resize(self.end + BUFFER, 0);
        } else if self.last_read < SMALL_BUFFER && self.end == 0 && self.bytes.len() > SMALL_BUFFER
        {
            self.bytes = vec![0; SMALL_BUFFER];
        }
        match from.read(&mut self.bytes[self.end..]).await {
            Ok(0) | Err(_) => Err(Left),
            Ok(length) => {
                self.end += length;
                self.last_read = length;
                // There is more where this came from.
                if self.end == self.bytes.len() && self.end < BUFFER {
                    self.bytes.resize(BUFFER, 0);
                }
                Ok(())
            }
        }
    }

    /// Sends this much of what is there. It can be dropped at any time without loss.
    async fn pass(
        &mut self,
        length: usize,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Left> {
        let end = self.start + length;
        while self.start < end {
            match to.write(&self.bytes[self.start..end]).await {
                Ok(0) | Err(_) => return Err(Left),
                Ok(sent) => self.start += sent,
            }
        }
        to.flush().await.map_err(|_| Left)
    }

    async fn flush(&mut self, to: &mut (impl AsyncWrite + Unpin)) -> Result<(), Left> {
        self.pass(self.end - self.start, to).await
    }
}
