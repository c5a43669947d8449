use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use bytes::BytesMut;
use mysql_common::proto::codec::packet_to_chunks;
use mysql_handshake::ServerError;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    select,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::{Duration, sleep},
};

use super::{
    connection::serve,
    state::{Answers, State},
};
use crate::Error;

/// How many connections may wait to be accepted; the system may allow fewer. With the usual 128, of a
/// thousand that come at once some are forgotten: the client believes it is connected and waits for
/// a greeting, and the server has never heard of it.
const BACKLOG: u32 = 4_096;

/// How long the listener rests when the system has no more sockets for it.
const REST: Duration = Duration::from_millis(20);

/// The MySQL server as a task, which ends with this handle, and all connections with it.
pub(crate) struct MySqlServer {
    address: SocketAddr,
    state: Arc<State>,
    /// Dropping it stops the server.
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl MySqlServer {
    /// Starts a server on a free port of 127.0.0.1, for so many connections at once.
    pub(crate) fn start(state: Arc<State>, most: usize) -> Result<Self, Error> {
        let (listener, address) = listen().map_err(|cause| {
            Error::caused_by(
                "no port on 127.0.0.1 could be opened: look at the limits of this process",
                cause,
            )
        })?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, Arc::clone(&state), most, stopped));
        Ok(Self {
            address,
            state,
            stop: Some(stop),
            task,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Closes the port and all connections, and waits for that.
    pub(crate) async fn stop(&mut self) {
        self.stop = None;
        // It fails only if it was cancelled with the runtime, which then has no tasks any more.
        let _ = (&mut self.task).await;
    }
}

impl fmt::Debug for MySqlServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn accept(
    listener: TcpListener,
    state: Arc<State>,
    most: usize,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    let mut last_id = 0_u32;
    loop {
        select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    last_id = last_id.wrapping_add(1);
                    connect(stream, &state, (last_id, most), &mut connections);
                }
                Err(_) => sleep(REST).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
    #[cfg(unix)]
    if let Answers::Server(server) = &state.answers {
        server.stop().await;
    }
}

fn connect(
    stream: TcpStream,
    state: &Arc<State>,
    (id, most): (u32, usize),
    connections: &mut JoinSet<()>,
) {
    state.metrics.count_connection();
    // While it is locked no connection can end before it is in the list.
    let mut open = state.connections();
    if open.len() >= most {
        turn_away(&stream);
        return;
    }
    let listed = Listed {
        state: Arc::clone(state),
        id,
    };
    let connection = connections.spawn(async move {
        serve(stream, Arc::clone(&listed.state), id).await;
        drop(listed);
    });
    open.insert(id, connection);
}

/// As much of an answer as the new socket takes at once, which is all of it.
fn turn_away(stream: &TcpStream) {
    let error = ServerError::new(1040, *b"08004", "Too many connections").encode();
    let mut packet = BytesMut::new();
    packet_to_chunks(0, &mut &error[..], &mut packet);
    let _ = stream.try_write(&packet);
}

/// A connection's place in the list, which it leaves however it ends.
struct Listed {
    state: Arc<State>,
    id: u32,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.state.connections().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;
    use crate::Emulator;

    #[tokio::test]
    async fn a_client_too_many_is_told_so() {
        let emulator = Emulator::builder().start().await.unwrap();
        let state = Arc::clone(&emulator.mysql.state);
        let mut server = MySqlServer::start(state, 1).unwrap();
        let mut first = TcpStream::connect(server.address()).await.unwrap();
        first.read_u8().await.unwrap();

        let mut second = TcpStream::connect(server.address()).await.unwrap();
        let mut answer = Vec::new();
        second.read_to_end(&mut answer).await.unwrap();

        let message = b"#08004Too many connections";
        assert_eq!(&answer[3..7], [0, 0xff, 0x10, 0x04]);
        assert_eq!(&answer[7..], message);
        server.stop().await;
    }
}
