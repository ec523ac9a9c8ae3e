//! The development mailbox: there on the developer's machine, and nowhere else.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use latchkey::features::mail::application::deliver;
use latchkey::features::users::application::has_bounced;
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{Answer, Service};

const PATHS: [&str; 4] = [
    "/dev/mail",
    "/dev/mail/mailbox.js",
    "/dev/mail/mailbox.css",
    "/dev/mail/messages",
];

/// The settings under which there is a mailbox.
const MAILBOX: (&str, &str) = ("SMTP_URL", "");

async fn ask(service: &Service, path: &str, peer: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    service.anonymous().send_request(request).await
}

/// Whether the mailbox answers a browser on this machine.
async fn is_there(service: &Service) -> bool {
    let mut statuses = Vec::new();
    for path in PATHS {
        let host = [("host", "localhost:8080")];
        statuses.push(ask(service, path, "127.0.0.1:50000", &host).await.status);
    }
    assert!(
        statuses.iter().all(|status| *status == statuses[0]),
        "{statuses:?}"
    );
    assert!(statuses[0] == 200 || statuses[0] == 404, "{statuses:?}");
    statuses[0] == 200
}

#[tokio::test]
async fn the_mailbox_needs_each_of_its_conditions() {
    assert!(is_there(&Service::with(&[MAILBOX])).await);
    for changed in [
        ("SMTP_URL", "off"),
        ("SMTP_URL", "smtp://localhost:9"),
        ("PUBLIC_URL", "https://accounts.example.com"),
        (
            "ALLOWED_ORIGINS",
            "http://localhost:8081,https://app.example.com",
        ),
        ("BIND_ADDRESS", "0.0.0.0:8080"),
    ] {
        let around = [
            MAILBOX,
            ("ENVIRONMENT", "development"),
            ("MAIL_FROM", "no-reply@example.com"),
            changed,
        ];
        assert!(!is_there(&Service::with(&around)).await, "{changed:?}");
    }
}

#[tokio::test]
async fn nobody_but_a_browser_that_asked_for_this_machine_reads_it() {
    let service = Service::with(&[MAILBOX]);
    let host = ("host", "localhost:8080");
    for path in PATHS {
        for (peer, headers) in [
            ("192.0.2.7:50000", vec![host]),
            ("[2001:db8::7]:50000", vec![host]),
            ("127.0.0.1:50000", vec![("host", "rebound.example:8080")]),
            ("127.0.0.1:50000", vec![]),
            (
                "127.0.0.1:50000",
                vec![host, ("forwarded", "for=127.0.0.1")],
            ),
            (
                "127.0.0.1:50000",
                vec![host, ("x-forwarded-for", "127.0.0.1")],
            ),
            (
                "127.0.0.1:50000",
                vec![host, ("x-forwarded-host", "localhost")],
            ),
            ("127.0.0.1:50000", vec![host, ("x-forwarded-proto", "http")]),
            ("127.0.0.1:50000", vec![host, ("x-real-ip", "127.0.0.1")]),
            ("127.0.0.1:50000", vec![host, ("via", "1.1 proxy")]),
        ] {
            let answer = ask(&service, path, peer, &headers).await;
            assert_eq!(answer.code(), "not_found", "{path} {peer} {headers:?}");
        }
        for peer in ["127.0.0.1:50000", "[::1]:50000", "[::ffff:127.0.0.1]:50000"] {
            assert_eq!(
                ask(&service, path, peer, &[host]).await.status,
                200,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_mail_is_shown_in_full_and_can_do_nothing_there() {
    let service = Service::with(&[MAILBOX]);
    service.account("ada@example.com", Role::User).await;
    let body = json!({"email": "ada@example.com"});
    let answer = service
        .browser()
        .await
        .post("/api/v1/auth/forgot", body)
        .await;
    assert_eq!(answer.status, 202, "{answer}");
    let sending = tokio::spawn(deliver(
        service.app.clone(),
        Duration::from_secs(30),
        has_bounced,
    ));
    let arrived = async {
        while service.app.mailbox.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), arrived)
        .await
        .unwrap();
    sending.abort();

    let host = [("host", "localhost:8080")];
    let get = async |path: &str| ask(&service, path, "127.0.0.1:50000", &host).await;
    let list = get("/dev/mail/messages").await;
    assert_eq!(list.header("cache-control"), Some("no-store"));
    let mail = &list.json()["items"][0];
    assert_eq!(mail["recipient"], "ada@example.com");
    assert_eq!(mail["kind"], "reset");
    assert_eq!(mail["locale"], "en");
    let link = mail["link"].as_str().unwrap();
    assert!(link.starts_with("http://localhost:8080/reset#"), "{link}");
    for part in ["code", "link"] {
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains(mail[part].as_str().unwrap()), "{text}");
    }
    let id = mail["id"].as_str().unwrap();
    let html = get(&format!("/dev/mail/messages/{id}/html")).await;
    assert_eq!(html.text(), mail["html"].as_str().unwrap());
    let policy = html.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "sandbox allow-popups",
        "frame-ancestors 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(
        !policy.contains("script-src") && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert_eq!(html.header("x-frame-options"), Some("SAMEORIGIN"));
    for missing in ["00000000-0000-0000-0000-000000000000", "x"] {
        let answer = get(&format!("/dev/mail/messages/{missing}/html")).await;
        assert_eq!(answer.code(), "not_found", "{missing}");
    }
    let page = get("/dev/mail").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!page.text().contains("style=") && !page.text().contains("<style"));
    assert_eq!(page.text().matches("<script").count(), 1);
}
