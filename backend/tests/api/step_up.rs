//! Proving again who one is.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, PASSWORD, Service, Totp};

const ADA: &str = "ada@example.com";
const STEP_UP: &str = "/api/v1/auth/step-up";
const NEW: &str = "another fine passphrase 42";

/// What asks its caller to have proved lately who they are: of one's own account, and of others'.
fn sensitive(id: u8) -> Vec<(Method, String, Value)> {
    let own = format!("/api/v1/users/{id}");
    let factors = "/api/v1/auth/factors";
    vec![
        (Method::PUT, own.clone(), json!({"password": NEW})),
        (
            Method::PUT,
            own.clone(),
            json!({"email": "new@example.com"}),
        ),
        (Method::POST, format!("{factors}/totp"), json!({})),
        (
            Method::POST,
            format!("{factors}/totp/confirm"),
            json!({"code": "123456"}),
        ),
        (Method::DELETE, format!("{factors}/totp"), Value::Null),
        (Method::POST, format!("{factors}/recovery-codes"), json!({})),
        (Method::DELETE, format!("{factors}/password"), Value::Null),
        (
            Method::POST,
            format!("{factors}/passkeys/options"),
            json!({}),
        ),
        (
            Method::PUT,
            format!("{factors}/passkeys/{}", uuid::Uuid::nil()),
            json!({"name": "Mine"}),
        ),
        (
            Method::DELETE,
            format!("{factors}/passkeys/{}", uuid::Uuid::nil()),
            Value::Null,
        ),
        (
            Method::PUT,
            factors.to_owned(),
            json!({"second_factor": false}),
        ),
        (Method::DELETE, own, Value::Null),
    ]
}

/// Every write of an administrator.
fn administrative() -> Vec<(Method, String, Value)> {
    let other = "/api/v1/users/1";
    vec![
        (Method::PUT, other.into(), json!({"role": "admin"})),
        (
            Method::PUT,
            other.into(),
            json!({"email": "new@example.com"}),
        ),
        (Method::PUT, other.into(), json!({"password": NEW})),
        (Method::PUT, other.into(), json!({"is_active": false})),
        (Method::DELETE, other.into(), Value::Null),
        (Method::DELETE, format!("{other}/sessions"), Value::Null),
        (Method::DELETE, format!("{other}/factors"), Value::Null),
        (
            Method::DELETE,
            format!("{other}/factors/reset"),
            Value::Null,
        ),
        (Method::POST, format!("{other}/invitation"), json!({})),
        (Method::DELETE, format!("{other}/invitation"), Value::Null),
        (
            Method::POST,
            "/api/v1/users".into(),
            json!({"email": "eve@example.com", "password": PASSWORD}),
        ),
    ]
}

async fn assert_all_ask(client: &Client, requests: Vec<(Method, String, Value)>, factors: Value) {
    for (method, path, body) in requests {
        let answer = client.send(method.clone(), &path, &body).await;
        assert_eq!(
            answer.code(),
            "step_up_required",
            "{method} {path} {body}: {answer}"
        );
        assert_eq!(answer.json()["factors"], factors, "{method} {path}");
    }
}

async fn step_up(client: &Client, proof: Value) -> Answer {
    client.post(STEP_UP, proof).await
}

#[tokio::test]
async fn a_sign_in_counts_for_ten_minutes_and_a_step_up_for_ten_more() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let change = json!({"email": "one@example.com"});
    service.advance(599);
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
    service.advance(1);
    assert_all_ask(&ada, sensitive(1), json!(["password"])).await;
    let options = ada.post("/api/v1/auth/step-up/options", json!({})).await;
    options.assert_problem("passkey_missing");
    let wrong = step_up(&ada, json!({"password": "not the password"})).await;
    wrong.assert_problem("invalid_credentials");
    assert_eq!(
        step_up(&ada, json!({"password": PASSWORD})).await.status,
        204
    );
    // It is this session's alone, and survives a refresh.
    let elsewhere = service.signed_in("one@example.com").await;
    service.advance(300);
    assert_eq!(ada.refresh().await.status, 200);
    service.advance(299);
    let change = json!({"email": "two@example.com"});
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
    service.advance(1);
    assert_all_ask(&ada, sensitive(1), json!(["password"])).await;
    assert_all_ask(&elsewhere, sensitive(1), json!(["password"])).await;
}

#[tokio::test]
async fn whoever_has_a_session_and_the_password_passes_no_second_factor() {
    let service = Service::start();
    let owner = service.user(ADA).await;
    let app = Totp::set_up(&owner, &service).await;
    let thief = owner.copy();
    service.advance(600);
    assert_all_ask(&thief, sensitive(1), json!(["totp", "recovery_code"])).await;
    let by_password = step_up(&thief, json!({"password": PASSWORD})).await;
    by_password.assert_problem("step_up_required");
    assert_eq!(
        by_password.json()["factors"],
        json!(["totp", "recovery_code"])
    );
    let with_password = [
        (
            Method::PUT,
            json!({"password": NEW, "current_password": PASSWORD}),
        ),
        (
            Method::PUT,
            json!({"email": "e@example.com", "current_password": PASSWORD}),
        ),
        (Method::DELETE, json!({"current_password": PASSWORD})),
    ];
    for (method, body) in with_password {
        let answer = thief.send(method.clone(), "/api/v1/users/1", &body).await;
        assert_eq!(answer.code(), "step_up_required", "{method} {body}");
    }
    assert_all_ask(&thief, sensitive(1), json!(["totp", "recovery_code"])).await;
    let wrong = app.wrong_code(&service.app.clock);
    let answer = step_up(&thief, json!({"totp": wrong})).await;
    answer.assert_problem("second_factor_invalid");

    let code = app.code(&service.app.clock);
    assert_eq!(step_up(&owner, json!({"totp": code})).await.status, 204);
    let again = step_up(&owner, json!({"totp": code})).await;
    again.assert_problem("second_factor_invalid");
    let renewed = owner
        .post("/api/v1/auth/factors/recovery-codes", json!({}))
        .await;
    assert_eq!(renewed.status, 200, "{renewed}");
    let old = &app.recovery_codes[0];
    let answer = step_up(&owner, json!({"recovery_code": old})).await;
    answer.assert_problem("second_factor_invalid");
}

#[tokio::test]
async fn every_write_of_an_administrator_asks() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let admin = service.admin("root@example.com").await;
    service.advance(600);
    assert_all_ask(&admin, administrative(), json!(["password"])).await;
    let before = "SELECT count(*) FROM users WHERE email = 'ada@example.com' AND is_active";
    assert_eq!(service.database(|it| it.text(before)), "1");
    assert_eq!(
        step_up(&admin, json!({"password": PASSWORD})).await.status,
        204
    );
    assert_eq!(admin.delete("/api/v1/users/1").await.status, 204);
}

#[tokio::test]
async fn guesses_at_a_step_up_count_like_those_at_sign_in() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let app = Totp::set_up(&ada, &service).await;
    service.advance(600);
    let wrong = app.wrong_code(&service.app.clock);
    for _ in 0..10 {
        let answer = step_up(&ada, json!({"totp": wrong})).await;
        answer.assert_problem("second_factor_invalid");
    }
    let right = app.code(&service.app.clock);
    let answer = step_up(&ada, json!({"totp": right})).await;
    answer.assert_problem("rate_limited");
    let bob = service.user("bob@example.com").await;
    for _ in 0..10 {
        let answer = step_up(&bob, json!({"password": "not the password"})).await;
        answer.assert_problem("invalid_credentials");
    }
    let answer = step_up(&bob, json!({"password": PASSWORD})).await;
    answer.assert_problem("rate_limited");
}

#[tokio::test]
async fn an_ended_session_steps_up_no_more() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let elsewhere = service.beside(&[]);
    let other = elsewhere.signed_in(ADA).await;
    assert_eq!(other.delete("/api/v1/auth/sessions").await.status, 204);
    let answer = step_up(&ada, json!({"password": PASSWORD})).await;
    answer.assert_problem("session_revoked");
}
