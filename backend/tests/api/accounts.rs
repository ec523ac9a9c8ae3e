//! `/api/v1/users/me` and `/api/v1/users/{id}` for their owners.

use axum::http::Method;
use insta::assert_snapshot;
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{PASSWORD, Service};

const NEW: &str = "another fine passphrase 42";

#[tokio::test]
async fn a_user_sees_the_own_account_and_no_other() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.account("bob@example.com", Role::User).await;
    assert_snapshot!(ada.get("/api/v1/users/me").await, @r#"
    200 OK
    {
      "created_at": "[time]",
      "email": "ada@example.com",
      "email_bounced_at": null,
      "email_verified_at": null,
      "factors_reset_at": null,
      "id": "[id]",
      "invited_at": null,
      "is_active": true,
      "locale": null,
      "pending_email": null,
      "pending_email_expires_at": null,
      "pending_email_flow": null,
      "role": "user",
      "second_factor_at": null,
      "updated_at": "[time]"
    }
    "#);
    assert_eq!(
        ada.get("/api/v1/users/1").await.json(),
        ada.get("/api/v1/users/me").await.json()
    );
    let others = ada.get("/api/v1/users/2").await;
    assert_snapshot!(others, @r#"
    404 Not Found
    {
      "action": "fix",
      "code": "not_found",
      "detail": "There is no such account. Check its id.",
      "request_id": "[request_id]",
      "status": 404,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
    let missing = ada.get("/api/v1/users/999").await;
    assert_eq!(missing.to_string(), others.to_string());
    for path in ["/api/v1/users/2", "/api/v1/users/999"] {
        ada.put(path, json!({})).await.assert_problem("not_found");
        ada.delete(path).await.assert_problem("not_found");
    }
}

#[tokio::test]
async fn a_page_sees_the_own_account_too() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    assert_eq!(page.get("/api/v1/users/me").await.status, 200);
    page.remove_cookie("access_token");
    assert_snapshot!(page.get("/api/v1/users/me").await, @r#"
    401 Unauthorized
    {
      "action": "refresh",
      "code": "access_token_missing",
      "detail": "Sign in first, then send the access token.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn an_invalid_id_is_malformed() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    assert_snapshot!(ada.get("/api/v1/users/abc").await, @r#"
    400 Bad Request
    {
      "action": "fix",
      "code": "malformed_request",
      "detail": "The id in the path is invalid. Copy it from a response of the API.",
      "request_id": "[request_id]",
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
    for id in ["1.0", "99999999999999999999", "%00", "1%20", "%F0%28"] {
        let answer = ada.get(&format!("/api/v1/users/{id}")).await;
        answer.assert_problem("malformed_request");
    }
    ada.get("/api/v1/users/-1")
        .await
        .assert_problem("not_found");
    ada.get("/api/v1/users/9223372036854775807")
        .await
        .assert_problem("not_found");
}

#[tokio::test]
async fn the_owner_changes_address_and_password_with_the_current_password() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let change = json!({"email": "Lovelace@example.com", "current_password": PASSWORD});
    service.advance(60);
    let answer = ada.put("/api/v1/users/1", change).await;
    assert_snapshot!(answer, @r#"
    200 OK
    {
      "created_at": "[time]",
      "email": "lovelace@example.com",
      "email_bounced_at": null,
      "email_verified_at": null,
      "factors_reset_at": null,
      "id": "[id]",
      "invited_at": null,
      "is_active": true,
      "locale": null,
      "pending_email": null,
      "pending_email_expires_at": null,
      "pending_email_flow": null,
      "role": "user",
      "second_factor_at": null,
      "updated_at": "[time]"
    }
    "#);
    assert_ne!(answer.json()["updated_at"], answer.json()["created_at"]);
    let change = json!({"password": NEW, "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
    let app = service.native();
    app.log_in("ada@example.com", NEW)
        .await
        .assert_problem("invalid_credentials");
    app.log_in("lovelace@example.com", PASSWORD)
        .await
        .assert_problem("invalid_credentials");
    assert_eq!(app.log_in("lovelace@example.com", NEW).await.status, 200);
}

#[tokio::test]
async fn without_the_current_password_nothing_is_changed() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let before = ada.get("/api/v1/users/me").await.json();
    service.advance(600);
    assert_snapshot!(ada.put("/api/v1/users/1", json!({"password": NEW})).await, @r#"
    403 Forbidden
    {
      "action": "step_up",
      "code": "step_up_required",
      "detail": "Prove again that it is you, by one of factors, then repeat the request.",
      "factors": [
        "password"
      ],
      "request_id": "[request_id]",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
    let answer = ada
        .put("/api/v1/users/1", json!({"email": "a@example.com"}))
        .await;
    answer.assert_problem("step_up_required");
    let wrong = json!({"password": NEW, "current_password": "not the password"});
    assert_snapshot!(ada.put("/api/v1/users/1", wrong).await, @r#"
    401 Unauthorized
    {
      "action": "fix",
      "code": "invalid_credentials",
      "detail": "The current password is wrong. Check it and try again.",
      "errors": {
        "current_password": [
          "This is not your current password."
        ]
      },
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    assert_eq!(ada.get("/api/v1/users/me").await.json(), before);
    assert_eq!(ada.log_in("ada@example.com", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_empty_change_changes_nothing() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let before = ada.get("/api/v1/users/me").await.json();
    service.advance(60);
    assert_eq!(ada.put("/api/v1/users/1", json!({})).await.json(), before);
    let nulls = json!({"email": null, "password": null, "role": null, "is_active": null});
    assert_eq!(ada.put("/api/v1/users/1", nulls).await.json(), before);
}

#[tokio::test]
async fn new_values_follow_the_rules_of_registration() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let change = json!({"email": "nonsense", "password": "x", "current_password": PASSWORD});
    assert_snapshot!(ada.put("/api/v1/users/1", change).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "email": [
          "Enter an email address of the form name@example.com."
        ],
        "password": [
          "A password has at least 8 characters."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    let own_name = json!({"password": "xK7-ada-92w-zz", "current_password": PASSWORD});
    ada.put("/api/v1/users/1", own_name)
        .await
        .assert_problem("validation_failed");
}

#[tokio::test]
async fn a_taken_address_is_refused_also_when_its_account_is_deactivated() {
    let service = Service::start();
    let bob = service.user("bob@example.com").await;
    bob.leave("/api/v1/users/1").await;
    let ada = service.user("ada@example.com").await;
    let change = json!({"email": "BOB@example.com", "current_password": PASSWORD});
    assert_snapshot!(ada.put("/api/v1/users/2", change).await, @r#"
    409 Conflict
    {
      "action": "fix",
      "code": "email_taken",
      "detail": "An account with this email address exists. Sign in, or use another address.",
      "errors": {
        "email": [
          "An account with this address exists."
        ]
      },
      "request_id": "[request_id]",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_user_sets_neither_role_nor_state() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let change = json!({"role": "admin", "is_active": true, "current_password": PASSWORD});
    assert_snapshot!(ada.put("/api/v1/users/1", change).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "is_active": [
          "Only an administrator may set this."
        ],
        "role": [
          "Only an administrator may set this."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    ada.put("/api/v1/users/1", json!({"id": 2}))
        .await
        .assert_problem("validation_failed");
    assert_eq!(ada.get("/api/v1/users/me").await.json()["role"], "user");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_only() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let elsewhere = service.signed_in("ada@example.com").await;
    let bob = service.user("bob@example.com").await;
    let change = json!({"password": NEW, "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
    elsewhere
        .get("/api/v1/users/me")
        .await
        .assert_problem("session_revoked");
    elsewhere.refresh().await.assert_problem("session_revoked");
    for client in [&ada, &bob] {
        assert_eq!(client.get("/api/v1/users/me").await.status, 200);
        assert_eq!(client.refresh().await.status, 200);
    }
}

#[tokio::test]
async fn nobody_deactivates_the_own_account_without_its_password() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let admin = service.admin("root@example.com").await;
    service.advance(600);
    for client in [&ada, &admin] {
        let path = format!(
            "/api/v1/users/{}",
            client.get("/api/v1/users/me").await.json()["id"]
        );
        let missing = client.delete(&path).await;
        missing.assert_problem("step_up_required");
        assert_eq!(missing.json()["factors"], json!(["password"]));
        let wrong = json!({"current_password": "not the password"});
        let answer = client.send(Method::DELETE, &path, &wrong).await;
        answer.assert_problem("invalid_credentials");
        assert!(answer.json()["errors"]["current_password"].is_array());
    }
    let change = json!({"is_active": false});
    let answer = admin.put("/api/v1/users/2", change).await;
    answer.assert_problem("step_up_required");
    let failures = "SELECT sum(cardinality(failed_at)) FROM sign_in_failures";
    assert_eq!(service.database(|it| it.text(failures)), "2");
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
    admin
        .delete("/api/v1/users/1")
        .await
        .assert_problem("step_up_required");
    let proof = json!({"password": PASSWORD});
    assert_eq!(admin.post("/api/v1/auth/step-up", proof).await.status, 204);
    assert_eq!(admin.delete("/api/v1/users/1").await.status, 204);
}

#[tokio::test]
async fn deactivating_the_own_account_counts_in_the_auth_tier() {
    let tier = [
        ("RATE_LIMIT_AUTH_PER_SECOND", "1"),
        ("RATE_LIMIT_AUTH_BURST", "2"),
    ];
    let service = Service::with(&tier);
    let ada = service.user("ada@example.com").await;
    let wrong = json!({"current_password": "not the password"});
    let mut codes = Vec::new();
    for _ in 0..3 {
        let answer = ada.send(Method::DELETE, "/api/v1/users/1", &wrong).await;
        codes.push(answer.code());
    }
    assert_eq!(codes.last().map(String::as_str), Some("rate_limited"));
}

#[tokio::test]
async fn a_user_who_deactivates_the_own_account_is_signed_out_everywhere() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let page = service.browser().await;
    page.log_in("ada@example.com", PASSWORD).await;
    assert_snapshot!(ada.leave("/api/v1/users/1").await, @"204 No Content");
    ada.get("/api/v1/users/me")
        .await
        .assert_problem("session_revoked");
    page.get("/api/v1/users/me")
        .await
        .assert_problem("session_revoked");
    page.refresh().await.assert_problem("session_revoked");
    page.log_in("ada@example.com", PASSWORD)
        .await
        .assert_problem("invalid_credentials");
}
