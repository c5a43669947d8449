use std::{
    fmt,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use tokio::{
    net::TcpStream,
    select,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::{Duration, sleep},
};

use super::{answer, connection::serve, packet::Packets, state::State};
use crate::{Error, database::SqlError};

/// More than any test has, and less than the memory of a small machine.
const MOST_CONNECTIONS: usize = 5_000;

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
    pub(crate) fn start(listener: TcpListener, state: Arc<State>) -> Result<Self, Error> {
        let not_started =
            |cause| Error::caused_by("the MySQL server on 127.0.0.1 could not be started", cause);
        let address = listener.local_addr().map_err(not_started)?;
        if !address.ip().is_loopback() {
            return Err(Error::new(format!(
                "the MySQL server would be reachable from outside at {address}: give it an address \
                 of loopback"
            )));
        }
        let listener = tokio::net::TcpListener::from_std(listener).map_err(not_started)?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, Arc::clone(&state), stopped));
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

    /// Closes the port and all connections, ends their statements, and waits for all of it.
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

async fn accept(
    listener: tokio::net::TcpListener,
    state: Arc<State>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    let mut last_id = 0_u32;
    loop {
        select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    last_id = last_id.wrapping_add(1);
                    connect(stream, &state, last_id, &mut connections);
                }
                Err(_) => sleep(REST).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
    for orphan in state.take_orphans() {
        orphan.end().await;
    }
}

fn connect(stream: TcpStream, state: &Arc<State>, id: u32, connections: &mut JoinSet<()>) {
    state.tally.count_connection();
    // While it is locked no connection can end before it is in the list.
    let mut open = state.connections();
    if open.len() >= MOST_CONNECTIONS {
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
    let mut packets = Packets::new();
    let error = SqlError::new(1040, *b"08004", "Too many connections");
    if packets.put(&answer::error(&error)).is_ok() {
        let _ = stream.try_write(packets.outgoing());
    }
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
