//! The socket of a client: limits how long the client may be silent or not read, and closes so that
//! the last response arrives.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::progress::{Progress, Stage};
use crate::api::malformed::Refusals;

/// The time from the first to the last byte of a request's head, and from connecting to the first
/// byte. Slow clients cannot hold connections open.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The time between two requests. It is longer than the usual 60 s of balancers, so that a balancer
/// does not send a request on a connection that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Within this time, a client must read [`MIN_WRITTEN_BYTES`] of a waiting response, or all of it.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);
const MIN_WRITTEN_BYTES: usize = 16 * 1024;

/// How much is read and discarded after the last response, and for how long.
const MAX_DROPPED_BYTES: usize = 8 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(5);

pub struct Socket {
    stream: TcpStream,
    progress: Arc<Progress>,
    refusals: Arc<Refusals>,
    /// When the client must have sent something; `None` until it is computed.
    deadline: Option<Instant>,
    /// Reset only if it fires too early or would fire too late, not for each request.
    timer: Pin<Box<Sleep>>,
    stall: Option<Stall>,
    /// The response to malformed HTTP, in place of hyper's.
    refusal: Option<Refusal>,
    linger: Option<Linger>,
    has_peer_ended: bool,
}

struct Stall {
    timer: Pin<Box<Sleep>>,
    written: usize,
}

struct Refusal {
    bytes: Vec<u8>,
    written: usize,
}

struct Linger {
    timer: Pin<Box<Sleep>>,
    dropped: usize,
}

impl Socket {
    pub fn new(stream: TcpStream, progress: Arc<Progress>, refusals: Arc<Refusals>) -> Self {
        Self {
            stream,
            progress,
            refusals,
            deadline: None,
            timer: Box::pin(sleep(HEAD_TIMEOUT)),
            stall: None,
            refusal: None,
            linger: None,
            has_peer_ended: false,
        }
    }

    /// Fails once the client has been silent for too long.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let patience = match self.progress.stage() {
            Stage::New | Stage::Head => HEAD_TIMEOUT,
            Stage::Idle => IDLE_TIMEOUT,
            // These stages have other time limits.
            Stage::Busy | Stage::Answered | Stage::Ending => return Poll::Pending,
        };
        let deadline = *self.deadline.get_or_insert_with(|| {
            let now = Instant::now();
            self.progress.note_time(now);
            now + patience
        });
        loop {
            if self.timer.deadline() > deadline {
                self.timer.as_mut().reset(deadline);
            }
            ready!(self.timer.as_mut().poll(context));
            if self.timer.deadline() >= deadline {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Writes with `write`, and fails once the client has not read for too long.
    fn poll_unless_stalled(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let polled = write(Pin::new(&mut self.stream), context);
        self.progress.await_reader(polled.is_pending());
        match &polled {
            Poll::Ready(Ok(written)) => {
                if let Some(stall) = &mut self.stall {
                    stall.written += written;
                    if stall.written >= MIN_WRITTEN_BYTES {
                        self.stall = None;
                    }
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let stall = self.stall.get_or_insert_with(|| Stall {
                    timer: Box::pin(sleep(STALL_TIMEOUT)),
                    written: 0,
                });
                ready!(stall.timer.as_mut().poll(context));
                // Discards what the system still buffers for this client.
                let _ = self.stream.set_zero_linger();
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        polled
    }

    /// Whether hyper writes without a request: it then rejects malformed HTTP, without a body.
    fn is_refusing(&self) -> bool {
        self.progress.stage() <= Stage::Idle
    }

    /// Prepares a response with a body in place of the bare `head`.
    fn refuse(&mut self, head: &[u8]) {
        self.refusal.get_or_insert_with(|| Refusal {
            bytes: self.refusals.complete(head),
            written: 0,
        });
    }

    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(mut refusal) = self.refusal.take() else {
            return Poll::Ready(Ok(()));
        };
        while let Some(left) = refusal
            .bytes
            .get(refusal.written..)
            .filter(|it| !it.is_empty())
        {
            let polled = self
                .poll_unless_stalled(context, |stream, context| stream.poll_write(context, left));
            match polled {
                Poll::Ready(Ok(written)) => refusal.written += written,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.refusal = Some(refusal);
                    return Poll::Pending;
                }
            }
        }
        self.progress.expect_more();
        Poll::Ready(Ok(()))
    }

    /// Reads and discards what still arrives. Closing with unread data would reset the connection,
    /// and the client might never see its response.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Linger {
            timer: Box::pin(sleep(LINGER)),
            dropped: 0,
        });
        let mut space = [0; 8 * 1024];
        while linger.dropped < MAX_DROPPED_BYTES {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    linger.dropped += buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return linger.timer.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_pending() {
            return self.poll_deadline(context).map(Err);
        }
        if buffer.filled().len() == before {
            self.has_peer_ended = true;
        } else if matches!(self.progress.stage(), Stage::New | Stage::Idle) {
            self.progress.enter(Stage::Head);
            self.deadline = None;
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_refusing() {
            self.refuse(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        self.poll_unless_stalled(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_refusing() {
            self.refuse(slices.first().map_or(&[], |slice| slice));
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        self.poll_unless_stalled(context, |stream, context| {
            stream.poll_write_vectored(context, slices)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called once everything is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        if self.progress.stage() == Stage::Answered {
            self.progress.enter(Stage::Idle);
            self.deadline = None;
            self.stall = None;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(self.poll_refusal(context))?;
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            if self.has_peer_ended || !self.progress.has_unread_body() {
                return Poll::Ready(Ok(()));
            }
            self.progress.enter(Stage::Ending);
        }
        self.poll_linger(context).map(Ok)
    }
}
