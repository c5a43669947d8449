use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body that announces its whole length, sends the first half, and fails.
pub(super) struct TruncatedBody {
    announced: u64,
    half: Option<Bytes>,
    has_yielded: bool,
}

impl TruncatedBody {
    pub(super) fn new(mut whole: Bytes) -> Self {
        Self {
            announced: whole.len() as u64,
            half: Some(whole.split_to(whole.len() / 2)),
            has_yielded: false,
        }
    }
}

impl Body for TruncatedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.has_yielded {
            // hyper sends what it has only when the body is pending.
            self.has_yielded = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
