//! Proofs that many processes are asked to consume at once, while one of them is killed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use diesel::pg::PgConnection;
use diesel::{QueryableByName, RunQueryDsl};
use latchkey::config::DataKeySettings;
use latchkey::security::sealing::Sealer;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::{Database, text};
use crate::http;
use crate::program::{Service, Setup};

const SECRET: &str = "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq";
const DATA_KEY: &str = "Zq8-wR3nT6yU1iO9pA2sD5fG7hJ4kL0xC-vB";
const NATIVE: &str = "x-client-type: native\r\n";
const USES: usize = 1000;
const THREADS: usize = 16;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    sealed: Vec<u8>,
}

/// The letter that was queued last.
fn last_letter(connection: &mut PgConnection) -> Value {
    let query = "SELECT id, sealed FROM mail_outbox WHERE sealed IS NOT NULL
        ORDER BY created_at DESC LIMIT 1";
    let row: Row = diesel::sql_query(query).get_result(connection).unwrap();
    let sealer = Sealer::new(&DataKeySettings {
        newest: DATA_KEY.into(),
        previous: Vec::new(),
    });
    let letter = sealer.open(&format!("mail_outbox {}", row.id), &row.sealed);
    serde_json::from_slice(&letter.unwrap()).unwrap()
}

/// Sends many requests at once to three instances, kills one in between, and returns how many were
/// answered with the status.
fn flood(
    services: &[Service],
    path: &str,
    body: impl Fn(usize) -> Value + Sync,
    status: u16,
) -> usize {
    let (next, succeeded) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let addresses: Vec<_> = services.iter().map(|service| service.address).collect();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= USES {
                        return;
                    }
                    if number == USES / 10 {
                        services[0].signal(Signal::SIGKILL);
                    }
                    let address = addresses[number % addresses.len()];
                    let answer = http::ask(address, "POST", path, NATIVE, &body(number));
                    if answer.is_ok_and(|answer| answer.status == status) {
                        succeeded.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    succeeded.into_inner()
}

#[test]
fn of_a_thousand_parallel_uses_on_three_processes_one_of_which_is_killed_one_succeeds() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("JWT_SECRET", SECRET)
        .with("DATA_KEY", DATA_KEY)
        .with("SMTP_URL", "smtp://127.0.0.1:9")
        .with("MAIL_FROM", "no-reply@example.com");
    let mut services = [
        setup.start_ready(),
        setup.start_ready(),
        setup.start_ready(),
    ];
    let begun = services[1].register("ada@example.com").unwrap();
    assert_eq!(begun.status, 202);
    let letter = last_letter(&mut connection);
    let flow = begun.text("flow");
    let by_either = |number: usize| {
        if number.is_multiple_of(2) {
            json!({"flow": flow, "code": letter["code"]})
        } else {
            json!({"flow": flow, "token": letter["link"]})
        }
    };
    let verified = flood(&services, "/api/v1/users/verify", by_either, 200);
    // The one answer may have died with its process.
    assert!(verified <= 1, "{verified} were signed in");
    let opened = "SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM sessions)";
    assert_eq!(text(&mut connection, opened), "1 1");

    services[0].ended();
    services[0] = setup.start_ready();
    let forgot = json!({"email": "ada@example.com"});
    let asked = services[1].ask("POST", "/api/v1/auth/forgot", NATIVE, &forgot);
    assert_eq!(asked.unwrap().status, 202);
    let link = last_letter(&mut connection)["link"].clone();
    let another =
        |number: usize| json!({"token": link, "password": format!("phrase {number} of many")});
    let reset = flood(&services, "/api/v1/auth/reset", another, 204);
    assert!(reset <= 1, "{reset} passwords were set");
    let set = "SELECT credentials_version FROM users";
    assert_eq!(text(&mut connection, set), "1");
    for service in &services {
        let log = service.log();
        for secret in [&letter["code"], &letter["link"], &link] {
            assert!(!log.contains(secret.as_str().unwrap()), "{log}");
        }
    }
}
