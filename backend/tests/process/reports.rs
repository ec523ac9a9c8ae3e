//! Error reports, sent to a fake Sentry server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use diesel::RunQueryDsl;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::database::Database;
use crate::program::{PASSWORD, Service, Setup, awaited};

const SECRET: &str = "bQ7-wE2rT9yU4iO6pA1sD3fG8hJ5kL0zXcVnM";

/// The requests it received, including headers.
struct Sink {
    port: u16,
    posted: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let posted = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&posted);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut text, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let lower = line.to_ascii_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    text += &line;
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                text += &String::from_utf8(body).unwrap();
                taken.lock().unwrap().push(text);
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { port, posted }
    }

    fn posted(&self) -> Vec<String> {
        self.posted.lock().unwrap().clone()
    }
}

fn dsn(port: u16) -> String {
    format!("http://reportingkey@localhost:{port}/1")
}

/// Removes the table of accounts, so that a sign-in fails.
fn fail_a_sign_in(service: &Service, connection: &mut diesel::PgConnection) {
    let rename = diesel::sql_query("ALTER TABLE IF EXISTS users RENAME TO gone");
    rename.execute(connection).unwrap();
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let headers = "x-client-type: native\r\nx-request-id: find-me\r\nuser-agent: odd-agent\r\n";
    let path = "/api/v1/auth/login?token=odd-credential";
    let answer = service.ask("POST", path, headers, &body).unwrap();
    assert_eq!(answer.status, 500);
}

#[test]
fn a_failure_is_reported_with_its_route_and_without_anything_personal() {
    let sink = Sink::start();
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("JWT_SECRET", SECRET)
        .with("RUST_LOG", "off,latchkey::cli=info")
        .with("SENTRY_DSN", &dsn(sink.port));
    let mut service = setup.start_ready();
    service.register("ada@example.com").unwrap();
    let app = service.log_in("ada@example.com");
    fail_a_sign_in(&service, &mut connection);
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0));

    let posted = sink.posted();
    let text = posted.join("\n");
    let event: Value = posted
        .iter()
        .flat_map(|envelope| envelope.lines())
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|item| item["tags"]["request_id"] == "find-me")
        .unwrap_or_else(|| panic!("{text}"));
    assert_eq!(event["transaction"], "POST /api/v1/auth/login");
    assert_eq!(event["environment"], "development");
    let release = event["release"].as_str().unwrap();
    assert!(release.starts_with("latchkey@0."), "{release}");
    let exception = &event["exception"]["values"][0];
    assert_eq!(exception["type"], "request failed");
    assert_eq!(exception["value"], "diesel::result::Error");

    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    for personal in [
        "ada@example.com",
        PASSWORD,
        SECRET,
        &app.text("access_token"),
        &app.text("refresh_token"),
        "odd-credential",
        "odd-agent",
        "127.0.0.1",
        "$argon2",
        "does not exist",
        "postgres://",
        "server_name",
        &format!("\"{host}\""),
    ] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[test]
fn a_sink_that_is_away_or_hangs_stops_neither_requests_nor_the_end() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed_port = closed.local_addr().unwrap().port();
    drop(closed);
    // The kernel accepts its connections, but nobody answers.
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging_port = hanging.local_addr().unwrap().port();
    for port in [closed_port, hanging_port] {
        let (url, mut connection) = Database::bare();
        let setup = Setup::on(&url).with("SENTRY_DSN", &dsn(port));
        let mut service = setup.start_ready();
        for _ in 0..50 {
            fail_a_sign_in(&service, &mut connection);
            assert_eq!(service.get("/api/v1/csrf").status, 200);
        }
        service.signal(Signal::SIGTERM);
        assert_eq!(service.ended().code(), Some(0));
    }
    // It was contacted; otherwise the test shows nothing.
    hanging.set_nonblocking(true).unwrap();
    awaited("a report to the hanging sink", || hanging.accept().ok());
}
