//! Unknown paths, methods and queries.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Service;

#[tokio::test]
async fn a_path_without_a_route_is_not_found() {
    let service = Service::start();
    let page = service.browser().await;
    assert_snapshot!(page.get("/api/v1/nothing").await, @r#"
    404 Not Found
    {
      "action": "fix",
      "code": "not_found",
      "detail": "There is nothing at this address. See /docs for what there is.",
      "request_id": "[request_id]",
      "status": 404,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
    let missing = [
        "/api",
        "/api/",
        "/api/v2/users",
        "/api/v1/users/1/nothing",
        "/health",
        "/health/",
        "/health/nothing",
    ];
    for path in missing {
        page.get(path).await.assert_problem("not_found");
    }
    page.post("/api/v1/nothing", json!({}))
        .await
        .assert_problem("not_found");
}

#[tokio::test]
async fn well_known_addresses_are_ours_or_missing() {
    let service = Service::start();
    let stranger = service.anonymous();
    let answer = stranger.get("/.well-known/change-password").await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some("/account/password"));
    for path in [
        "/.well-known",
        "/.well-known/",
        "/.well-known/nothing/at/all",
    ] {
        stranger.get(path).await.assert_problem("not_found");
    }
}

#[tokio::test]
async fn a_method_without_a_route_is_refused_with_those_that_have_one() {
    let service = Service::start();
    let app = service.native();
    let answer = app.put("/api/v1/auth/login", json!({})).await;
    assert_snapshot!(answer, @r#"
    405 Method Not Allowed
    {
      "action": "fix",
      "code": "method_not_allowed",
      "detail": "Use a method that the Allow header names.",
      "request_id": "[request_id]",
      "status": 405,
      "title": "Method Not Allowed",
      "type": "about:blank"
    }
    "#);
    let allowed = async |method: Method, path: &str| {
        let answer = app.send(method, path, &Value::Null).await;
        assert_eq!(answer.code(), "method_not_allowed", "{path}: {answer}");
        let mut methods: Vec<_> = answer
            .header("allow")
            .unwrap()
            .split(',')
            .map(str::to_owned)
            .collect();
        methods.sort();
        methods.join(" ")
    };
    assert_eq!(allowed(Method::PUT, "/api/v1/auth/login").await, "POST");
    assert_eq!(
        allowed(Method::DELETE, "/api/v1/users").await,
        "GET HEAD POST"
    );
    assert_eq!(
        allowed(Method::POST, "/api/v1/users/1").await,
        "DELETE GET HEAD PUT"
    );
    assert_eq!(
        allowed(Method::PATCH, "/api/v1/users/1").await,
        "DELETE GET HEAD PUT"
    );
    assert_eq!(allowed(Method::POST, "/health/live").await, "GET HEAD");
    assert_eq!(allowed(Method::TRACE, "/api/v1/csrf").await, "GET HEAD");
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    for path in [
        "/health/live",
        "/health/ready",
        "/api/v1/csrf",
        "/api/v1/users/me",
        "/api/v1/openapi.json",
        "/",
    ] {
        let answer = ada.send(Method::HEAD, path, &Value::Null).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.text(), "", "{path}");
    }
    let stranger = service.anonymous();
    let answer = stranger
        .send(Method::HEAD, "/api/v1/users/me", &Value::Null)
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_refused() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    assert_snapshot!(admin.get("/api/v1/users?limit=0&cursor=nonsense").await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "cursor": [
          "Use next_cursor of the previous page."
        ],
        "limit": [
          "Ask for 1 to 100 items."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    assert_snapshot!(admin.get("/api/v1/users?sort=email").await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "A query parameter is unknown, repeated or of the wrong type. See /docs.",
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    for query in [
        "limit=101",
        "limit=-1",
        "limit=abc",
        "limit=1e3",
        "limit=99999999999999999999",
        "cursor=",
        "cursor=AAAA",
        "is_active=yes",
        "role=root",
        "role=Admin",
        "limit=1&limit=2",
        "cursor=%FF",
        "email_contains=%FF%FE%00",
    ] {
        let answer = admin.get(&format!("/api/v1/users?{query}")).await;
        answer.assert_problem("validation_failed");
    }
}
