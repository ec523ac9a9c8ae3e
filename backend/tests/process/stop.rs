//! How the service stops.

use diesel::PgConnection;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::database::{Database, text};
use crate::http::Connection;
use crate::program::{PASSWORD, Service, Setup, awaited};

/// A hash takes long enough for a signal to arrive meanwhile.
fn with_slow_hashes(setup: Setup) -> Setup {
    setup
        .with("ARGON2_MEMORY_KIB", "65536")
        .with("ARGON2_ITERATIONS", "16")
}

/// A client whose password is being hashed.
fn busy(service: &Service, database: &mut PgConnection) -> Connection {
    let mut client = Connection::open(service.address).unwrap();
    let body = json!({"email": "nobody@example.com", "password": PASSWORD});
    client
        .send(
            "POST",
            "/api/v1/auth/login",
            "x-client-type: native\r\n",
            &body,
        )
        .unwrap();
    // Before it hashes it has asked for the account and its failures.
    let asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle'
        AND datname = current_database() AND query LIKE '%failed_at%'";
    awaited("the request has arrived", || {
        (text(database, asked) != "0").then_some(())
    });
    client
}

#[test]
fn a_signal_under_load_loses_no_request() {
    let (url, mut database) = Database::bare();
    let mut service = with_slow_hashes(Setup::on(&url)).start_ready();
    let mut clients: Vec<_> = (0..12)
        .map(|_| Connection::open(service.address).unwrap())
        .collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client
            .send("GET", "/health/live", "", &Value::Null)
            .unwrap();
        assert_eq!(client.receive().unwrap().status, 200);
        let body = json!({"email": format!("user{number}@example.com"), "password": PASSWORD});
        client
            .send("POST", "/api/v1/users", "x-client-type: native\r\n", &body)
            .unwrap();
    }
    // By the time the first is answered, all have arrived; most of them wait for a core.
    assert_eq!(clients[0].receive().unwrap().status, 201);
    service.signal(Signal::SIGTERM);
    for client in &mut clients[1..] {
        let answer = client.receive().unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert_eq!(text(&mut database, "SELECT count(*) FROM users"), "12");
}

#[test]
fn a_service_that_stops_says_so_until_the_last_request_is_answered() {
    let (url, mut database) = Database::bare();
    let mut service = with_slow_hashes(Setup::on(&url)).start_ready();
    let mut client = busy(&service, &mut database);
    service.signal(Signal::SIGTERM);
    let ask = |path| {
        let mut other = Connection::open(service.address).unwrap();
        other.send("GET", path, "", &Value::Null).unwrap();
        let answer = other.receive().unwrap();
        (answer.status, answer.body)
    };
    let body = awaited("it is not ready", || match ask("/health/ready") {
        (503, body) => Some(body),
        _ => None,
    });
    assert_eq!(body["status"], "stopping");
    let (status, body) = ask("/api/v1/csrf");
    assert_eq!((status, &body["code"]), (503, &json!("shutting_down")));
    assert_eq!(client.receive().unwrap().status, 401);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert!(Connection::open(service.address).is_err());
}

#[test]
fn requests_that_take_too_long_are_cut_off() {
    let (url, mut database) = Database::bare();
    let setup = with_slow_hashes(Setup::on(&url)).with("SHUTDOWN_GRACE_SECONDS", "0");
    let mut service = setup.start_ready();
    let mut client = busy(&service, &mut database);
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert!(client.receive().is_err());
    assert!(
        service.log().contains("they are cut off"),
        "{}",
        service.log()
    );
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (url, mut database) = Database::bare();
    let mut service = with_slow_hashes(Setup::on(&url)).start_ready();
    let mut client = busy(&service, &mut database);
    service.signal(Signal::SIGTERM);
    awaited("it is about to stop", || {
        service.log().contains("told to stop").then_some(())
    });
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(1), "{}", service.log());
    assert!(service.log().contains("second signal"), "{}", service.log());
    assert!(client.receive().is_err());
}
