//! Mails say the same whatever host a request claims to be for (CVE-2025-64101).

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;
use latchkey::features::mail::application::deliver;
use latchkey::features::mail::domain::{Letter, Locale, in_words};
use latchkey::features::mail::memory::mailbox::Mail;
use latchkey::features::users::application::has_bounced;
use latchkey::features::users::domain::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, PASSWORD, Service, Totp};

const ADA: &str = "ada@example.com";
const CID: &str = "cid@example.com";
const NEW: &str = "an entirely different phrase";

const FINISH: &str = "/api/v1/auth/second-factor";

/// What a request can claim about the host that it is for.
const FORGED: [(&str, &str); 13] = [
    ("host", "evil.example"),
    ("forwarded", "for=192.0.2.1;host=evil.example;proto=https"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-scheme", "https"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-port", "4444"),
    ("x-forwarded-prefix", "/evil"),
    ("x-original-host", "evil.example"),
    ("x-original-url", "https://evil.example/evil"),
    ("x-rewrite-url", "https://evil.example/evil"),
    ("referer", "https://evil.example/evil"),
];

/// Somebody who asks for mails and reads them.
struct Reader {
    service: Service,
    /// What stands before each path.
    origin: &'static str,
    headers: &'static [(&'static str, &'static str)],
    read: Vec<(Uuid, Said)>,
}

/// What a mail says, without what is different in each.
#[derive(Debug, PartialEq)]
struct Said {
    kind: String,
    recipient: String,
    subject: String,
    text: String,
    html: String,
}

impl Reader {
    /// Sends a request that should send a mail.
    async fn ask(&self, client: &Client, method: Method, path: &str, body: Value) -> Answer {
        let answer = self.send(client, method, path, body).await;
        assert!(answer.status.is_success(), "{path}: {answer}");
        answer
    }

    async fn send(&self, client: &Client, method: Method, path: &str, body: Value) -> Answer {
        let client = self
            .headers
            .iter()
            .fold(client.clone(), |client, (name, value)| {
                client.with(name, value)
            });
        let path = format!("{}{path}", self.origin);
        client.at("127.0.0.1").send(method, &path, &body).await
    }

    async fn post(&self, client: &Client, path: &str, body: Value) -> Answer {
        self.ask(client, Method::POST, path, body).await
    }

    async fn put(&self, client: &Client, path: &str, body: Value) -> Answer {
        self.ask(client, Method::PUT, path, body).await
    }

    /// Waits for the next mail of a kind.
    async fn read(&mut self, kind: &str, recipient: &str) -> Mail {
        let arrived = async {
            loop {
                let is_read = |mail: &Mail| self.read.iter().any(|(id, _)| *id == mail.id);
                let mails = self.service.app.mailbox.list().into_iter();
                let mut fitting =
                    mails.filter(|mail| mail.kind == kind && mail.recipient == recipient);
                if let Some(mail) = fitting.find(|mail| !is_read(mail)) {
                    return mail;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let mail = tokio::time::timeout(Duration::from_mins(1), arrived).await;
        let mail = mail.unwrap_or_else(|_| panic!("no mail {kind} to {recipient}"));
        let said = Said {
            kind: mail.kind.clone(),
            recipient: mail.recipient.clone(),
            subject: mail.subject.clone(),
            text: blank(&mail, &mail.text),
            html: blank(&mail, &mail.html),
        };
        self.read.push((mail.id, said));
        mail
    }
}

/// Removes the code, the token of the link and the time.
fn blank(mail: &Mail, text: &str) -> String {
    let token = mail.link.as_ref().and_then(|link| link.split_once('#'));
    let token = token.map(|(_, token)| token.to_owned());
    let at = in_words(mail.at, Locale::read(&mail.locale).unwrap());
    [mail.code.clone(), token, Some(at)]
        .into_iter()
        .flatten()
        .fold(text.to_owned(), |text, secret| text.replace(&secret, "…"))
}

fn code(mail: &Mail) -> String {
    mail.code.as_ref().unwrap().replace(' ', "")
}

/// Has every kind of mail sent.
async fn read_all(
    origin: &'static str,
    headers: &'static [(&'static str, &'static str)],
) -> Vec<Said> {
    let service = Service::with(&[("SMTP_URL", ""), ("TRUSTED_PROXIES", "127.0.0.1")]);
    let sending = tokio::spawn(deliver(
        service.app.clone(),
        Duration::from_secs(30),
        has_bounced,
    ));
    let ada = service.user(ADA).await;
    service.account("bob@example.com", Role::User).await;
    let cid = service.user(CID).await;
    let admin = service.admin("root@example.com").await;
    let (app, page) = (service.native(), service.browser().await);
    let mut reader = Reader {
        service,
        origin,
        headers,
        read: Vec::new(),
    };
    sign_up(&mut reader, &app).await;
    recover(&mut reader, &page).await;
    invite(&mut reader, &admin).await;
    change(&mut reader, &ada, &app, &admin).await;
    change_factors(&mut reader, &cid, &app, &admin).await;
    sending.abort();
    reader.read.into_iter().map(|(_, said)| said).collect()
}

async fn sign_up(reader: &mut Reader, app: &Client) {
    let body = json!({"email": "new@example.com", "password": PASSWORD});
    let begun = reader.post(app, "/api/v1/users", body).await;
    reader.read("sign_up", "new@example.com").await;
    reader.service.advance(61);
    let body = json!({"flow": begun.json()["flow"]});
    reader.post(app, "/api/v1/auth/resend", body).await;
    reader.read("sign_up", "new@example.com").await;
    let body = json!({"email": ADA, "password": PASSWORD});
    reader.post(app, "/api/v1/users", body).await;
    reader.read("already_registered", ADA).await;
}

async fn recover(reader: &mut Reader, page: &Client) {
    let body = json!({"email": "bob@example.com"});
    let begun = reader.post(page, "/api/v1/auth/forgot", body).await;
    reader.read("reset", "bob@example.com").await;
    reader.service.advance(61);
    let flow = begun.json()["flow"].clone();
    reader
        .post(page, "/api/v1/auth/resend", json!({"flow": flow}))
        .await;
    let mail = reader.read("reset", "bob@example.com").await;
    let body = json!({"flow": flow, "code": code(&mail), "password": NEW});
    reader.post(page, "/api/v1/auth/reset", body).await;
    let mail = reader.read("password_changed", "bob@example.com").await;
    let body = json!({"token": mail.link.as_ref().unwrap().split_once('#').unwrap().1,
        "code": code(&mail)});
    reader.post(page, "/api/v1/auth/undo", body).await;
}

async fn invite(reader: &mut Reader, admin: &Client) {
    let body = json!({"email": "guest@example.com"});
    let invited = reader.post(admin, "/api/v1/users", body).await;
    reader.read("invitation", "guest@example.com").await;
    let path = format!("/api/v1/users/{}/invitation", invited.json()["id"]);
    reader.post(admin, &path, Value::Null).await;
    reader.read("invitation", "guest@example.com").await;
}

async fn change(reader: &mut Reader, ada: &Client, app: &Client, admin: &Client) {
    let me = "/api/v1/users/1";
    for (email, kind) in [
        ("bob@example.com", "address_wanted"),
        ("ada@new.example", "prove_address"),
    ] {
        let body = json!({"email": email, "current_password": PASSWORD});
        reader.put(ada, me, body).await;
        reader.read(kind, email).await;
        if kind == "prove_address" {
            let mail = reader.service.app.mailbox.list().into_iter();
            let mail = mail.into_iter().find(|mail| mail.kind == kind).unwrap();
            let body = json!({"code": code(&mail)});
            reader.post(ada, "/api/v1/users/1/email", body).await;
        }
    }
    reader.read("address_changed", ADA).await;
    let body = json!({"email": "ada@new.example", "password": PASSWORD});
    reader.post(app, "/api/v1/auth/login", body).await;
    reader.read("new_device", "ada@new.example").await;
    let body = json!({"password": NEW, "current_password": PASSWORD});
    reader.put(ada, me, body).await;
    reader.read("password_changed", "ada@new.example").await;
    let body = json!({"email": "ada@third.example"});
    reader.put(admin, me, body).await;
    reader.read("address_replaced", "ada@new.example").await;
    reader.read("address_replaced", "ada@third.example").await;
    let body = json!({"current_password": NEW});
    reader.ask(ada, Method::DELETE, me, body).await;
    reader.read("deactivated", "ada@third.example").await;
}

async fn change_factors(reader: &mut Reader, cid: &Client, app: &Client, admin: &Client) {
    let authenticator = confirm_app(reader, cid).await;
    reader.read("second_factor_on", CID).await;
    reader.service.advance(30);
    confirm_app(reader, cid).await;
    reader.read("factor_added", CID).await;

    let flow = begin_sign_in(reader, app).await;
    for _ in 0..5 {
        let body = json!({"flow": flow, "recovery_code": "aaaa-aaaa-aaaa-aaaa"});
        let wrong = reader.send(app, Method::POST, FINISH, body).await;
        wrong.assert_problem("second_factor_invalid");
    }
    reader.read("second_factor_failed", CID).await;
    let flow = begin_sign_in(reader, app).await;
    let body = json!({"flow": flow, "recovery_code": authenticator.recovery_codes[0]});
    reader.post(app, FINISH, body).await;
    reader.read("recovery_code_used", CID).await;

    let path = "/api/v1/users/3/factors";
    reader.ask(admin, Method::DELETE, path, Value::Null).await;
    reader.read("factors_reset", CID).await;
    let path = "/api/v1/auth/factors/totp";
    reader.ask(cid, Method::DELETE, path, Value::Null).await;
    reader.read("second_factor_off", CID).await;
}

async fn confirm_app(reader: &Reader, client: &Client) -> Totp {
    let path = "/api/v1/auth/factors/totp";
    let offer = reader.post(client, path, json!({})).await.json();
    let mut app = Totp::new(offer["secret"].as_str().unwrap());
    let body = json!({"code": app.code(&reader.service.app.clock)});
    let path = "/api/v1/auth/factors/totp/confirm";
    let confirmed = reader.post(client, path, body).await.json();
    if let Ok(codes) = serde_json::from_value(confirmed["recovery_codes"].clone()) {
        app.recovery_codes = codes;
    }
    app
}

async fn begin_sign_in(reader: &Reader, app: &Client) -> Value {
    let body = json!({"email": CID, "password": PASSWORD});
    let path = "/api/v1/auth/login";
    let waiting = reader.send(app, Method::POST, path, body).await;
    waiting.assert_problem("second_factor_required");
    waiting.json()["flow"].clone()
}

#[tokio::test]
async fn no_mail_depends_on_the_host_that_a_request_claims_to_be_for() {
    let honest = read_all("", &[]).await;
    let kinds: BTreeSet<_> = honest.iter().map(|said| said.kind.as_str()).collect();
    // What passkeys do is told from the same place as every other notice, and an enrolment's code has no link.
    let without = [
        "enrolment_code",
        "factor_removed",
        "password_removed",
        "passkey_copied",
    ];
    let others = Letter::KINDS.into_iter();
    let others = others.filter(|kind| !without.contains(kind));
    assert_eq!(kinds, others.collect());
    for said in &honest {
        let links = said.text.matches("http").count();
        assert_eq!(said.text.matches("http://localhost:8080/").count(), links);
    }
    assert_eq!(read_all("https://evil.example", &FORGED).await, honest);
}
