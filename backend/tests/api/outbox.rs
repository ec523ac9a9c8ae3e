//! The queue of mails: each is sent once, late or never, and none stands in another's way.

use std::time::Duration;

use chrono::TimeDelta;
use latchkey::db::time;
use latchkey::features::mail::application::{deliver, look_at_queue, post};
use latchkey::features::mail::domain::{Letter, Locale, Outgoing};
use latchkey::features::proofs::domain::Secrets;
use latchkey::features::users::application::has_bounced;
use latchkey::features::users::domain::Role;
use latchkey::process::delete_old_rows;
use serde_json::json;
use tokio::task::AbortHandle;

use crate::support::{MailServer, PASSWORD, Service, header};

/// How long a mail may take here; in production it is 30 s.
const PATIENCE: Duration = Duration::from_millis(800);

const BROKEN: [&str; 4] = ["refused", "greylisted", "hanging", "dropped"];

/// Sends mails until it is dropped.
struct Sending(AbortHandle);

impl Sending {
    fn on(service: &Service) -> Self {
        let sending = tokio::spawn(deliver(service.app.clone(), PATIENCE, has_bounced));
        Self(sending.abort_handle())
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn with_server(port: u16, changed: &[(&str, &str)]) -> Service {
    let url = format!("smtp://127.0.0.1:{port}");
    let settings = [
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "Example <no-reply@example.com>"),
        ("PUBLIC_URL", "https://accounts.example.com"),
    ];
    Service::with(&[&settings, changed].concat())
}

fn with_mailbox(changed: &[(&str, &str)]) -> Service {
    Service::with(&[&[("SMTP_URL", "")], changed].concat())
}

fn reset() -> Letter {
    Letter::Reset(Secrets {
        code: "01234567".into(),
        link: "token".into(),
    })
}

/// Queues a mail that is of use for an hour.
fn queue(service: &Service, recipient: &str, letter: Letter, is_decoy: bool) {
    let outgoing = |now| Outgoing {
        recipient: recipient.to_owned(),
        locale: Locale::En,
        letter,
        is_decoy,
        proof: None,
        expires_at: now + TimeDelta::hours(1),
    };
    service.database(|it| {
        let now = time::now(it.connection(), &service.clock).unwrap();
        post(it.connection(), &service.app, &outgoing(now), now).unwrap();
    });
    service.app.mail_wanted.notify_one();
}

fn ask(service: &Service, query: &str) -> String {
    service.database(|it| it.text(query))
}

/// Waits until a query answers this.
async fn await_answer(service: &Service, query: &str, expected: &str) {
    let waiting = async {
        while ask(service, query) != expected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    assert!(waited.is_ok(), "{query}: {}", ask(service, query));
}

/// How a mail stands.
fn state(recipient: &str) -> String {
    format!(
        "SELECT concat_ws(' ', CASE WHEN sent_at IS NOT NULL THEN 'sent'
            WHEN failed_at IS NOT NULL THEN 'failed' ELSE 'waiting' END,
            failure, CASE WHEN sealed IS NULL THEN 'wiped' END)
        FROM mail_outbox WHERE recipient = '{recipient}@example.com'"
    )
}

#[tokio::test]
async fn a_mail_that_the_server_does_not_take_delays_no_other() {
    let server = MailServer::start(&[]);
    let service = with_server(server.port, &[]);
    for name in BROKEN {
        queue(&service, &format!("{name}@example.com"), reset(), false);
    }
    for name in ["plain", "slow", "rude"] {
        queue(&service, &format!("{name}@example.com"), reset(), false);
    }
    let _sending = Sending::on(&service);
    for (name, expected) in [
        ("plain", "sent wiped"),
        ("slow", "sent wiped"),
        ("rude", "sent wiped"),
        ("refused", "failed 550 wiped"),
        ("greylisted", "waiting 451"),
        ("hanging", "waiting timed out"),
        ("dropped", "waiting send"),
    ] {
        await_answer(&service, &state(name), expected).await;
    }
    // Nobody knocks again before it is time.
    let due = "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL AND failed_at IS NULL
        AND due_at > now() + interval '5 seconds'";
    assert_eq!(ask(&service, due), "3");
    service.advance(30);
    for (name, expected) in [
        ("greylisted", "sent wiped"),
        ("dropped", "sent wiped"),
        ("hanging", "waiting timed out"),
    ] {
        await_answer(&service, &state(name), expected).await;
    }
    // Until it is of no use any more.
    service.advance(3600);
    await_answer(&service, &state("hanging"), "failed expired wiped").await;
    for name in ["plain", "slow", "rude", "greylisted", "dropped"] {
        let taken = server.taken(&format!("{name}@example.com"));
        assert_eq!(taken.len(), 1, "{name}");
    }
    assert_eq!(server.events("taken").len(), 5);
}

#[tokio::test]
async fn a_mail_says_who_sent_it_and_that_no_person_did() {
    let server = MailServer::start(&[]);
    let service = with_server(server.port, &[]);
    queue(&service, "plain@example.com", reset(), false);
    let _sending = Sending::on(&service);
    await_answer(&service, &state("plain"), "sent wiped").await;
    let content = server.taken("plain@example.com").remove(0);
    let id = ask(&service, "SELECT id FROM mail_outbox");
    for (name, expected) in [
        ("From", "Example <no-reply@example.com>".to_owned()),
        ("To", "plain@example.com".to_owned()),
        ("Subject", "Reset your Latchkey password".to_owned()),
        ("Message-ID", format!("<{id}@accounts.example.com>")),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("List-Unsubscribe", String::new()),
    ] {
        assert_eq!(header(&content, name), expected, "{content}");
    }
    assert!(header(&content, "Date").ends_with("+0000"), "{content}");
    let kind = header(&content, "Content-Type");
    assert!(kind.starts_with("multipart/alternative"), "{kind}");
    assert!(content.contains("0123 4567"), "{content}");
}

#[tokio::test]
async fn mails_wait_for_a_server_that_dies_until_it_returns() {
    let server = MailServer::start(&[]);
    let port = server.port;
    drop(server);
    let service = with_server(port, &[]);
    queue(&service, "plain@example.com", reset(), false);
    let _sending = Sending::on(&service);
    await_answer(&service, &state("plain"), "waiting connect").await;
    let server = MailServer::start(&["--port", &port.to_string()]);
    service.advance(30);
    await_answer(&service, &state("plain"), "sent wiped").await;
    assert_eq!(server.taken("plain@example.com").len(), 1);
}

#[tokio::test]
async fn three_instances_send_each_of_sixty_mails_once() {
    let server = MailServer::start(&[]);
    let service = with_server(server.port, &[]);
    let url = format!("smtp://127.0.0.1:{port}", port = server.port);
    let settings = [
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "Example <no-reply@example.com>"),
    ];
    let others = [service.beside(&settings), service.beside(&settings)];
    for number in 0..60 {
        queue(
            &service,
            &format!("plain+{number}@example.com"),
            reset(),
            false,
        );
    }
    let _sending = [&service, &others[0], &others[1]].map(Sending::on);
    let sent = "SELECT count(*) FROM mail_outbox WHERE sent_at IS NOT NULL";
    await_answer(&service, sent, "60").await;
    let taken = server.events("taken");
    let ids: std::collections::BTreeSet<_> = taken
        .iter()
        .map(|event| header(event["content"].as_str().unwrap(), "Message-ID"))
        .collect();
    assert_eq!((taken.len(), ids.len()), (60, 60));
    assert_eq!(ask(&service, "SELECT max(attempts) FROM mail_outbox"), "1");
}

#[tokio::test]
async fn no_more_mails_go_out_in_an_hour_than_may() {
    let service = with_mailbox(&[("MAIL_PER_HOUR_MAX", "3")]);
    for number in 0..5 {
        let letter = if number == 4 {
            Letter::AddressWanted
        } else {
            reset()
        };
        queue(
            &service,
            &format!("plain+{number}@example.com"),
            letter,
            false,
        );
    }
    queue(&service, "decoy@example.com", reset(), true);
    let _sending = Sending::on(&service);
    let waiting = "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL";
    await_answer(&service, waiting, "2").await;
    assert_eq!(service.app.mailbox.list().len(), 3);
    look_at_queue(&service.app).await.unwrap();
    assert!(!service.app.mail_queue.is_stuck());
    service.advance(301);
    look_at_queue(&service.app).await.unwrap();
    assert_eq!(service.app.mail_queue.waiting(), 2);
    assert!(service.app.mail_queue.oldest_seconds() >= 300);
    let ready = service.anonymous().get("/health/ready").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["checks"]["mail"], "stuck");
    // The resets are of no use any more; the last mail is as old as they are.
    service.advance(3300);
    await_answer(&service, waiting, "2").await;
    let failed = "SELECT coalesce(string_agg(failure, ' '), '') FROM mail_outbox WHERE failed_at IS NOT NULL";
    await_answer(&service, failed, "expired expired").await;
    look_at_queue(&service.app).await.unwrap();
    assert_eq!(service.app.mail_queue.waiting(), 0);
    let ready = service.anonymous().get("/health/ready").await;
    assert_eq!(ready.json()["checks"]["mail"], "ok");
}

#[tokio::test]
async fn a_flood_of_sign_ups_keeps_no_mail_from_those_who_have_an_account() {
    let service = with_mailbox(&[("MAIL_PER_HOUR_MAX", "8")]);
    for number in 0..20 {
        let secrets = Secrets::default();
        let letter = match number % 3 {
            0 => Letter::AlreadyRegistered,
            1 => Letter::AddressWanted,
            _ => Letter::SignUp(secrets),
        };
        queue(&service, &format!("x{number}@example.com"), letter, false);
    }
    queue(&service, "ada@example.com", reset(), false);
    let _sending = Sending::on(&service);
    await_answer(&service, &state("ada"), "sent wiped").await;
    let sent = "SELECT count(*) FROM mail_outbox WHERE sent_at IS NOT NULL";
    await_answer(&service, sent, "6").await;
    // A quarter of the hour's mails is theirs, however many others wait.
    queue(&service, "grace@example.com", reset(), false);
    await_answer(&service, &state("grace"), "sent wiped").await;
    let first =
        "SELECT recipient FROM mail_outbox WHERE sent_at IS NOT NULL ORDER BY due_at LIMIT 1";
    assert_eq!(ask(&service, first), "ada@example.com");
}

#[tokio::test]
async fn a_mail_whose_proof_is_over_is_not_sent() {
    let service = with_mailbox(&[]);
    let ada = service.user("ada@example.com").await;
    let admin = service.admin("root@example.com").await;
    let app = service.native();
    let body = json!({"email": "ada@example.com"});
    assert_eq!(app.post("/api/v1/auth/forgot", body).await.status, 202);
    let body = json!({"password": "some other phrase", "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", body).await.status, 200);
    let invited = json!({"email": "grace@example.com"});
    let invited = admin.post("/api/v1/users", invited).await.json();
    let path = format!("/api/v1/users/{}/invitation", invited["id"]);
    assert_eq!(admin.delete(&path).await.status, 204);
    let _sending = Sending::on(&service);
    let waiting = "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL AND failed_at IS NULL";
    await_answer(&service, waiting, "0").await;
    let states =
        "SELECT string_agg(kind || ' ' || coalesce(failure, 'sent'), ', ' ORDER BY created_at)
        FROM mail_outbox";
    assert_eq!(
        ask(&service, states),
        "reset expired, password_changed sent, invitation expired"
    );
}

#[tokio::test]
async fn a_decoy_is_never_sent_and_leaves_nothing() {
    let service = with_mailbox(&[]);
    queue(&service, "nobody@example.com", reset(), true);
    queue(&service, "plain@example.com", reset(), false);
    let _sending = Sending::on(&service);
    await_answer(&service, "SELECT count(*) FROM mail_outbox", "1").await;
    await_answer(&service, &state("plain"), "sent wiped").await;
    let recipients: Vec<_> = service
        .app
        .mailbox
        .list()
        .into_iter()
        .map(|it| it.recipient)
        .collect();
    assert_eq!(recipients, ["plain@example.com"]);
}

#[tokio::test]
async fn a_code_lives_ten_minutes_from_the_moment_the_mail_was_taken() {
    let service = with_mailbox(&[]);
    service.account("ada@example.com", Role::User).await;
    let browser = service.browser().await;
    let forgot = browser
        .post("/api/v1/auth/forgot", json!({"email": "ada@example.com"}))
        .await;
    assert_eq!(forgot.status, 202, "{forgot}");
    service.advance(600);
    let _sending = Sending::on(&service);
    await_answer(&service, &state("ada"), "sent wiped").await;
    let minutes = "SELECT round(extract(epoch FROM code_until - created_at) / 60) FROM proofs";
    assert_eq!(ask(&service, minutes), "20");
    let mail = service.app.mailbox.list().remove(0);
    assert!(
        mail.text.contains(mail.code.as_deref().unwrap()),
        "{}",
        mail.text
    );
}

#[tokio::test]
async fn an_address_whose_mails_come_back_gets_one_a_day_that_somebody_asked_for() {
    let service = with_mailbox(&[]);
    service.account("ada@example.com", Role::User).await;
    let bounced = "UPDATE users SET email_bounced_at = now()";
    service.database(|it| it.execute(bounced));
    queue(&service, "ada@example.com", Letter::AddressWanted, false);
    queue(&service, "ada@example.com", reset(), false);
    let states =
        "SELECT coalesce(string_agg(coalesce(failure, 'sent'), ' ' ORDER BY created_at), '')
        FROM mail_outbox WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL";
    let _sending = Sending::on(&service);
    await_answer(&service, states, "bounced sent").await;
    queue(&service, "ada@example.com", reset(), false);
    await_answer(&service, states, "bounced sent bounced").await;
    service.advance(24 * 3600 + 1);
    queue(&service, "ada@example.com", reset(), false);
    await_answer(&service, states, "bounced sent bounced sent").await;
}

#[tokio::test]
async fn a_mail_that_this_instance_cannot_open_waits_for_one_that_can() {
    let service = with_mailbox(&[]);
    queue(&service, "ada@example.com", reset(), false);
    let other = service.beside(&[
        ("SMTP_URL", ""),
        ("DATA_KEY", "xP7-vT2mR9yK4wQ8zL1nC6bH3jF5sD0gAeUiOoNq"),
    ]);
    let sending = Sending::on(&other);
    await_answer(&service, &state("ada"), "waiting unknown key").await;
    drop(sending);
    service.advance(30);
    let _sending = Sending::on(&service);
    await_answer(&service, &state("ada"), "sent wiped").await;
}

#[tokio::test]
async fn finished_mails_are_deleted_after_thirty_days_and_waiting_ones_are_not() {
    let service = with_mailbox(&[]);
    queue(&service, "ada@example.com", reset(), false);
    queue(&service, "grace@example.com", reset(), false);
    let rows = "UPDATE mail_outbox SET sent_at = now() WHERE recipient = 'ada@example.com'";
    service.database(|it| it.execute(rows));
    service.advance(29 * 86_400);
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(ask(&service, "SELECT count(*) FROM mail_outbox"), "2");
    service.advance(2 * 86_400);
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(
        ask(
            &service,
            "SELECT string_agg(recipient, ' ') FROM mail_outbox"
        ),
        "grace@example.com"
    );
}
