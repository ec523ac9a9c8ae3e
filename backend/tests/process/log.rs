//! What the log contains, and what it never contains.

use std::fs::File;
use std::io::Read;
use std::net::TcpListener;

use diesel::RunQueryDsl;
use nix::pty::openpty;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::database::Database;
use crate::mail_server::MailServer;
use crate::program::{PASSWORD, Service, Setup, awaited};

const SECRET: &str = "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq";

/// Runs a whole session of both kinds of client, and returns all its secrets.
fn session(service: &Service) -> Vec<String> {
    let native = "x-client-type: native\r\n";
    let mut secrets = vec![
        PASSWORD.to_owned(),
        "a wrong passphrase".into(),
        "searched-for".into(),
    ];
    service.register("ada@example.com").unwrap();
    let wrong = json!({"email": "ada@example.com", "password": "a wrong passphrase"});
    service
        .ask("POST", "/api/v1/auth/login", native, &wrong)
        .unwrap();
    let app = service.log_in("ada@example.com");
    let refresh = json!({"refresh_token": app.text("refresh_token")});
    let newer = service
        .ask("POST", "/api/v1/auth/refresh", native, &refresh)
        .unwrap();
    for answer in [&app, &newer] {
        secrets.extend([answer.text("access_token"), answer.text("refresh_token")]);
    }
    let bearer = format!(
        "{native}authorization: Bearer {}\r\n",
        newer.text("access_token")
    );
    let path = "/api/v1/users?email_contains=searched-for";
    service.ask("GET", path, &bearer, &Value::Null).unwrap();
    service
        .ask("GET", "/api/v1/users/me", &bearer, &Value::Null)
        .unwrap();
    let mine = format!("/api/v1/users/{}", app.body["user"]["id"]);
    let change = json!({"password": "a newer passphrase", "current_password": PASSWORD});
    let changed = service.ask("PUT", &mine, &bearer, &change).unwrap();
    assert_eq!(changed.status, 200, "{changed:?}");
    let back = json!({"password": PASSWORD, "current_password": "a newer passphrase"});
    service.ask("PUT", &mine, &bearer, &back).unwrap();
    secrets.push("a newer passphrase".into());
    for odd in [
        "authorization: Basic b2RkLWNyZWRlbnRpYWw=\r\n",
        "authorization: Bearer odd-credential\r\n",
        "cookie: access_token=odd-credential; refresh_token=odd-credential\r\n",
        "referer: http://localhost/?token=odd-credential\r\n",
    ] {
        service
            .ask(
                "GET",
                "/api/v1/users/me?token=odd-credential",
                odd,
                &Value::Null,
            )
            .unwrap();
        service
            .ask("POST", "/api/v1/auth/logout", odd, &Value::Null)
            .unwrap();
    }
    secrets.extend(["odd-credential".into(), "b2RkLWNyZWRlbnRpYWw".into()]);
    let broken = json!({"email": "ada@example.com", "password": [PASSWORD]});
    service
        .ask("POST", "/api/v1/users", native, &broken)
        .unwrap();

    let csrf = service.get("/api/v1/csrf");
    let with =
        |cookies: &str, token: &str| format!("cookie: {cookies}\r\nx-csrf-token: {token}\r\n");
    let right = json!({"email": "ada@example.com", "password": PASSWORD});
    let headers = with(&csrf.cookies(), &csrf.text("csrf_token"));
    let page = service
        .ask("POST", "/api/v1/auth/login", &headers, &right)
        .unwrap();
    assert_eq!(page.status, 200, "{page:?}");
    let headers = with(&page.cookies(), &page.text("csrf_token"));
    let left = service
        .ask("POST", "/api/v1/auth/logout", &headers, &Value::Null)
        .unwrap();
    assert_eq!(left.status, 204, "{left:?}");
    secrets.extend([csrf.text("csrf_token"), page.text("csrf_token")]);
    for pair in page.cookies().split("; ") {
        secrets.push(pair.split_once('=').unwrap().1.to_owned());
    }
    secrets
}

#[test]
fn no_secret_is_logged_however_much_is() {
    for (level, format) in [("info", "json"), ("trace", "json"), ("trace", "pretty")] {
        let (url, _connection) = Database::bare();
        let setup = Setup::on(&url)
            .with("RUST_LOG", level)
            .with("LOG_FORMAT", format)
            .with("SENTRY_DSN", "https://reportingkey@reports.example.com/1")
            .with("JWT_SECRET", SECRET)
            .with("JWT_SECRET_PREVIOUS", &SECRET.replace('u', "U"));
        let mut service = setup.start_ready();
        let mut secrets = session(&service);
        secrets.extend([
            "reportingkey".into(),
            SECRET.into(),
            SECRET.replace('u', "U"),
        ]);
        service.signal(Signal::SIGTERM);
        service.ended();
        let log = service.log();
        assert!(log.lines().count() > 10, "{log}");
        let database = secrecy::ExposeSecret::expose_secret(&url);
        let password = database.split([':', '@']).nth(2).unwrap();
        for secret in secrets.iter().map(String::as_str).chain([password]) {
            assert!(!secret.is_empty());
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "at the level {level} as {format}");
        }
    }
}

/// Signs up, resets the password and undoes that by mail, and returns every secret that was mailed.
fn mailed_secrets(service: &Service, server: &MailServer) -> Vec<String> {
    let ask = |path: &str, status: u16, body: Value| {
        let headers = "x-client-type: native\r\n";
        let answer = service.ask("POST", path, headers, &body).unwrap();
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        answer.body["flow"].clone()
    };
    let read = |number: usize| {
        let mail = awaited("a mail", || server.events("taken").get(number).cloned());
        let text = mail["text"].as_str().unwrap().to_owned();
        let token = text.split('#').nth(1).unwrap();
        let token = token.split_whitespace().next().unwrap().to_owned();
        let digits = text.lines().map(|line| line.trim().replace(' ', ""));
        let is_code = |line: &String| line.len() == 8 && line.bytes().all(|it| it.is_ascii_digit());
        (digits.into_iter().find(is_code).unwrap(), token)
    };
    let account = json!({"email": "ada@example.com", "password": PASSWORD});
    let flow = ask("/api/v1/users", 202, account);
    let (code, link) = read(0);
    let verified = json!({"flow": flow, "code": code});
    ask("/api/v1/users/verify", 200, verified);
    let email = json!({"email": "ada@example.com"});
    ask("/api/v1/auth/forgot", 202, email);
    let (unused, token) = read(1);
    let reset = json!({"token": token, "password": "a newer passphrase"});
    ask("/api/v1/auth/reset", 204, reset);
    let (undo_code, undo) = read(2);
    let undone = json!({"token": undo, "code": undo_code});
    ask("/api/v1/auth/undo", 204, undone);
    let group = |code: &str| format!("{} {}", &code[..4], &code[4..]);
    let grouped = [group(&code), group(&unused), group(&undo_code)];
    let plain = [code, link, unused, token, undo_code, undo];
    grouped.into_iter().chain(plain).collect()
}

#[test]
fn no_secret_that_was_mailed_is_logged_however_much_is() {
    for format in ["json", "pretty"] {
        let (url, _connection) = Database::bare();
        let server = MailServer::start(&[]);
        let mut service = Setup::on(&url)
            .with("RUST_LOG", "trace")
            .with("LOG_FORMAT", format)
            .with("SMTP_URL", &format!("smtp://127.0.0.1:{}", server.port))
            .with("MAIL_FROM", "no-reply@example.com")
            .start_ready();
        let secrets = mailed_secrets(&service, &server);
        service.signal(Signal::SIGTERM);
        service.ended();
        let log = service.log();
        assert!(log.lines().count() > 10, "{log}");
        for secret in secrets
            .iter()
            .map(String::as_str)
            .chain(["a newer passphrase"])
        {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "as {format}");
        }
    }
}

#[test]
fn every_request_is_one_line_that_says_who_did_what() {
    let (url, _connection) = Database::bare();
    let mut service = Setup::on(&url).start_ready();
    service.register("ada@example.com").unwrap();
    let token = service.log_in("ada@example.com").text("access_token");
    let headers = format!("authorization: Bearer {token}\r\nx-request-id: find-me\r\n");
    service
        .ask("GET", "/api/v1/users/me?secret=yes", &headers, &Value::Null)
        .unwrap();
    service.signal(Signal::SIGTERM);
    service.ended();
    let log = service.log();
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("find-me"))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    let line: Value = serde_json::from_str(lines[0]).unwrap();
    let text = line.to_string();
    for part in [
        "\"method\":\"GET\"",
        "\"path\":\"/api/v1/users/me\"",
        "\"status\":200",
        "\"user_id\":1",
        "\"client_ip\":\"127.0.0.1\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for time in ["total_ms", "database_ms"] {
        assert!(text.contains(time), "{time}: {text}");
    }
}

#[test]
fn a_failure_is_logged_with_its_request_also_where_nothing_else_is() {
    let (url, mut connection) = Database::bare();
    let mut service = Setup::on(&url)
        .with("RUST_LOG", "error,latchkey::cli=info")
        .start_ready();
    let rename = diesel::sql_query("ALTER TABLE users RENAME TO gone");
    rename.execute(&mut connection).unwrap();
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let headers = "x-client-type: native\r\nx-request-id: find-me\r\n";
    let answer = service.ask("POST", "/api/v1/auth/login", headers, &body);
    assert_eq!(answer.unwrap().status, 500);
    service.signal(Signal::SIGTERM);
    service.ended();
    let log = service.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let found = lines.iter().filter(|line| line["request_id"] == "find-me");
    assert_eq!(found.count(), 1, "{log}");
    assert!(log.contains("users"), "the cause: {log}");
}

#[test]
fn refusals_are_logged() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("RATE_LIMIT_GENERAL_PER_SECOND", "1")
        .with("RATE_LIMIT_GENERAL_BURST", "1");
    let mut service = setup.start_ready();
    let statuses: Vec<_> = (0..3).map(|_| service.get("/api/v1/csrf").status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    service.signal(Signal::SIGTERM);
    service.ended();
    let log = service.log();
    let is_refusal = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["status"] == 429 && line["level"] == "WARN"
    };
    assert!(log.lines().any(is_refusal), "{log}");
}

#[test]
fn values_from_clients_are_bounded_in_both_formats() {
    for format in ["json", "pretty"] {
        let (url, _connection) = Database::bare();
        let setup = Setup::on(&url).with("LOG_FORMAT", format);
        let mut service = setup.start_ready();
        let filler = "a".repeat(40_000);
        let unprintable = "%1b[31m\u{9b}31m".repeat(10);
        let headers = format!(
            "x-request-id: {filler}\r\nuser-agent: {}\r\n",
            &filler[..9_000]
        );
        for path in [format!("/api/{filler}"), format!("/api/{unprintable}")] {
            let answer = service.ask("GET", &path, &headers, &Value::Null);
            assert_eq!(answer.unwrap().status, 404);
        }
        let method = "A".repeat(30_000);
        service
            .ask(&method, "/api/v1/csrf", "", &Value::Null)
            .unwrap();
        service.signal(Signal::SIGTERM);
        service.ended();
        let log = service.log();
        assert_eq!(log.matches(" bytes more)").count(), 2, "{format}");
        let longest = log.lines().map(str::len).max().unwrap();
        assert!(longest < 4_096, "{format}: {longest}");
        let steers = |character: char| character.is_control() && character != '\n';
        assert!(!log.contains(steers), "{format}");
    }
}

#[test]
fn colours_are_used_only_on_terminals() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url).with("LOG_FORMAT", "pretty");
    let mut service = setup.start_ready();
    service.signal(Signal::SIGTERM);
    service.ended();
    assert!(!service.log().contains('\u{1b}'), "{}", service.log());

    // The port is in use, so that the service ends by itself.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let setup = setup
        .with("BIND_ADDRESS", &address)
        .with("SSL_CERT_FILE", "/nowhere")
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    for (no_color, is_colored) in [("", true), ("1", false)] {
        let terminal = openpty(None, None).unwrap();
        let mut command = setup.command(&["serve"]);
        command.env("NO_COLOR", no_color).stderr(terminal.slave);
        assert_eq!(command.status().unwrap().code(), Some(1));
        drop(command);
        let mut shown = Vec::new();
        // A closed terminal gives an error after the last output.
        let _ = File::from(terminal.master).read_to_end(&mut shown);
        let shown = String::from_utf8(shown).unwrap();
        assert!(
            shown.contains("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used"),
            "{shown}"
        );
        assert_eq!(shown.contains('\u{1b}'), is_colored, "{shown}");
    }
}
