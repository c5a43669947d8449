use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body that says how long it is, gives the first half of that, and breaks off.
pub(super) struct CutShort {
    promised: u64,
    half: Option<Bytes>,
    given: bool,
}

impl CutShort {
    pub(super) fn new(mut whole: Bytes) -> Self {
        Self {
            promised: whole.len() as u64,
            half: Some(whole.split_to(whole.len() / 2)),
            given: false,
        }
    }
}

impl Body for CutShort {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.given {
            // What it has by now is sent only when there is nothing more to be had at once.
            self.given = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
