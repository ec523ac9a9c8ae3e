//! Connections: idle times, limits, and the delivery of the last response.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::Value;

use crate::database::Database;
use crate::http::Connection;
use crate::program::{Setup, awaited};

/// Sends raw bytes and returns everything received until the connection is closed.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A connection from another address of this machine.
fn connect_from(client: [u8; 4], server: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((client, 0))).unwrap();
        socket.connect(server).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream
}

#[test]
fn malformed_http_is_answered_with_a_problem() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).start_ready();
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(300 * 1024));
    for (bytes, status) in [
        (&b"nonsense\r\n\r\n"[..], "400 Bad Request"),
        (long.as_bytes(), "431 Request Header Fields Too Large"),
    ] {
        let answer = exchange(service.address, bytes);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{answer}"
        );
        for part in [
            "content-type: application/problem+json",
            "x-request-id: ",
            "date: ",
            "connection: close",
            "\"code\":\"malformed_request\"",
        ] {
            assert!(answer.contains(part), "{part}: {answer}");
        }
    }
}

#[test]
fn an_answer_that_comes_before_the_body_was_sent_arrives() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).start_ready();
    for bytes in [100_000, 4_000_000] {
        let mut request = format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\nx-client-type: native\r\n\
             content-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
        )
        .into_bytes();
        request.resize(request.len() + bytes, b' ');
        let answer = exchange(service.address, &request);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{bytes}: {answer}");
    }
}

#[test]
fn a_refusal_before_the_body_arrived_keeps_the_connection() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).start_ready();
    let mut client = Connection::open(service.address).unwrap();
    client
        .write(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/json\r\ncontent-length: 10\r\n\r\n12345",
        )
        .unwrap();
    client.write("67890").unwrap();
    assert_eq!(client.receive().unwrap().text("code"), "csrf_failed");
    client
        .send("GET", "/health/live", "", &Value::Null)
        .unwrap();
    assert_eq!(client.receive().unwrap().status, 200);
}

#[test]
fn a_connection_may_be_idle_for_longer_than_a_head_may_take() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).start_ready();
    let mut kept = Connection::open(service.address).unwrap();
    kept.send("GET", "/health/live", "", &Value::Null).unwrap();
    assert_eq!(kept.receive().unwrap().status, 200);
    let silent = Connection::open(service.address);
    let begun = exchange(service.address, b"GET / HTTP/1.1\r\nhost: ");
    // More than the time for a head has passed.
    assert_eq!(begun, "");
    assert!(silent.unwrap().receive().is_err());
    kept.send("GET", "/health/live", "", &Value::Null).unwrap();
    assert_eq!(kept.receive().unwrap().status, 200);
}

#[test]
fn idle_connections_of_one_address_keep_nobody_else_out() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard.min(8192).max(soft), hard).unwrap();
    let (url, _connection) = Database::bare();
    for limit in ["ulimit -S -n 1024", "ulimit -n 256"] {
        let service = Setup::on(&url).under(limit).start_ready();
        let idle: Vec<_> = (0..1200)
            .map(|_| connect_from([127, 0, 0, 2], service.address))
            .collect();
        assert_eq!(service.get("/health/ready").status, 200, "{limit}");
        drop(idle);
    }
}

#[test]
fn those_who_hold_their_bodies_back_keep_nobody_else_out() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).under("ulimit -n 256").start_ready();
    let request = "POST /api/v1/auth/refresh HTTP/1.1\r\nhost: localhost\r\nx-client-type: native\r\n\
                content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
    let mut waiting = Vec::new();
    for _ in 0..256 {
        let mut stream = connect_from([127, 0, 0, 2], service.address);
        let mut told = [0; 12];
        // After `100 Continue`, the handler waits for the body.
        if stream.write_all(request.as_bytes()).is_err() || stream.read_exact(&mut told).is_err() {
            break;
        }
        assert_eq!(&told, b"HTTP/1.1 100");
        waiting.push(stream);
    }
    let stranger = exchange(
        service.address,
        b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    assert!(stranger.starts_with("HTTP/1.1 200 "), "{stranger}");
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let (url, _connection) = Database::bare();
    let web = tempfile::tempdir().unwrap();
    fs::write(web.path().join("index.html"), "<p>page</p>").unwrap();
    let large = fs::File::create(web.path().join("large.bin")).unwrap();
    // More than both sides buffer.
    large.set_len(64 * 1024 * 1024).unwrap();
    let web = web.path().to_str().unwrap();
    let service = Setup::on(&url).with("LATCHKEY_WEB_DIR", web).start_ready();
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream
        .write_all(b"GET /large.bin HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let cause = awaited("it is cut off", || stream.take_error().unwrap());
    assert_eq!(cause.kind(), ErrorKind::ConnectionReset);
}
