use std::{sync::Arc, time::Duration};

use mysql_common::constants::StatusFlags;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    sync::oneshot,
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use super::{end::End, state::State, wire::Wire};
use crate::database::{Interrupt, Session, SqlError};

/// A session and the way to make it work: sessions block, so each piece of work has a thread, and the
/// connection waits for it.
#[derive(Debug)]
pub(crate) struct Seat {
    state: Arc<State>,
    /// There between two pieces of work.
    session: Option<Session>,
}

impl Seat {
    pub(crate) fn new(state: Arc<State>, session: Session) -> Self {
        Self {
            state,
            session: Some(session),
        }
    }

    /// Does a piece of work with the session. If the client leaves meanwhile, the work is told to
    /// end.
    pub(crate) async fn work<S, T>(
        &mut self,
        wire: &mut Wire<S>,
        work: impl FnOnce(&mut Session) -> T + Send + 'static,
    ) -> Result<T, End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: Send + 'static,
    {
        let mut session = self.session.take().ok_or(End::Drop)?;
        let interrupt = session.interrupt_handle();
        let (sender, receiver) = oneshot::channel();
        let task = spawn_blocking(move || {
            if sender.is_closed() {
                return;
            }
            let result = work(&mut session);
            // Nobody waits any more when the connection is gone, and so is the session then.
            let _ = sender.send((session, result));
        });
        let mut under_way = UnderWay {
            state: &self.state,
            orphan: Some(Orphan { interrupt, task }),
        };
        select! {
            done = receiver => {
                under_way.orphan = None;
                let (session, result) = done.map_err(|_| failed())?;
                self.session = Some(session);
                Ok(result)
            }
            end = wire.left() => Err(end),
        }
    }

    /// What each answer says about the session.
    pub(crate) fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::empty();
        if let Some(session) = &self.session {
            status.set(
                StatusFlags::SERVER_STATUS_IN_TRANS,
                session.in_transaction(),
            );
            status.set(StatusFlags::SERVER_STATUS_AUTOCOMMIT, session.autocommit());
        }
        status
    }
}

fn failed() -> SqlError {
    SqlError::new(
        1105,
        *b"HY000",
        "the emulator failed at this statement: see what it wrote to standard error",
    )
}

/// Work whose connection waits for it, and may go away while it does: killed, left by its client, or
/// stopped with the server.
struct UnderWay<'a> {
    state: &'a State,
    orphan: Option<Orphan>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(orphan) = self.orphan.take() {
            orphan.interrupt.interrupt();
            self.state.adopt(orphan);
        }
    }
}

/// Work that nobody waits for any more.
#[derive(Debug)]
pub(crate) struct Orphan {
    interrupt: Interrupt,
    task: JoinHandle<()>,
}

impl Orphan {
    pub(crate) fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// Tells it to end until it has: an interrupt that comes before the statement has begun is lost.
    pub(crate) async fn end(mut self) {
        while timeout(Duration::from_millis(10), &mut self.task)
            .await
            .is_err()
        {
            self.interrupt.interrupt();
        }
    }
}
