//! `POST /api/v1/auth/login`.

use axum::http::HeaderMap;
use insta::assert_snapshot;
use latchkey::features::audit::domain::Cause;
use latchkey::features::devices::domain::Mark;
use latchkey::features::users::application::{admit, authenticate};
use latchkey::features::users::domain::{Attempt, Email, Role};
use serde_json::json;

use crate::support::{Answer, PASSWORD, Service};

const LOGIN: &str = "/api/v1/auth/login";

#[tokio::test]
async fn an_app_gets_its_tokens_in_the_body() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let app = service.native();
    assert_snapshot!(app.log_in("ada@example.com", PASSWORD).await, @r#"
    200 OK
    {
      "access_token": "[token]",
      "device_token": "[token]",
      "expires_in": 900,
      "refresh_expires_in": 604800,
      "refresh_token": "[token]",
      "token_type": "Bearer",
      "user": {
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
    }
    "#);
    assert!(app.refresh_token().unwrap().len() <= 512);
}

#[tokio::test]
async fn a_page_gets_no_token_but_the_csrf_token_in_the_body() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let page = service.browser().await;
    assert_snapshot!(page.log_in("ada@example.com", PASSWORD).await, @r#"
    200 OK
    {
      "csrf_token": "[token]",
      "expires_in": 900,
      "user": {
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
    }
    "#);
    assert_snapshot!(page.get("/api/v1/users/me").await.status, @"200 OK");
}

#[tokio::test]
async fn a_bearer_token_makes_a_client_native() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let program = service.anonymous();
    program.set_access_token(ada.access_token().as_deref());
    let answer = program.log_in("ada@example.com", PASSWORD).await;
    assert!(answer.json()["refresh_token"].is_string(), "{answer}");
    assert_eq!(answer.cookies(), [""; 0]);
}

/// Everything that a client can see of a response, except what differs between any two.
fn visible(answer: &Answer) -> (u16, HeaderMap, String) {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    headers.remove("date");
    (answer.status.as_u16(), headers, answer.to_string())
}

#[tokio::test]
async fn unknown_wrong_and_deactivated_look_the_same() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let gone = service.user("gone@example.com").await;
    gone.leave("/api/v1/users/2").await;
    for client in [service.native(), service.browser().await] {
        let wrong = client.log_in("ada@example.com", "not the password").await;
        assert_eq!(wrong.code(), "invalid_credentials");
        for (email, password) in [
            ("nobody@example.com", PASSWORD),
            ("gone@example.com", PASSWORD),
            ("gone@example.com", "not the password"),
            ("ada@example.com", ""),
            ("ada@example.com", "\u{0}"),
            ("ada@example.com", &"x".repeat(10_000)),
            ("ada@example.com", &PASSWORD.to_uppercase()),
        ] {
            let answer = client.log_in(email, password).await;
            assert_eq!(visible(&answer), visible(&wrong), "{email} {password}");
        }
    }
    let answer = service
        .native()
        .log_in("nobody@example.com", PASSWORD)
        .await;
    assert_snapshot!(answer, @r#"
    401 Unauthorized
    {
      "action": "fix",
      "code": "invalid_credentials",
      "detail": "Email address or password is wrong. Check both and try again.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_failed_sign_in_returns_no_token_and_opens_no_session() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let page = service.browser().await;
    let answer = page.log_in("ada@example.com", "not the password").await;
    assert_eq!(answer.cookies(), [""; 0]);
    assert_eq!(
        service.database(|it| it.text("SELECT count(*) FROM sessions")),
        "0"
    );
}

#[tokio::test]
async fn fields_are_checked() {
    let service = Service::start();
    let app = service.native();
    let long = "n".repeat(101);
    let body = json!({"email": "ada", "password": PASSWORD, "device_name": long});
    assert_snapshot!(app.post(LOGIN, body).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "device_name": [
          "A device name has at most 100 characters and no control characters."
        ],
        "email": [
          "Enter an email address of the form name@example.com."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    for name in ["a\u{0}b", "line\nbreak", "bell\u{7}"] {
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "device_name": name});
        app.post(LOGIN, body)
            .await
            .assert_problem("validation_failed");
    }
    let extra = json!({"email": "ada@example.com", "password": PASSWORD, "remember_me": true});
    assert_snapshot!(app.post(LOGIN, extra).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "remember_me": [
          "This field does not exist, or you may not set it."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_session_is_named_by_the_person_or_by_the_user_agent() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let app = service.native().with("user-agent", firefox);
    let sign_in = async |name: serde_json::Value| {
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "device_name": name});
        assert_eq!(app.post(LOGIN, body).await.status, 200);
        let newest = "SELECT device_name FROM sessions ORDER BY created_at DESC LIMIT 1";
        service.database(|it| it.text(newest))
    };
    assert_eq!(sign_in(json!("  Ada's phone 📱 ")).await, "Ada's phone 📱");
    assert_eq!(sign_in(json!("ü".repeat(100))).await, "ü".repeat(100));
    assert_eq!(sign_in(json!(" ")).await, "Firefox on Linux");
    assert_eq!(sign_in(json!(null)).await, "Firefox on Linux");
}

#[tokio::test]
async fn a_hash_of_older_parameters_is_renewed_at_sign_in() {
    let service = Service::with(&[("ARGON2_MEMORY_KIB", "128"), ("ARGON2_ITERATIONS", "2")]);
    service.account("ada@example.com", Role::User).await;
    let old = service.database(|it| it.text("SELECT password_hash FROM users"));
    assert!(old.starts_with("$argon2id$v=19$m=128,t=2,p=1$"), "{old}");
    // The next release's parameters, on the same database.
    let changed = [("ARGON2_MEMORY_KIB", "256"), ("ARGON2_ITERATIONS", "3")];
    let next = service.beside(&changed);
    next.native()
        .log_in("ada@example.com", "wrong")
        .await
        .assert_problem("invalid_credentials");
    assert_eq!(
        service.database(|it| it.text("SELECT password_hash FROM users")),
        old
    );
    assert_eq!(
        next.native()
            .log_in("ada@example.com", PASSWORD)
            .await
            .status,
        200
    );
    let new = service.database(|it| it.text("SELECT password_hash FROM users"));
    assert!(new.starts_with("$argon2id$v=19$m=256,t=3,p=1$"), "{new}");
    assert_eq!(
        next.native()
            .log_in("ada@example.com", PASSWORD)
            .await
            .status,
        200
    );
    assert_eq!(
        service.database(|it| it.text("SELECT password_hash FROM users")),
        new
    );
    // The previous release still runs beside it.
    assert_eq!(
        service
            .native()
            .log_in("ada@example.com", PASSWORD)
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_devices_that_sign_in_at_once_after_the_parameters_changed_are_both_let_in() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let next = service.beside(&[("ARGON2_MEMORY_KIB", "128")]);
    // Both have verified the old hash, and now wait for the row to replace it.
    service.database(|it| it.execute("BEGIN; SELECT FROM users FOR UPDATE"));
    let sign_ins = [next.native(), next.native()]
        .map(|app| tokio::spawn(async move { app.log_in("ada@example.com", PASSWORD).await }));
    service.await_waiting(2, || false);
    service.database(|it| it.execute("COMMIT"));
    for sign_in in sign_ins {
        let answer = sign_in.await.unwrap();
        assert_eq!(answer.status, 200, "{answer}");
    }
    let failures = service.database(|it| it.text("SELECT count(*) FROM sign_in_failures"));
    assert_eq!(failures, "0");
    let version = service.database(|it| it.text("SELECT credentials_version FROM users"));
    assert_eq!(
        version, "0",
        "the same password is no change of credentials"
    );
}

#[tokio::test]
async fn a_hash_is_never_replaced_by_one_that_is_weaker_in_any_parameter() {
    let service = Service::with(&[("ARGON2_MEMORY_KIB", "128"), ("ARGON2_ITERATIONS", "2")]);
    service.account("ada@example.com", Role::User).await;
    let old = service.database(|it| it.text("SELECT password_hash FROM users"));
    for changed in [
        [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "2")],
        [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "9")],
        [("ARGON2_MEMORY_KIB", "512"), ("ARGON2_ITERATIONS", "1")],
    ] {
        service.beside(&changed).signed_in("ada@example.com").await;
        let kept = service.database(|it| it.text("SELECT password_hash FROM users"));
        assert_eq!(kept, old, "{changed:?}");
    }
}

#[tokio::test]
async fn a_password_changed_while_the_old_one_is_checked_refuses_the_sign_in() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let email = Email::parse("ada@example.com").unwrap();
    let password = Attempt::new(&PASSWORD.into());
    let person = authenticate(
        &service.app,
        &email,
        password,
        &Mark::default(),
        &Cause::default(),
    )
    .await
    .unwrap();
    let change = json!({"password": "another fine passphrase 42", "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
    let now = service.app.clock.now();
    let admitted = service
        .app
        .db
        .transaction(move |conn| admit(conn, &person, now));
    assert!(admitted.await.is_err());
}

#[tokio::test]
async fn an_account_without_a_password_looks_as_if_it_did_not_exist() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    service.database(|it| it.execute("UPDATE users SET password_hash = NULL"));
    let app = service.native();
    let unknown = app.log_in("nobody@example.com", PASSWORD).await;
    for password in [PASSWORD, ""] {
        let answer = app.log_in("ada@example.com", password).await;
        assert_eq!(visible(&answer), visible(&unknown));
    }
}

#[tokio::test]
async fn a_role_removed_while_the_password_is_hashed_is_not_granted() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let eve = service.account("eve@example.com", Role::Admin).await;
    let email = Email::parse("eve@example.com").unwrap();
    let password = Attempt::new(&PASSWORD.into());
    let person = authenticate(
        &service.app,
        &email,
        password,
        &Mark::default(),
        &Cause::default(),
    )
    .await
    .unwrap();
    let path = format!("/api/v1/users/{}", eve.id);
    assert_eq!(admin.put(&path, json!({"role": "user"})).await.status, 200);
    let now = service.app.clock.now();
    let admitted = service
        .app
        .db
        .transaction(move |conn| admit(conn, &person, now));
    assert_eq!(admitted.await.unwrap().role, Role::User);
}
