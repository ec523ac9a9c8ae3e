//! The headers of every response, and responses that no handler made.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use insta::{assert_debug_snapshot, assert_snapshot};
use latchkey::api::{self, Routes};
use latchkey::state::AppState;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::support::{Answer, PASSWORD, Service};

const MADE: &str = "/api/v1/made-for-a-test";

fn with_route(route: MethodRouter<AppState>) -> Routes {
    let mut routes = api::routes();
    let more = OpenApiRouter::from(Router::new().route(MADE, route));
    routes.general = routes.general.merge(more);
    routes
}

/// All headers except those that differ between runs.
fn headers(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| {
            !["x-request-id", "set-cookie", "date", "last-modified"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn answers_of_the_api_are_neither_stored_nor_embedded() {
    let service = Service::start();
    let page = service.anonymous();
    assert_debug_snapshot!(headers(&page.fetch_csrf_token().await), @r#"
    [
        "cache-control: no-store",
        "content-length: 81",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        "content-type: application/json",
        "cross-origin-opener-policy: same-origin",
        "referrer-policy: no-referrer",
        "vary: origin",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
    ]
    "#);
    assert_debug_snapshot!(headers(&page.get("/api/v1/users/me").await), @r#"
    [
        "cache-control: no-store",
        "content-length: 209",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        "content-type: application/problem+json",
        "cross-origin-opener-policy: same-origin",
        "referrer-policy: no-referrer",
        "vary: origin",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
    ]
    "#);
    assert_debug_snapshot!(headers(&page.get("/health/live").await), @r#"
    [
        "cache-control: no-store",
        "content-length: 15",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        "content-type: application/json",
        "cross-origin-opener-policy: same-origin",
        "referrer-policy: no-referrer",
        "vary: origin",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
    ]
    "#);
}

#[tokio::test]
async fn pages_have_a_strict_policy() {
    let service = Service::start();
    assert_debug_snapshot!(headers(&service.anonymous().get("/").await), @r#"
    [
        "cache-control: no-cache",
        "content-length: 340",
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'",
        "content-type: text/html; charset=utf-8",
        "cross-origin-opener-policy: same-origin",
        "referrer-policy: no-referrer",
        "vary: origin",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
    ]
    "#);
}

#[tokio::test]
async fn pages_may_load_the_logo_from_its_origin_and_from_no_other() {
    let policy = async |changed: &[(&str, &str)]| {
        let page = Service::with(changed).anonymous().get("/").await;
        page.header("content-security-policy").unwrap().to_owned()
    };
    let without = policy(&[]).await;
    let logo = "https://CDN.example.com:8443/brand/logo.svg?size=2;%20script-src%20*";
    let with = policy(&[("BRAND_LOGO_URL", logo)]).await;
    let images = "img-src 'self' data:";
    let expected = without.replace(images, &format!("{images} https://cdn.example.com:8443"));
    assert_ne!(expected, without);
    assert_eq!(with, expected);
}

#[tokio::test]
async fn pages_may_send_reports_to_the_origin_of_the_dsn_alone() {
    let policy = async |changed: &[(&str, &str)], path: &str| {
        let answer = Service::with(changed).anonymous().get(path).await;
        answer.header("content-security-policy").unwrap().to_owned()
    };
    let dsn = [("SENTRY_DSN", "https://key@reports.example.com:8443/1")];
    for path in ["/", "/docs/"] {
        let without = policy(&[], path).await;
        let more = " https://reports.example.com:8443";
        assert!(without.ends_with("connect-src 'self'"), "{without}");
        assert_eq!(policy(&dsn, path).await, without + more);
    }
    let of_the_api = policy(&dsn, "/api/v1/csrf").await;
    assert_eq!(of_the_api, policy(&[], "/api/v1/csrf").await);
}

#[tokio::test]
async fn a_secure_service_tells_browsers_to_stay_secure() {
    let service = Service::with(&[("COOKIE_SECURE", "true")]);
    let answer = service.anonymous().get("/health/live").await;
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000")
    );
}

#[tokio::test]
async fn a_well_formed_request_id_is_kept_and_any_other_replaced() {
    let service = Service::start();
    let client = service.anonymous();
    let answered = async |id: &str| {
        let answer = client
            .clone()
            .with("x-request-id", id)
            .get("/api/v1/users/me")
            .await;
        let header = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(answer.json()["request_id"], header.as_str());
        header
    };
    let longest = "a".repeat(64);
    for id in [
        "a",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "A.b_c-9",
        &longest,
    ] {
        assert_eq!(answered(id).await, id);
    }
    let too_long = "a".repeat(65);
    for id in [
        "", " ", "a b", "a\tb", "a/b", "<script>", "\u{e9}", &too_long,
    ] {
        let made = answered(id).await;
        assert_ne!(made, id);
        assert_eq!(made.len(), 32);
    }
    let one = client.get("/health/live").await;
    let two = client.get("/health/live").await;
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

async fn fail() -> StatusCode {
    panic!("a text that is nobody's business")
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_its_text_is_not_sent() {
    let service = Service::with_routes(&[], with_route(get(fail)));
    let client = service.anonymous();
    let answer = client.get(MADE).await;
    assert_snapshot!(answer, @r#"
    500 Internal Server Error
    {
      "action": "retry",
      "code": "internal",
      "detail": "The service failed. Repeat the request; if that does not help, report the request id.",
      "request_id": "[request_id]",
      "status": 500,
      "title": "Internal Server Error",
      "type": "about:blank"
    }
    "#);
    assert!(!answer.text().contains("business"));
    assert_eq!(client.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn an_error_of_the_database_is_internal_and_its_text_is_not_sent() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.database(|it| it.execute("ALTER TABLE users RENAME COLUMN email TO mail"));
    let answer = ada.get("/api/v1/users/me").await;
    service.database(|it| it.execute("ALTER TABLE users RENAME COLUMN mail TO email"));
    answer.assert_problem("internal");
    assert!(!answer.text().contains("column"), "{answer}");
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_after_30_seconds() {
    let wait = |seconds| {
        get(move || async move { tokio::time::sleep(Duration::from_secs(seconds)).await })
    };
    let slow = Service::with_routes(&[], with_route(wait(31)));
    let began = tokio::time::Instant::now();
    let client = slow.anonymous().with("origin", "http://localhost:8081");
    let answer = client.get(MADE).await;
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_snapshot!(answer, @r#"
    503 Service Unavailable
    {
      "action": "retry",
      "code": "timeout",
      "detail": "The request took too long. Repeat it.",
      "request_id": "[request_id]",
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("http://localhost:8081")
    );
    let quick = Service::with_routes(&[], with_route(wait(29)));
    assert_eq!(quick.anonymous().get(MADE).await.status, 200);
}

#[tokio::test]
async fn a_service_that_is_about_to_stop_sends_clients_elsewhere() {
    let service = Service::start();
    service.app.is_stopping.store(true, Ordering::Relaxed);
    let client = service.anonymous().with("origin", "http://localhost:8081");
    let answer = client.get("/api/v1/users/me").await;
    assert_snapshot!(answer, @r#"
    503 Service Unavailable
    {
      "action": "retry",
      "code": "shutting_down",
      "detail": "The service is restarting. Repeat the request in a moment.",
      "request_id": "[request_id]",
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("http://localhost:8081")
    );
    client
        .post("/api/v1/auth/logout", Value::Null)
        .await
        .assert_problem("shutting_down");
}

#[tokio::test]
async fn documents_are_compressed_and_secrets_are_not() {
    let service = Service::start();
    service
        .account(
            "ada@example.com",
            latchkey::features::users::domain::Role::User,
        )
        .await;
    for encoding in ["gzip", "br"] {
        let client = service.browser().await.with("accept-encoding", encoding);
        for path in ["/api/v1/openapi.json", "/docs/"] {
            let answer = client.get(path).await;
            assert_eq!(answer.header("content-encoding"), Some(encoding), "{path}");
        }
        let answer = client.log_in("ada@example.com", PASSWORD).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-encoding"), None);
        assert_eq!(
            client.fetch_csrf_token().await.header("content-encoding"),
            None
        );
    }
}
