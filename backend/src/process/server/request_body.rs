//! Reads and discards the rest of a body that was answered before it was read. Closing a connection
//! while the client still sends would reset it and lose the response.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::timeout;

use super::progress::Progress;

/// The limit of an accepted body.
const MAX_BYTES: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(2);

/// Holds the body of a connection's current request if it is dropped before its end.
#[derive(Default)]
pub struct Rest(Mutex<Option<Incoming>>);

impl Rest {
    pub fn take(&self) -> Option<Incoming> {
        let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rest.take()
    }

    fn put(&self, body: Incoming) {
        let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *rest = Some(body);
    }
}

/// The body passed to a handler. It records while more is awaited.
pub struct Lent {
    /// `None` after its end.
    body: Option<Incoming>,
    rest: Arc<Rest>,
    progress: Arc<Progress>,
}

impl Lent {
    pub fn new(body: Incoming, rest: Arc<Rest>, progress: Arc<Progress>) -> Self {
        Self {
            body: Some(body),
            rest,
            progress,
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.progress.await_body(false);
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            self.rest.put(body);
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        self.progress.await_body(polled.is_pending());
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

/// Reads and discards the rest of a body, up to 64 KiB within 2 s; returns whether that was all.
pub async fn read_to_end(mut body: Incoming) -> bool {
    if body.size_hint().lower() > MAX_BYTES {
        return false;
    }
    let mut read = 0;
    let to_end = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            read += frame.data_ref().map_or(0, Bytes::len) as u64;
            if read > MAX_BYTES {
                return false;
            }
        }
        true
    };
    timeout(PATIENCE, to_end).await.unwrap_or(false)
}
