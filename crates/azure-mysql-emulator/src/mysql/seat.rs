use std::{io, sync::Arc};

use mysql_common::constants::StatusFlags;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    sync::oneshot::{self, error::TryRecvError},
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
        let session = self.session.take().ok_or(End::Drop)?;
        let interrupt = session.interrupt_handle();
        let (sender, receiver) = oneshot::channel();
        let (running, ended) = oneshot::channel();
        let work = move || {
            // It goes last, after the session if nobody takes that.
            let _running: oneshot::Sender<()> = running;
            let mut session = session;
            if sender.is_closed() {
                return;
            }
            let result = work(&mut session);
            // Nobody waits any more when the connection is gone, and so is the session then.
            let _ = sender.send((session, result));
        };
        self.state.threads.run(work).map_err(no_thread)?;
        let mut under_way = UnderWay {
            state: &self.state,
            orphan: Some(Orphan { interrupt, ended }),
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

/// MySQL's text.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn no_thread(error: io::Error) -> SqlError {
    let number = error.raw_os_error().unwrap_or_default();
    SqlError::new(
        1135,
        *b"HY000",
        format!(
            "Can't create a new thread (errno {number}); if you are not out of available memory, you \
             can consult the manual for a possible OS-dependent bug"
        ),
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

/// Work that nobody waits for any more, and that was told to end.
#[derive(Debug)]
pub(crate) struct Orphan {
    interrupt: Interrupt,
    /// Has nothing to say but that the work has ended.
    ended: oneshot::Receiver<()>,
}

impl Orphan {
    pub(crate) fn has_ended(&mut self) -> bool {
        self.ended.try_recv() != Err(TryRecvError::Empty)
    }

    /// Waits until it has ended.
    pub(crate) async fn end(self) {
        let _ = self.ended.await;
    }
}
