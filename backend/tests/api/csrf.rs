//! CSRF protection: the origin check and the token.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Client, Service};

const LOGOUT: &str = "/api/v1/auth/logout";

#[tokio::test]
async fn anyone_gets_a_csrf_token() {
    let service = Service::start();
    let answer = service.anonymous().fetch_csrf_token().await;
    assert_snapshot!(answer, @r#"
    200 OK
    {
      "csrf_token": "[token]"
    }
    "#);
    assert_eq!(answer.json()["csrf_token"].as_str().unwrap().len(), 64);
    assert_snapshot!(service.native().fetch_csrf_token().await, @r#"
    200 OK
    {
      "csrf_token": "[token]"
    }
    "#);
}

#[tokio::test]
async fn a_page_without_a_csrf_token_cannot_write() {
    let service = Service::start();
    let page = service.anonymous();
    assert_snapshot!(page.post(LOGOUT, Value::Null).await, @r#"
    403 Forbidden
    {
      "action": "csrf",
      "code": "csrf_failed",
      "detail": "Fetch /api/v1/csrf, send its token as X-CSRF-Token, and repeat the request.",
      "request_id": "[request_id]",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn header_and_cookie_must_be_the_same_token_of_ours() {
    let service = Service::start();
    let (one, other) = (service.browser().await, service.browser().await);
    let refused = async |change: &dyn Fn(&Client)| {
        let page = one.copy();
        change(&page);
        page.post(LOGOUT, Value::Null)
            .await
            .assert_problem("csrf_failed");
    };
    refused(&|page| page.set_csrf_token(None)).await;
    refused(&|page| page.remove_cookie("csrf_token")).await;
    refused(&|page| page.set_csrf_token(other.csrf_token().as_deref())).await;
    refused(&|page| {
        page.set_csrf_token(Some("made-up"));
        page.set_cookie("csrf_token", "made-up");
    })
    .await;
    refused(&|page| {
        page.set_csrf_token(Some(""));
        page.set_cookie("csrf_token", "");
    })
    .await;
    assert_eq!(one.post(LOGOUT, Value::Null).await.status, 204);
}

#[tokio::test]
async fn a_token_of_another_secret_is_refused_unless_it_is_the_previous_one() {
    const OTHER: &str = "zK8#mQ2!vB5@nX7$cL1%jH4^gF6&dS9*";
    let before = Service::with(&[("JWT_SECRET", OTHER)]);
    let page = before.browser().await;
    let token = page.csrf_token().unwrap();
    let send = async |service: &Service| {
        let page = service.anonymous();
        page.set_csrf_token(Some(&token));
        page.set_cookie("csrf_token", &token);
        page.post(LOGOUT, Value::Null).await
    };
    let stranger = Service::start();
    send(&stranger).await.assert_problem("csrf_failed");
    let successor = Service::with(&[("JWT_SECRET_PREVIOUS", OTHER)]);
    assert_eq!(send(&successor).await.status, 204);
}

#[tokio::test]
async fn sign_in_and_sign_out_issue_a_fresh_token_and_refresh_keeps_it() {
    let service = Service::start();
    let page = service.browser().await;
    let first = page.csrf_token();
    service
        .account(
            "ada@example.com",
            latchkey::features::users::domain::Role::User,
        )
        .await;
    let answer = page
        .log_in("ada@example.com", crate::support::PASSWORD)
        .await;
    let second = page.csrf_token();
    assert_ne!(first, second);
    assert_eq!(page.cookie("csrf_token"), second);
    assert_eq!(answer.json()["csrf_token"].as_str(), second.as_deref());
    page.refresh().await;
    assert_eq!(
        (page.csrf_token(), page.cookie("csrf_token")),
        (second.clone(), second.clone())
    );
    page.post(LOGOUT, Value::Null).await;
    assert_ne!(page.cookie("csrf_token"), second);
}

#[tokio::test]
async fn reading_needs_no_csrf_token() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    page.set_csrf_token(None);
    assert_eq!(page.get("/api/v1/users/me").await.status, 200);
    let answer = page
        .send(axum::http::Method::HEAD, "/api/v1/users/me", &Value::Null)
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_bearer_token_needs_no_csrf_token() {
    let service = Service::start();
    let app = service.user("ada@example.com").await;
    let other = service.anonymous();
    other.set_access_token(app.access_token().as_deref());
    assert_eq!(other.put("/api/v1/users/1", json!({})).await.status, 200);
}

#[tokio::test]
async fn pages_of_strangers_cannot_write() {
    let service = Service::with(&[("ALLOWED_ORIGINS", "https://app.example.com")]);
    let page = service.browser().await.with("host", "api.example.com");
    let post = async |headers: &[(&'static str, &str)]| {
        let mut page = page.copy();
        for (name, value) in headers {
            page = page.with(name, value);
        }
        page.post(LOGOUT, Value::Null).await.code()
    };
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://app.example.com:8443",
        "http://app.example.com",
        "null",
        "",
    ] {
        assert_eq!(
            post(&[("origin", origin)]).await,
            "origin_rejected",
            "{origin:?}"
        );
    }
    for site in ["cross-site", "same-site", "nonsense"] {
        assert_eq!(
            post(&[("sec-fetch-site", site)]).await,
            "origin_rejected",
            "{site}"
        );
    }
    assert_eq!(post(&[("origin", "https://app.example.com")]).await, "");
    assert_eq!(post(&[("origin", "https://api.example.com")]).await, "");
    assert_eq!(post(&[("sec-fetch-site", "same-origin")]).await, "");
    assert_eq!(post(&[("sec-fetch-site", "none")]).await, "");
    let both = [
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "cross-site"),
    ];
    assert_eq!(post(&both).await, "");
}

#[tokio::test]
async fn the_origin_is_judged_before_the_token() {
    let service = Service::start();
    let page = service.anonymous().with("origin", "https://evil.example");
    assert_snapshot!(page.post(LOGOUT, Value::Null).await, @r#"
    403 Forbidden
    {
      "action": "fix",
      "code": "origin_rejected",
      "detail": "This page may not call the API. Add its origin to ALLOWED_ORIGINS.",
      "request_id": "[request_id]",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_bearer_token_beside_an_access_cookie_is_ambiguous() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    page.set_access_token(page.cookie("access_token").as_deref());
    assert_snapshot!(page.get("/api/v1/users/me").await, @r#"
    400 Bad Request
    {
      "action": "fix",
      "code": "ambiguous_credentials",
      "detail": "Send either the access cookie or a bearer token, not both.",
      "request_id": "[request_id]",
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
    let app = page.native();
    assert_eq!(app.get("/api/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn two_authorization_headers_are_ambiguous() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let twice = Request::get("/api/v1/users/me")
        .header("authorization", "Basic eDp5")
        .header(
            "authorization",
            format!("Bearer {}", ada.access_token().unwrap()),
        );
    let twice = twice.body(Body::empty()).unwrap();
    let answer = service.anonymous().send_request(twice).await;
    answer.assert_problem("ambiguous_credentials");
}

#[tokio::test]
async fn the_pages_of_one_browser_share_a_token() {
    let service = Service::start();
    let page = service.browser().await;
    let token = page.csrf_token();
    let of_another_page = page.fetch_csrf_token().await.json()["csrf_token"].clone();
    assert_eq!(of_another_page.as_str(), token.as_deref());
    assert_eq!(page.post(LOGOUT, Value::Null).await.status, 204);

    page.set_cookie("csrf_token", "made-up");
    let fresh = page.fetch_csrf_token().await.json()["csrf_token"].clone();
    assert_eq!(fresh.as_str().unwrap().len(), 64);
    assert_eq!(page.cookie("csrf_token").as_deref(), fresh.as_str());
}
