//! Cross-origin requests, including their errors.

use axum::http::Method;
use insta::assert_debug_snapshot;
use serde_json::Value;

use crate::support::{Answer, Client, Service};

const ALLOWED: &str = "https://app.example.com";

fn page(service: &Service, origin: &str) -> Client {
    service.anonymous().with("origin", origin)
}

fn cors(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

async fn preflight(service: &Service, origin: &str) -> Answer {
    page(service, origin)
        .with("access-control-request-method", "PUT")
        .with(
            "access-control-request-headers",
            "content-type,x-csrf-token",
        )
        .send(Method::OPTIONS, "/api/v1/users/1", &Value::Null)
        .await
}

#[tokio::test]
async fn an_allowed_page_may_ask() {
    let service = Service::with(&[(
        "ALLOWED_ORIGINS",
        "https://other.example, https://app.example.com",
    )]);
    let answer = preflight(&service, ALLOWED).await;
    assert_eq!(answer.status, 200);
    assert_debug_snapshot!(cors(&answer), @r#"
    [
        "access-control-allow-credentials: true",
        "access-control-allow-headers: authorization,content-type,x-csrf-token,x-client-type,x-device-token",
        "access-control-allow-methods: GET,POST,PUT,DELETE",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
    ]
    "#);
    let answer = page(&service, ALLOWED).get("/api/v1/csrf").await;
    assert_debug_snapshot!(cors(&answer), @r#"
    [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: retry-after,x-request-id",
    ]
    "#);
    assert!(
        answer
            .header("vary")
            .unwrap()
            .to_lowercase()
            .contains("origin")
    );
}

#[tokio::test]
async fn no_other_page_may() {
    let service = Service::with(&[("ALLOWED_ORIGINS", ALLOWED)]);
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "null",
    ] {
        let answer = preflight(&service, origin).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
        let answer = page(&service, origin).get("/api/v1/csrf").await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn errors_can_be_read_by_the_page_that_caused_them() {
    let service = Service::with(&[
        ("ALLOWED_ORIGINS", ALLOWED),
        ("RATE_LIMIT_GENERAL_PER_SECOND", "1"),
        ("RATE_LIMIT_GENERAL_BURST", "3"),
    ]);
    let page = page(&service, ALLOWED);
    let mut codes = Vec::new();
    for path in [
        "/api/v1/users/me",
        "/api/v1/nothing",
        "/api/v1/csrf",
        "/api/v1/csrf",
        "/api/v1/csrf",
    ] {
        let answer = page.get(path).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(ALLOWED),
            "{answer}"
        );
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("retry-after"), "{exposed}");
        codes.push(answer.code());
    }
    assert!(codes.contains(&"rate_limited".into()), "{codes:?}");
    service
        .app
        .is_stopping
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = page.get("/api/v1/csrf").await;
    answer.assert_problem("shutting_down");
    assert_eq!(answer.header("access-control-allow-origin"), Some(ALLOWED));
}

#[tokio::test]
async fn a_preflight_needs_no_credentials() {
    let service = Service::with(&[("ALLOWED_ORIGINS", ALLOWED)]);
    for path in ["/api/v1/users", "/api/v1/auth/login", "/api/v1/users/me"] {
        let answer = page(&service, ALLOWED)
            .with("access-control-request-method", "POST")
            .send(Method::OPTIONS, path, &Value::Null)
            .await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.is_empty());
    }
}
