//! The public port: accepts connections, and lets them finish when the process is told to stop.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};

use crate::api::Api;

/// A client that has not sent its request's head by then is cut off, so that slow ones cannot hold
/// connections open for nothing.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request, and what is written ahead of a client that reads slowly.
const MOST_BUFFERED_BYTES: usize = 64 * 1024;

/// Serves until `stop` is done, then waits up to `grace` for the requests in flight; returns
/// whether they all finished. Whoever connects meanwhile is still answered, once: probes learn that
/// the service stops, and everyone else to come back later.
pub async fn serve(
    listener: TcpListener,
    api: impl Api,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> bool {
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let connection = answer(stream, peer, api.clone(), true);
                    tokio::spawn(note_end(connections.watch(connection)));
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
    let mut finished = pin!(tokio::time::timeout(grace, connections.shutdown()));
    loop {
        tokio::select! {
            biased;
            finished = &mut finished => return finished.is_ok(),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::spawn(note_end(answer(stream, peer, api.clone(), false)));
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
}

/// Answers the requests of a connection: all of them, or the first.
fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    api: impl Api,
    is_kept_alive: bool,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    // Answers are small; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    // Requests of a connection come one after the other, and each is handed over at once.
    let api = RefCell::new(api);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        api.borrow_mut().call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MOST_BUFFERED_BYTES)
        .keep_alive(is_kept_alive)
        .serve_connection(TokioIo::new(stream), service)
}

async fn note_end(connection: impl Future<Output = Result<(), hyper::Error>>) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended");
    }
}

/// Out of file descriptors, only time helps; a client that left while waiting is no error.
async fn pause_after(error: &io::Error) {
    if error.kind() == io::ErrorKind::ConnectionAborted {
        return;
    }
    tracing::error!(%error, "cannot accept connections");
    tokio::time::sleep(Duration::from_millis(100)).await;
}
