//! The previous release beside this one, on this one's schema: a rolling upgrade, and the way back.

use std::env;
use std::path::PathBuf;

use serde_json::json;

use crate::client::{Client, Transport};
use crate::database::Database;
use crate::http::Answer;
use crate::program::{PASSWORD, Service, Setup, awaited};

const SECRET: &str = "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3";
const TRANSPORTS: [Transport; 2] = [Transport::Web, Transport::Native];
const ME: &str = "/api/v1/users/me";

/// The previous release, which `scripts/upgrade` builds. Without it this one stands in, so that the
/// test itself stays right.
fn baseline() -> PathBuf {
    let built = env::var_os("LATCHKEY_BASELINE");
    built.map_or_else(|| env!("CARGO_BIN_EXE_latchkey").into(), PathBuf::from)
}

fn expect(status: u16, answer: std::io::Result<Answer>, what: &str) -> Answer {
    let answer = answer.unwrap();
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    answer
}

/// Registers an account and signs in.
fn signed_in(service: &Service, transport: Transport, email: &str) -> (Client, i64) {
    let mut client = Client::new(service.address, transport);
    expect(200, client.fetch_csrf_token(), "a CSRF token");
    let account = json!({"email": email, "password": PASSWORD});
    let made = client.ask("POST", "/api/v1/users", &account);
    let made = expect(201, made, "registration");
    expect(200, client.log_in(email), "sign-in");
    (client, made.body["id"].as_i64().unwrap())
}

/// What every client does, from registration to sign-out.
fn walk(name: &str, service: &Service, transport: Transport) {
    let what = |step: &str| format!("{step} at the {name}, {transport:?}");
    let place = service.address.port();
    let email = format!("{transport:?}{place}@example.com").to_lowercase();
    let (mut client, id) = signed_in(service, transport, &email);
    expect(200, client.get(ME), &what("reading"));
    expect(200, client.refresh(), &what("refreshing"));
    let listed = expect(200, client.get("/api/v1/auth/sessions"), &what("listing"));
    assert_eq!(listed.body["items"][0]["is_current"], true, "{listed:?}");
    let email = format!("changed-{email}");
    let change = json!({"email": email, "current_password": PASSWORD});
    let path = format!("/api/v1/users/{id}");
    expect(200, client.ask("PUT", &path, &change), &what("changing"));
    let read = expect(200, client.get(ME), &what("reading a change"));
    assert_eq!(read.text("email"), email);
    expect(204, client.log_out(), &what("signing out"));
    expect(200, client.fetch_csrf_token(), &what("a CSRF token"));
    expect(200, client.log_in(&email), &what("signing in again"));
}

/// Clients that were signed in before the migration refresh everywhere; an end anywhere is heard of
/// everywhere.
#[test]
fn the_previous_release_and_this_one_serve_the_same_clients() {
    let (url, _database) = Database::bare();
    let this = Setup::on(&url).with("JWT_SECRET", SECRET);
    let previous = Setup::on(&url)
        .with("JWT_SECRET", SECRET)
        .running(baseline());
    let before = previous.start_ready();
    let mut clients = TRANSPORTS.map(|transport| {
        let email = format!("{transport:?}-before@example.com");
        signed_in(&before, transport, &email).0
    });
    let pending = this.run(&["migrate", "--check"], "");
    println!(
        "Pending for this release: {}{}",
        pending.stdout, pending.stderr
    );

    let upgraded = this.start_ready();
    let after = previous.start_ready();
    let services = [
        ("previous release, started before the migration", &before),
        ("new release", &upgraded),
        ("previous release, started after the migration", &after),
    ];
    for (name, service) in services {
        for transport in TRANSPORTS {
            walk(name, service, transport);
        }
        println!("The {name} passes.");
    }

    for (name, service) in services.iter().cycle().take(2 * services.len()) {
        for client in &mut clients {
            client.move_to(service.address);
            expect(200, client.refresh(), &format!("going on at the {name}"));
            expect(200, client.get(ME), &format!("reading at the {name}"));
        }
    }
    for (number, (ending, at)) in services.iter().enumerate() {
        for (hearing, elsewhere) in services {
            let email = format!("end{number}-{}@example.com", elsewhere.address.port());
            let (mut client, _) = signed_in(at, Transport::Native, &email);
            let bearer = format!("authorization: Bearer {}\r\n", client.access_token());
            expect(
                204,
                client.log_out(),
                &format!("signing out at the {ending}"),
            );
            awaited(
                &format!("the {hearing} hears of an end at the {ending}"),
                || {
                    let answer = elsewhere.ask("GET", ME, &bearer, &json!(null)).unwrap();
                    (answer.status == 401).then_some(())
                },
            );
        }
    }
    println!("Sessions go on, and end, across both.");
}
