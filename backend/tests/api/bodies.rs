//! Malformed and oversized bodies.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::Request;
use futures_util::stream;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Answer, Client, PASSWORD, Service};

async fn send(client: &Client, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post("/api/v1/users").header("content-type", content_type);
    client
        .send_request(request.body(body.into()).unwrap())
        .await
}

fn good() -> String {
    json!({"email": "ada@example.com", "password": PASSWORD}).to_string()
}

#[tokio::test]
async fn malformed_json_is_reported_with_its_position() {
    let service = Service::start();
    let app = service.native();
    assert_snapshot!(send(&app, "application/json", "{\n  \"email\": nope}").await, @r#"
    400 Bad Request
    {
      "action": "fix",
      "code": "malformed_request",
      "detail": "The body is not well-formed JSON: see line 2, column 13.",
      "request_id": "[request_id]",
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
    let broken: [&[u8]; 8] = [
        b"",
        b"{",
        b"{\"email\": \"a@example.com\"",
        b"{'email': 1}",
        b"{\"email\": \"\xff\xfe\"}",
        b"{\"email\": \"\\ud800\"}",
        b"\xef\xbb\xbf{}",
        b"NaN",
    ];
    for body in broken {
        let answer = send(&app, "application/json", body).await;
        answer.assert_problem("malformed_request");
    }
    let answer = send(&app, "application/json", good() + "garbage").await;
    answer.assert_problem("malformed_request");
    let answer = send(&app, "application/json", good() + &good()).await;
    answer.assert_problem("malformed_request");
    let deep = "[".repeat(1000);
    let body = format!("{{\"email\": {deep}");
    assert!(
        send(&app, "application/json", body)
            .await
            .status
            .is_client_error()
    );
    assert_eq!(
        service.database(|it| it.text("SELECT count(*) FROM users")),
        "0"
    );
}

#[tokio::test]
async fn values_of_the_wrong_type_are_reported_with_their_field() {
    let service = Service::start();
    let app = service.native();
    for wrong in [
        "1e400",
        "99999999999999999999999",
        "true",
        "[]",
        "{}",
        "null",
    ] {
        let body = format!("{{\"email\": {wrong}, \"password\": \"{PASSWORD}\"}}");
        let answer = send(&app, "application/json", body).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 422),
            "{wrong}: {answer}"
        );
    }
    let twice = format!(
        "{{\"email\": \"a@example.com\", \"email\": \"b@example.com\", \"password\": \"{PASSWORD}\"}}"
    );
    assert_snapshot!(send(&app, "application/json", twice).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "email": [
          "This field appears twice."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    assert_snapshot!(send(&app, "application/json", "[]").await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "The body must be a JSON object.",
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    let secret = format!("{{\"password\": [\"{PASSWORD}\"]}}");
    let answer = send(&app, "application/json", secret).await;
    assert!(!answer.text().contains(PASSWORD), "{answer}");
}

#[tokio::test]
async fn nul_bytes_are_refused_or_harmless() {
    let service = Service::start();
    let app = service.native();
    app.register("ada\u{0}@example.com", PASSWORD)
        .await
        .assert_problem("validation_failed");
    app.log_in("ada\u{0}@example.com", PASSWORD)
        .await
        .assert_problem("validation_failed");
    let password = "nul \u{0} in the middle";
    assert_eq!(app.register("ada@example.com", password).await.status, 201);
    assert_eq!(app.log_in("ada@example.com", password).await.status, 200);
    app.log_in("ada@example.com", "nul ")
        .await
        .assert_problem("invalid_credentials");
    let body = json!({"refresh_token": "\u{0}"});
    app.post("/api/v1/auth/refresh", body)
        .await
        .assert_problem("refresh_token_invalid");
    let admin = service.admin("root@example.com").await;
    let answer = admin.get("/api/v1/users?email_contains=%00").await;
    answer.assert_problem("validation_failed");
    let answer = admin.get("/api/v1/users?cursor=%00").await;
    answer.assert_problem("validation_failed");
}

#[tokio::test]
async fn only_json_is_taken() {
    let service = Service::start();
    let app = service.native();
    assert_snapshot!(send(&app, "text/plain", good()).await, @r#"
    415 Unsupported Media Type
    {
      "action": "fix",
      "code": "unsupported_media_type",
      "detail": "Send JSON, with Content-Type: application/json.",
      "request_id": "[request_id]",
      "status": 415,
      "title": "Unsupported Media Type",
      "type": "about:blank"
    }
    "#);
    let others = [
        "",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/problem+json",
        "json",
    ];
    for other in others {
        send(&app, other, good())
            .await
            .assert_problem("unsupported_media_type");
    }
    let bare = Request::post("/api/v1/users")
        .body(Body::from(good()))
        .unwrap();
    app.send_request(bare)
        .await
        .assert_problem("unsupported_media_type");
    let charset = "Application/JSON; charset=utf-8";
    assert_eq!(send(&app, charset, good()).await.status, 201);
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let service = Service::start();
    let app = service.native();
    let padded = |length: usize| good() + &" ".repeat(length - good().len());
    assert_eq!(
        send(&app, "application/json", padded(64 * 1024))
            .await
            .status,
        201
    );
    assert_snapshot!(send(&app, "application/json", padded(64 * 1024 + 1)).await, @r#"
    413 Payload Too Large
    {
      "action": "fix",
      "code": "payload_too_large",
      "detail": "The body is larger than 64 KiB. Send less.",
      "request_id": "[request_id]",
      "status": 413,
      "title": "Payload Too Large",
      "type": "about:blank"
    }
    "#);
    let announced = Request::post("/api/v1/users")
        .header("content-type", "application/json")
        .header("content-length", "70000");
    let announced = announced.body(Body::from(padded(70_000))).unwrap();
    app.send_request(announced)
        .await
        .assert_problem("payload_too_large");
    let logout = Request::post("/api/v1/auth/logout")
        .body(Body::from(padded(70_000)))
        .unwrap();
    app.send_request(logout)
        .await
        .assert_problem("payload_too_large");
}

#[tokio::test]
async fn a_body_in_chunks_is_cut_off_at_64_kib() {
    let service = Service::start();
    let app = service.native();
    let chunks = |length: usize| {
        let text = good() + &" ".repeat(length - good().len());
        let chunks = text.as_bytes().chunks(1000).map(<[u8]>::to_vec);
        let chunks: Vec<Result<_, Infallible>> = chunks.map(Ok).collect();
        Body::from_stream(stream::iter(chunks))
    };
    let answer = send(&app, "application/json", chunks(64 * 1024 + 1)).await;
    answer.assert_problem("payload_too_large");
    let answer = send(&app, "application/json", chunks(64 * 1024)).await;
    assert_eq!(answer.status, 201, "{answer}");
}

#[tokio::test]
async fn a_list_is_no_object() {
    let service = Service::start();
    let fields = serde_json::json!(["ada@example.com", "a rather good pass"]);
    let answer = service.native().post("/api/v1/users", fields).await;
    answer.assert_problem("validation_failed");
}
