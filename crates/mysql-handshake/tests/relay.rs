//! A session is copied byte for byte, and each way in which it ends is told from the others.

use std::sync::atomic::{AtomicU8, Ordering};

use mysql_handshake::{PacketStream, RelayEnd, ServerError, relay};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

const QUERY: u8 = 0x03;
const CHANGE_USER: &[u8] = b"\x0b\0\0\0\x11app\0\0\0\0\0\0\0";
const ROOM: usize = 1 << 20;

/// Both ends of a session, and what copies it.
struct Session {
    client: DuplexStream,
    server: DuplexStream,
    to_client: PacketStream<DuplexStream>,
    to_server: PacketStream<DuplexStream>,
}

impl Session {
    fn new(room: usize) -> Self {
        let (client, near_client) = duplex(room);
        let (server, near_server) = duplex(room);
        Self {
            client,
            server,
            to_client: PacketStream::new(near_client),
            to_server: PacketStream::new(near_server),
        }
    }

    /// Copies while client and server do what they do. Whoever is returned stays to the end.
    async fn run<F: Future<Output = DuplexStream>>(
        mut self,
        act: impl FnOnce(DuplexStream, DuplexStream) -> F,
    ) -> RelayEnd {
        let copying = relay(&mut self.to_client, &mut self.to_server, |_| {});
        let (end, _stays) = tokio::join!(copying, act(self.client, self.server));
        end
    }
}

async fn read(stream: &mut DuplexStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&length[..3], &[number], payload].concat()
}

#[tokio::test]
async fn bytes_arrive_as_they_were_sent() {
    let session = Session::new(ROOM);
    let large = vec![7; 300_000];
    let end = session
        .run(async |mut client, mut server| {
            let query = [packet(0, b"\x03SELECT 1"), packet(0, &large)].concat();
            client.write_all(&query).await.unwrap();
            assert_eq!(read(&mut server, query.len()).await, query);
            server.write_all(&large).await.unwrap();
            assert_eq!(read(&mut client, large.len()).await, large);
            server
        })
        .await;
    assert_eq!(end, RelayEnd::ClientLeft);
}

#[tokio::test]
async fn commands_are_counted_and_what_continues_them_is_not() {
    let mut session = Session::new(ROOM);
    let last = AtomicU8::new(0);
    let count = AtomicU8::new(0);
    let copying = relay(&mut session.to_client, &mut session.to_server, |command| {
        last.store(command, Ordering::Relaxed);
        count.fetch_add(1, Ordering::Relaxed);
    });
    let acting = async {
        let mut client = session.client;
        client.write_all(&packet(0, &[QUERY, b'x'])).await.unwrap();
        // A file that the server has asked for: its numbers go on, and begin again after 255.
        for number in (2..=255).chain(0..=3) {
            client
                .write_all(&packet(number, b"\x11data"))
                .await
                .unwrap();
        }
        client.write_all(&packet(4, b"")).await.unwrap();
        drop(client);
    };
    let (end, ()) = tokio::join!(copying, acting);
    assert_eq!(end, RelayEnd::ClientLeft);
    let counted = (count.into_inner(), last.into_inner());
    assert_eq!(counted, (1, QUERY));
}

#[tokio::test]
async fn change_of_user_is_held_back_and_can_be_read() {
    for piece in [1, 3, 4, 5, CHANGE_USER.len()] {
        let Session {
            mut client,
            mut server,
            mut to_client,
            mut to_server,
        } = Session::new(ROOM);
        let acting = async {
            client.write_all(&packet(0, b"\x0e")).await.unwrap();
            for bytes in CHANGE_USER.chunks(piece) {
                client.write_all(bytes).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let copying = relay(&mut to_client, &mut to_server, |_| {});
        let (end, ()) = tokio::join!(copying, acting);
        assert_eq!(end, RelayEnd::ChangeUser);
        assert_eq!(to_client.read().await.unwrap(), &CHANGE_USER[4..]);
        drop((to_client, to_server));
        let mut passed = Vec::new();
        server.read_to_end(&mut passed).await.unwrap();
        assert_eq!(passed, packet(0, b"\x0e"), "in pieces of {piece}");
    }
}

#[tokio::test]
async fn goodbye_is_passed_on_and_ends_the_session() {
    let session = Session::new(ROOM);
    let end = session
        .run(async |mut client, mut server| {
            client.write_all(&packet(0, b"\x01")).await.unwrap();
            assert_eq!(read(&mut server, 5).await, packet(0, b"\x01"));
            server
        })
        .await;
    assert_eq!(end, RelayEnd::ClientLeft);
}

/// How copying ends when the server leaves after this answer.
async fn end_after(query: &[u8], answer: &[u8]) -> RelayEnd {
    let Session {
        mut client,
        mut server,
        mut to_client,
        mut to_server,
    } = Session::new(ROOM);
    let acting = async {
        client.write_all(query).await.unwrap();
        read(&mut server, query.len()).await;
        server.write_all(answer).await.unwrap();
        drop(server);
        read(&mut client, answer.len()).await;
    };
    let copying = relay(&mut to_client, &mut to_server, |_| {});
    let (end, ()) = tokio::join!(copying, acting);
    end
}

#[tokio::test]
async fn server_that_leaves_owes_an_answer_or_not() {
    let query = packet(0, b"\x03SELECT 1");
    let begun = [packet(1, b"\x01"), packet(2, b"\x03def")].concat();
    let row = [begun.clone(), packet(3, b"\x00")].concat();
    let ended = [row.clone(), packet(4, b"\xfe\0\0\x02\0\0\0")].concat();
    let half = packet(1, b"\x01\x02\x03");
    for (query, answer, owed) in [
        (&query, Vec::new(), Some(1)),
        (&query, begun, Some(3)),
        (&query, row, Some(4)),
        (&query, ended, None),
        (&query, packet(1, b"\0\0\0\x02\0\0\0"), None),
        (&query, packet(1, b"\xff\x28\x04#42000no"), None),
        (&query, half[..half.len() - 1].to_vec(), None),
        (&query, half[..2].to_vec(), None),
        (&Vec::new(), Vec::new(), None),
    ] {
        let end = end_after(query, &answer).await;
        assert_eq!(end, RelayEnd::ServerLeft { answer: owed }, "{answer:?}");
    }
}

#[tokio::test]
async fn client_reads_why_its_answer_does_not_come() {
    let (mut client, near) = duplex(ROOM);
    let mut to_client = PacketStream::new(near);
    let error = ServerError::new(1053, *b"08S01", "gone");
    let reading = async {
        let mut said = vec![0; 17];
        client.read_exact(&mut said).await.unwrap();
        drop(client);
        said
    };
    let (said, ()) = tokio::join!(reading, to_client.refuse_answer(3, &error));
    assert_eq!(said, packet(3, &error.encode()));
}

#[tokio::test(start_paused = true)]
async fn slow_reader_holds_the_other_side_back() {
    let Session {
        client,
        mut server,
        mut to_client,
        mut to_server,
    } = Session::new(1024);
    let copying = relay(&mut to_client, &mut to_server, |_| {});
    let writing = async {
        let mut written = 0;
        let piece = [0; 1024];
        while let Ok(Ok(length)) =
            tokio::time::timeout(std::time::Duration::from_secs(1), server.write(&piece)).await
        {
            written += length;
        }
        written
    };
    tokio::select! {
        end = copying => panic!("{end:?}"),
        written = writing => assert!((1024..200_000).contains(&written), "{written}"),
    }
    drop(client);
}
