//! The public port: accepts connections within limits, and drains them when the process is told to
//! stop.

mod connections;
mod descriptors;
mod progress;
mod request_body;
mod response_body;
mod socket;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, EXPECT};
use axum::response::Response;
use futures_util::future::{Either, FutureExt, ready};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::api::Api;
use crate::api::malformed::Refusals;
use crate::state::App;
use connections::{Connections, Slot};
use progress::Progress;
use request_body::{Lent, Rest};
use response_body::Answer;
use socket::Socket;

/// The longest head of a request, and how much is buffered for a client that reads slowly.
const MAX_BUFFERED_BYTES: usize = 64 * 1024;

/// How long clients that connected at the last moment have to send their request.
const LAST_MOMENT: Duration = Duration::from_millis(50);

/// Serves until `told` completes, then stops; returns whether all requests in flight finished. Mails
/// that are being sent finish too, because one that the mail server took would be sent again.
///
/// For the configured delay, the service is not ready but still answers everything, so that
/// balancers can switch to other instances. After that, new requests are refused while those in
/// flight finish. From the start of the delay, each response closes its connection; idle
/// connections are closed last.
pub async fn serve(
    listener: TcpListener,
    app: &App,
    api: impl Api,
    told: impl Future<Output = ()>,
) -> bool {
    let port = Port {
        listener,
        connections: Arc::new(Connections::new(
            descriptors::bounds(&app.config),
            app.metrics.connections.clone(),
        )),
        refusals: Arc::new(Refusals::new(&app.config)),
        api,
    };
    port.accept_until(told).await;

    app.is_leaving.store(true, Ordering::Relaxed);
    port.connections.leave();
    let delay = app.config.shutdown_delay;
    if !delay.is_zero() {
        tracing::info!(?delay, "not ready any more, but still answering");
        port.accept_until(sleep(delay)).await;
    }

    tracing::info!("told to stop; requests in flight may finish");
    app.is_stopping.store(true, Ordering::Relaxed);
    let connections = port.connections.clone();
    let grace = app.config.shutdown_grace;
    let drained = timeout(grace, port.drain());
    let sent = timeout(grace, app.sending.end());
    let (finished, sent) = tokio::join!(drained, sent);
    if sent.is_err() {
        tracing::warn!("a mail was still being sent after {grace:?}; it may arrive twice");
    }
    connections.abort_all();
    finished.is_ok()
}

struct Port<A> {
    listener: TcpListener,
    connections: Arc<Connections>,
    refusals: Arc<Refusals>,
    api: A,
}

impl<A: Api> Port<A> {
    async fn accept_until(&self, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => self.begin(stream, peer),
                    Err(error) => pause_after(&error).await,
                },
            }
        }
    }

    /// Waits for the requests in flight. When there are none, it closes the listener; clients that
    /// have connected by then are still answered.
    async fn drain(self) {
        self.accept_until(self.connections.quiet()).await;
        while let Some(Ok((stream, peer))) = self.listener.accept().now_or_never() {
            self.begin(stream, peer);
        }
        drop(self.listener);
        sleep(LAST_MOMENT).await;
        self.connections.quiet().await;
    }

    /// Starts the task of a connection, unless a limit is reached.
    fn begin(&self, stream: TcpStream, peer: SocketAddr) {
        let Some((slot, progress)) = self.connections.admit(peer.ip()) else {
            return;
        };
        let id = slot.id();
        let refusals = self.refusals.clone();
        let connection = answer(stream, peer, progress, refusals, self.api.clone());
        let task = tokio::spawn(note_end(connection, slot));
        self.connections.note_task(id, task.abort_handle());
    }
}

/// Answers the requests of a connection.
fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    progress: Arc<Progress>,
    refusals: Arc<Refusals>,
    mut api: impl Api,
) -> impl Future<Output = Result<(), hyper::Error>> + Send {
    // Responses are small, and waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let socket = Socket::new(stream, progress.clone(), refusals);
    let rest = Arc::new(Rest::default());
    // Requests of a connection are sequential, and each is passed on at once.
    let api = std::cell::RefCell::new(move |request| api.call(request));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        progress.begin_request();
        let is_continued = request.headers().contains_key(EXPECT);
        let mut request = request.map(|body| {
            if body.is_end_stream() {
                Body::empty()
            } else {
                Body::new(Lent::new(body, rest.clone(), progress.clone()))
            }
        });
        request.extensions_mut().insert(ConnectInfo(peer));
        let (rest, progress) = (rest.clone(), progress.clone());
        let answered = (api.borrow_mut())(request);
        answered
            .then(move |response| {
                let Ok(response) = response;
                match rest.take() {
                    None => Either::Left(ready(complete(response, progress, true))),
                    // Without `100 Continue`, the client does not send the body.
                    Some(_) if is_continued => {
                        Either::Left(ready(complete(response, progress, false)))
                    }
                    Some(body) => Either::Right(Box::pin(async move {
                        progress.await_body(true);
                        let is_read = request_body::read_to_end(body).await;
                        progress.await_body(false);
                        complete(response, progress, is_read)
                    })),
                }
            })
            .map(Ok::<_, Infallible>)
    });
    http1::Builder::new()
        // `Socket` enforces it instead.
        .header_read_timeout(None)
        .max_buf_size(MAX_BUFFERED_BYTES)
        .serve_connection(TokioIo::new(socket), service)
}

/// Tracks the end of the response, and makes it the last of its connection if necessary.
fn complete(
    mut response: Response,
    progress: Arc<Progress>,
    is_read: bool,
) -> hyper::Response<Answer> {
    if !is_read {
        progress.expect_more();
    }
    if !is_read || progress.is_leaving() {
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.map(|body| Answer::new(body, progress))
}

async fn note_end(connection: impl Future<Output = Result<(), hyper::Error>>, _slot: Slot) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended");
    }
}

/// Pauses if there are no file descriptors left. A client that left while waiting is not an error.
async fn pause_after(error: &io::Error) {
    if error.kind() == io::ErrorKind::ConnectionAborted {
        return;
    }
    tracing::error!(%error, "cannot accept connections");
    sleep(Duration::from_millis(100)).await;
}
