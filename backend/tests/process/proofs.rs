//! Proofs and factors that many processes are asked to consume at once, while one of them is killed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::{QueryableByName, RunQueryDsl};
use latchkey::clock::Clock;
use latchkey::config::DataKeySettings;
use latchkey::security::sealing::Sealer;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Client, Transport};
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

/// What an authenticator app shows now (RFC 6238).
fn totp(secret: &str) -> String {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let step = Clock::default().now().timestamp() / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap());
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Sends many requests at once to three instances, kills one in between, and returns how many were
/// answered with the status.
fn flood(
    services: &[Service],
    path: &str,
    headers: &str,
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
                    let answer = http::ask(address, "POST", path, headers, &body(number));
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
    let verified = flood(&services, "/api/v1/users/verify", NATIVE, by_either, 200);
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
    let reset = flood(&services, "/api/v1/auth/reset", NATIVE, another, 204);
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

/// Without the limits on wrong factors, which would refuse most uses before they reach the factor.
const NO_LIMITS: &str = "
    CREATE FUNCTION forget_failures() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.failed_at := '{}'; RETURN NEW; END $$;
    CREATE TRIGGER forget_failures BEFORE UPDATE ON factor_failures
        FOR EACH ROW EXECUTE FUNCTION forget_failures();
    CREATE FUNCTION forget_flow_failures() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.failures := 0; RETURN NEW; END $$;
    CREATE TRIGGER forget_flow_failures BEFORE UPDATE ON sign_in_flows
        FOR EACH ROW EXECUTE FUNCTION forget_flow_failures();";

const FLOWS: usize = 12;

/// CVE-2026-82470, CVE-2026-31875.
#[test]
fn a_second_factor_works_once_on_three_processes_one_of_which_is_killed() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("JWT_SECRET", SECRET)
        .with("DATA_KEY", DATA_KEY);
    let mut services = [
        setup.start_ready(),
        setup.start_ready(),
        setup.start_ready(),
    ];
    let email = "ada@example.com";
    assert_eq!(services[1].register(email).unwrap().status, 201);
    let mut owner = Client::new(services[1].address, Transport::Native);
    assert_eq!(owner.log_in(email).unwrap().status, 200);
    let offer = owner.ask("POST", "/api/v1/auth/factors/totp", &json!({}));
    let secret = offer.unwrap().text("secret");
    let confirm = json!({"code": totp(&secret)});
    let confirmed = owner.ask("POST", "/api/v1/auth/factors/totp/confirm", &confirm);
    let confirmed = confirmed.unwrap();
    assert_eq!(confirmed.status, 200);
    let recovery_code = confirmed.body["recovery_codes"][0].clone();
    connection.batch_execute(NO_LIMITS).unwrap();

    let flows: Vec<_> = (0..FLOWS)
        .map(|_| services[1].log_in(email).text("flow"))
        .collect();
    // The code that confirmed the app is used; this puts it back, so that nobody waits for the next one.
    let unused = "UPDATE totp_secrets SET last_step = 0";
    connection.batch_execute(unused).unwrap();
    let code = totp(&secret);
    let by_app = |number: usize| json!({"flow": flows[number % FLOWS], "totp": code});
    let finish = "/api/v1/auth/second-factor";
    let signed_in = flood(&services, finish, NATIVE, by_app, 200);
    // The one answer may have died with its process.
    assert!(signed_in <= 1, "{signed_in} were signed in");
    let opened = "SELECT count(*) FROM sessions WHERE revoked_at IS NULL";
    assert_eq!(text(&mut connection, opened), "2");

    services[0].ended();
    services[0] = setup.start_ready();
    let headers = format!("{NATIVE}authorization: Bearer {}\r\n", owner.access_token());
    let by_list = |_| json!({"recovery_code": recovery_code});
    let proved = flood(&services, "/api/v1/auth/step-up", &headers, by_list, 204);
    assert!(proved <= 1, "{proved} uses of one recovery code were right");
    let left = "SELECT count(*) FROM recovery_codes";
    assert_eq!(text(&mut connection, left), "9");
    let used = "SELECT count(*) FROM audit_events WHERE kind = 'recovery_code_used'";
    assert_eq!(text(&mut connection, used), "1");
}
