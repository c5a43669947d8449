//! r2d2's pools, whose calls block.

use std::{
    fmt, io, thread,
    time::{Duration, Instant},
};

use r2d2::{HandleError, ManageConnection, Pool, PooledConnection};
use test_servers::blocking;

use crate::{
    error_capture::ErrorCapture,
    failure::{Failure, FailureKind},
};

/// Much longer than any adapter's own patience, so that its error comes first: the pool opens no more
/// than three connections at a time.
const PATIENCE: Duration = Duration::from_secs(150);

/// How often it is looked whether there is a connection, or why there is none. The pool tries again
/// after 200 ms, and by then it should be gone.
const GLANCE: Duration = Duration::from_millis(20);

/// After how long the pool is asked to open one more: somebody else may have closed the last one.
const AGAIN: Duration = Duration::from_secs(5);

/// An r2d2 pool that says why there is no connection.
///
/// Such a pool opens connections in threads of its own. It tries again and again, and tells its error
/// handler why; a caller gets, once its time-out is over, the last error's text alone. So the handler
/// is listened to here. A caller who gives up does not end the call: the connection goes to the pool
/// when it comes.
pub struct BlockingPool<M: ManageConnection> {
    connections: Pool<M>,
    errors: ErrorCapture,
}

impl<M: ManageConnection> BlockingPool<M> {
    /// A pool that opens no connection yet. `failure` tells what an error is; `None` is for one that
    /// does not keep the pool from opening a connection.
    pub fn new(
        builder: r2d2::Builder<M>,
        manager: M,
        failure: fn(&M::Error) -> Option<Failure>,
    ) -> Self {
        let errors = ErrorCapture::default();
        let handler = Handler {
            failure,
            errors: errors.clone(),
        };
        let connections = builder
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(handler))
            .build_unchecked(manager);
        Self {
            connections,
            errors,
        }
    }

    /// Takes a connection, and has one opened if none is idle and there is room.
    ///
    /// # Errors
    ///
    /// What the pool's handler is told meanwhile.
    pub async fn get(&self) -> Result<BlockingConnection<M>, Failure> {
        let pool = self.clone();
        let connection = blocking(move || pool.blocking_get()).await?;
        Ok(BlockingConnection(Some(connection)))
    }

    fn blocking_get(&self) -> Result<PooledConnection<M>, Failure> {
        self.errors.forget();
        let started = Instant::now();
        let mut asked = None;
        while started.elapsed() < PATIENCE {
            // To ask is to have one more connection opened, if there is room.
            let connection = if asked.is_none_or(|it: Instant| it.elapsed() > AGAIN) {
                asked = Some(Instant::now());
                self.connections.get_timeout(GLANCE).ok()
            } else {
                thread::sleep(GLANCE);
                self.connections.try_get()
            };
            if let Some(connection) = connection {
                return Ok(connection);
            }
            if let Some(failure) = self.errors.take() {
                return Err(failure);
            }
        }
        let too_long = io::Error::from(io::ErrorKind::TimedOut);
        Err(Failure::new(FailureKind::Timeout, &too_long))
    }
}

impl<M: ManageConnection> Clone for BlockingPool<M> {
    fn clone(&self) -> Self {
        Self {
            connections: self.connections.clone(),
            errors: self.errors.clone(),
        }
    }
}

impl<M: ManageConnection + fmt::Debug> fmt::Debug for BlockingPool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connections.fmt(f)
    }
}

/// A connection of such a pool. It is out of here only while a thread uses it.
#[expect(missing_debug_implementations, reason = "connections have none")]
pub struct BlockingConnection<M: ManageConnection>(Option<PooledConnection<M>>);

impl<M: ManageConnection> BlockingConnection<M> {
    /// Uses the connection where that may block.
    ///
    /// # Panics
    ///
    /// If an earlier use was given up before its end.
    pub async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut M::Connection) -> T + Send + 'static,
    ) -> T {
        let mut connection = self.0.take().expect("nobody uses it");
        let (connection, value) = blocking(move || {
            let value = work(&mut connection);
            (connection, value)
        })
        .await;
        self.0 = Some(connection);
        value
    }

    /// Uses it for the last time, and gives it back.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with) does.
    pub async fn last(self, work: impl FnOnce(&mut M::Connection) + Send + 'static) {
        let mut connection = self.0.expect("nobody uses it");
        blocking(move || work(&mut connection)).await;
    }
}

struct Handler<E> {
    failure: fn(&E) -> Option<Failure>,
    errors: ErrorCapture,
}

impl<E: 'static> HandleError<E> for Handler<E> {
    fn handle_error(&self, error: E) {
        if let Some(failure) = (self.failure)(&error) {
            self.errors.tell(failure);
        }
    }
}

impl<E> fmt::Debug for Handler<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handler")
    }
}
