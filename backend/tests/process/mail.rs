//! Mail from the built program: TLS, logins, and a sudden end in the middle of a mail.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use nix::sys::signal::Signal;
use private_postgres::PrivatePostgres;

use latchkey::features::mail::domain::Letter;

use crate::database::text;
use crate::doctor::make_certificates;
use crate::mail_server::{MailServer, header};
use crate::program::{Ran, Setup, awaited};

use diesel::{Connection, PgConnection, RunQueryDsl};
use secrecy::ExposeSecret;

const RECIPIENT: &str = "ada@example.com";

/// Settings for a mail server, whose authority is `ca.pem` in this folder.
fn setup(url: &str, folder: &Path) -> Setup {
    Setup::new()
        .with("SMTP_URL", url)
        .with("MAIL_FROM", "Example <no-reply@example.com>")
        .with("SSL_CERT_FILE", folder.join("ca.pem").to_str().unwrap())
}

fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    folder
}

fn try_out(url: &str, folder: &Path) -> Ran {
    setup(url, folder).run(&["mail", "test", RECIPIENT], "")
}

fn start(folder: &Path, arguments: &[&str]) -> MailServer {
    let path = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (path("site.pem"), path("site.key"));
    let own = ["--certificate", &certificate, "--key", &key];
    MailServer::start(&[&own, arguments].concat())
}

fn assert_refused(ran: &Ran, expected: &[&str]) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for part in expected {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn a_mail_goes_out_encrypted_with_the_login_of_the_settings() {
    let folder = certificates();
    for (tls, scheme, query) in [
        ("implicit", "smtps", ""),
        ("starttls", "smtp", "?tls=required"),
    ] {
        let server = start(folder.path(), &["--tls", tls, "--password", "p@ss:word"]);
        let host = format!("localhost:{}", server.port);
        let url = format!("{scheme}://mailer:p%40ss%3Aword@{host}/{query}");
        let ran = try_out(&url, folder.path());
        assert_eq!(ran.code, Some(0), "{tls}: {ran:?}");
        assert!(ran.stdout.contains("250 2.0.0 Taken"), "{ran:?}");
        let taken = server.events("taken");
        assert_eq!(taken.len(), 1, "{tls}");
        assert_eq!(taken[0]["is_encrypted"], true, "{tls}");
        assert_eq!(taken[0]["sender"], "no-reply@example.com");
        let content = taken[0]["content"].as_str().unwrap();
        assert_eq!(header(content, "Subject"), "Test email from Latchkey");

        let wrong = format!("{scheme}://mailer:wrong-password@{host}/{query}");
        let ran = try_out(&wrong, folder.path());
        assert_refused(&ran, &["login", "535", "user and password in SMTP_URL"]);
        assert!(!ran.stderr.contains("wrong-password"), "{ran:?}");
        assert_eq!(server.events("taken").len(), 1, "{tls}");
    }
}

#[test]
fn nothing_is_sent_where_tls_is_missing_or_not_to_be_trusted() {
    let folder = certificates();
    let plain = start(folder.path(), &["--password", "secret"]);
    let url = format!(
        "smtp://mailer:secret@localhost:{}/?tls=required",
        plain.port
    );
    assert_refused(
        &try_out(&url, folder.path()),
        &["STARTTLS", "nothing was sent"],
    );
    let url = format!("smtps://mailer:secret@localhost:{}", plain.port);
    assert_refused(
        &try_out(&url, folder.path()),
        &["the mail server did not take the mail"],
    );
    assert!(plain.events("login").is_empty() && plain.events("taken").is_empty());

    let strangers = certificates();
    for (tls, url) in [("implicit", "smtps"), ("starttls", "smtp")] {
        let server = start(strangers.path(), &["--tls", tls]);
        let query = if tls == "starttls" {
            "?tls=required"
        } else {
            ""
        };
        let url = format!("{url}://localhost:{}/{query}", server.port);
        let ran = try_out(&url, folder.path());
        assert_refused(&ran, &["the mail server did not take the mail"]);
        assert!(server.events("taken").is_empty(), "{tls}");
    }
}

#[test]
fn an_operator_is_told_why_a_mail_was_not_taken() {
    let folder = certificates();
    let server = start(folder.path(), &[]);
    let url = format!("smtp://localhost:{}", server.port);
    let ran = setup(&url, folder.path()).run(&["mail", "test", "refused@example.com"], "");
    assert_refused(&ran, &["550", "No such mailbox", "MAIL_FROM"]);
    let port = server.port;
    drop(server);
    let ran = try_out(&format!("smtp://localhost:{port}"), folder.path());
    assert_refused(&ran, &["host and port in SMTP_URL"]);
    assert_refused(&try_out("off", folder.path()), &["SMTP_URL is not set"]);
}

/// The private database of a running service.
fn connect(setup: &Setup) -> PgConnection {
    let url = PrivatePostgres::running(&setup.data_dir())
        .unwrap()
        .unwrap();
    PgConnection::establish(url.expose_secret()).unwrap()
}

#[test]
fn a_mail_that_was_being_sent_at_a_sudden_end_is_sent_once_when_its_lease_ends() {
    let folder = certificates();
    let server = start(folder.path(), &[]);
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let setup = setup(&url, folder.path());
    let recipient = "hanging_once@example.com";
    let mut service = setup.start_ready();
    let registered = service.register(recipient).unwrap();
    assert_eq!(registered.status, 202, "{registered:?}");
    awaited("the mail is half sent", || server.events("hanging").pop());
    service.signal(Signal::SIGKILL);
    service.ended();

    let service = setup.start_ready();
    let mut database = connect(&setup);
    let state = "SELECT concat_ws(' ', attempts, sent_at IS NULL, due_at > now()) FROM mail_outbox";
    // Somebody might still be at it.
    assert_eq!(text(&mut database, state), "1 t t");
    let end_lease = "UPDATE mail_outbox SET due_at = now()";
    diesel::sql_query(end_lease).execute(&mut database).unwrap();
    awaited("the mail is sent", || {
        (text(&mut database, state) == "2 f t").then_some(())
    });
    assert_eq!(server.taken(recipient).len(), 1);
    assert!(!service.log().contains(recipient), "{}", service.log());
}

#[test]
fn a_mail_that_was_being_sent_at_an_orderly_end_is_not_sent_again() {
    let folder = certificates();
    let server = start(folder.path(), &[]);
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let setup = setup(&url, folder.path());
    let recipient = "sluggish@example.com";
    let mut service = setup.start_ready();
    assert_eq!(service.register(recipient).unwrap().status, 202);
    awaited("the mail is half sent", || server.events("sluggish").pop());
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert_eq!(server.taken(recipient).len(), 1);

    let _service = setup.start_ready();
    let state = "SELECT concat_ws(' ', attempts, sent_at IS NULL) FROM mail_outbox";
    assert_eq!(text(&mut connect(&setup), state), "1 f");
}

#[test]
fn a_mail_server_that_hangs_delays_an_orderly_end_no_longer_than_requests_may() {
    let folder = certificates();
    let server = start(folder.path(), &[]);
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let setup = setup(&url, folder.path()).with("SHUTDOWN_GRACE_SECONDS", "1");
    let mut service = setup.start_ready();
    assert_eq!(service.register("hanging@example.com").unwrap().status, 202);
    awaited("the mail is half sent", || server.events("hanging").pop());
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert!(service.log().contains("may arrive twice"));
}

#[test]
fn keys_of_mails_that_wait_are_not_lost_and_can_be_replaced() {
    const FORMER: &str = "Zq8-wR3nT6yU1iO9pA2sD5fG7hJ4kL0xC-vB";
    const NEWEST: &str = "xP7-vT2mR9yK4wQ8zL1nC6bH3jF5sD0gAeUi";
    let folder = certificates();
    // Nobody listens there, so the mail waits.
    let with_keys = |newest: &str, previous: &str, setup: Setup| {
        setup
            .with("DATA_KEY", newest)
            .with("DATA_KEYS_PREVIOUS", previous)
    };
    let own = with_keys(FORMER, "", setup("smtp://127.0.0.1:9", folder.path()));
    let mut service = own.start_ready();
    assert_eq!(service.register(RECIPIENT).unwrap().status, 202);
    service.signal(Signal::SIGTERM);
    service.ended();

    let lost = with_keys(NEWEST, "", own);
    let ran = lost.run(&["serve"], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("DATA_KEYS_PREVIOUS"), "{ran:?}");

    let rotated = with_keys(NEWEST, FORMER, lost);
    let ran = rotated.run(&["keys", "reseal"], "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("Sealed one value"), "{ran:?}");
    let ran = rotated.run(&["keys", "reseal"], "");
    assert!(ran.stdout.contains("already"), "{ran:?}");
    with_keys(NEWEST, "", rotated).start_ready();
}

#[test]
fn the_program_refuses_templates_that_cannot_be_used() {
    let folder = certificates();
    let templates = folder.path().join("templates");
    fs::create_dir_all(templates.join("en")).unwrap();
    fs::write(
        templates.join("en/reset.jinja"),
        "{% extends mail %}\n{{ nothing }\n",
    )
    .unwrap();
    let setup = setup("off", folder.path()).with("MAIL_TEMPLATES_DIR", templates.to_str().unwrap());
    for command in [&["serve"][..], &["config", "check"], &["doctor"]] {
        let ran = setup.run(command, "");
        assert_ne!(ran.code, Some(0), "{ran:?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            said.contains("en/reset.jinja, line 2"),
            "{command:?}: {said}"
        );
    }
}

#[test]
fn every_mail_can_be_looked_at_before_anybody_gets_it() {
    let folder = certificates();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("templates/de")).unwrap();
    fs::write(
        path("templates/de/reset.jinja"),
        "{% extends mail %}{% block subject %}Neues {{ brand.name }}-Passwort{% endblock %}",
    )
    .unwrap();
    let setup = setup("off", folder.path())
        .with("BRAND_NAME", "Northwind")
        .with("PUBLIC_URL", "https://accounts.example.com")
        .with("MAIL_TEMPLATES_DIR", path("templates").to_str().unwrap());
    let ran = setup.run(&["mail", "preview", path("mails").to_str().unwrap()], "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let read = |name: &str| fs::read_to_string(path("mails").join(name)).unwrap();
    for locale in ["en", "de"] {
        for kind in Letter::KINDS {
            let text = read(&format!("{locale}/{kind}.txt"));
            assert!(text.contains("Northwind"), "{text}");
            let html = read(&format!("{locale}/{kind}.html"));
            assert!(html.contains("Northwind"), "{html}");
        }
    }
    assert!(read("de/reset.txt").starts_with("Subject: Neues Northwind-Passwort\n\n"));
    assert!(read("en/reset.txt").contains("https://accounts.example.com/reset#"));
}
