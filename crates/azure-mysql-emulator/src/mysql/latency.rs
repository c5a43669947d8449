use std::{future::Future, io, pin::pin};

use tokio::{
    io::{
        AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex, split,
    },
    join, select,
    sync::mpsc,
    time::{Duration, Instant, sleep_until},
};

use super::fault::Latency;

/// As much can be on its way in each direction, in pieces of at most [`PIECE`].
const PIECES: usize = 64;
const PIECE: usize = 16 * 1024;

/// A year: what takes longer never arrives, and the clock could not tell when it would.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Serves a client as if it were far away: each piece of data arrives so much after it was sent, and
/// others are sent meanwhile.
pub(crate) async fn from_afar<C, F>(
    client: C,
    latency: Latency,
    serve: impl FnOnce(DuplexStream) -> F,
) where
    C: AsyncRead + AsyncWrite,
    F: Future<Output = ()>,
{
    let (near, far) = duplex(PIECE);
    let (client_reader, client_writer) = split(client);
    let (far_reader, far_writer) = split(far);
    let incoming = relay(client_reader, far_writer, latency.to_server);
    let outgoing = relay(far_reader, client_writer, latency.to_client);
    // What the server said last still has to arrive.
    let served = pin!(async { join!(serve(near), outgoing) });
    let received = pin!(async {
        incoming.await;
        std::future::pending::<()>().await;
    });
    select! {
        _ = served => {}
        () = received => {}
    }
}

async fn relay(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    latency: Duration,
) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES);
    let depart = async move {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            match from.read_buf(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            let arrival = Instant::now() + latency.min(LONGEST);
            if sender.send((arrival, piece)).await.is_err() {
                break;
            }
        }
    };
    let arrive = async move {
        while let Some((arrival, piece)) = receiver.recv().await {
            sleep_until(arrival).await;
            to.write_all(&piece).await?;
        }
        to.shutdown().await
    };
    // Either side may leave at any time; the other is told by the end of its stream.
    let _: ((), io::Result<()>) = join!(depart, arrive);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATENCY: Latency = Latency {
        to_server: Duration::from_millis(300),
        to_client: Duration::from_millis(20),
    };

    #[tokio::test(start_paused = true)]
    async fn each_direction_takes_its_own_time() {
        let (mut client, server) = duplex(64);
        let start = Instant::now();
        let server = from_afar(server, LATENCY, |mut stream| async move {
            let mut heard = [0; 1];
            stream.read_exact(&mut heard).await.unwrap();
            assert_eq!(start.elapsed().as_millis(), 300);
            stream.write_all(&heard).await.unwrap();
        });
        let client = async {
            client.write_all(b"x").await.unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).await.unwrap();
            assert_eq!(answer, b"x");
            assert_eq!(start.elapsed().as_millis(), 320);
        };
        join!(server, client);
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_are_under_way_together() {
        let (mut client, server) = duplex(1 << 20);
        let start = Instant::now();
        let server = from_afar(server, LATENCY, |mut stream| async move {
            let mut heard = vec![0; 500_000];
            stream.read_exact(&mut heard).await.unwrap();
            assert_eq!(start.elapsed().as_millis(), 300);
        });
        let client = async { client.write_all(&vec![0; 500_000]).await.unwrap() };
        join!(server, client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_leaves_is_seen_to_leave() {
        let (client, server) = duplex(64);
        drop(client);
        from_afar(server, LATENCY, |mut stream| async move {
            let mut heard = Vec::new();
            assert_eq!(stream.read_to_end(&mut heard).await.unwrap(), 0);
        })
        .await;
    }
}
