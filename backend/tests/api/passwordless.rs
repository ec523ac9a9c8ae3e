//! Accounts without a password.

use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::passkeys::{self, PASSKEYS};
use crate::support::{Answer, Client, MAIL, PASSWORD, Service, Totp};

const ADA: &str = "ada@example.com";
const ME: &str = "/api/v1/users/me";
const FACTORS: &str = "/api/v1/auth/factors";
const REMOVE: &str = "/api/v1/auth/factors/password";
const NEW: &str = "another fine passphrase 42";

fn start() -> Service {
    Service::with(&[MAIL[0], MAIL[1], ("PUBLIC_URL", "https://example.com")])
}

fn path_of(passkey: &Value) -> String {
    format!("{PASSKEYS}/{}", passkey["id"].as_str().unwrap())
}

async fn set_second_factor(client: &Client, is_on: bool) -> Answer {
    client.put(FACTORS, json!({"second_factor": is_on})).await
}

/// Ada with two passkeys and no password.
async fn ada(service: &Service) -> (Client, [(Authenticator, Value); 2]) {
    let ada = service.user(ADA).await;
    let both = [passkeys::set_up(&ada).await, passkeys::set_up(&ada).await];
    let removed = ada.delete(REMOVE).await;
    assert_eq!(removed.status, 204, "{removed}");
    (ada, both)
}

#[tokio::test]
async fn a_password_goes_only_where_two_passkeys_or_one_and_recovery_codes_stay() {
    let service = start();
    let ada = service.user(ADA).await;
    ada.delete(REMOVE).await.assert_problem("last_method");
    Totp::set_up(&ada, &service).await;
    ada.delete(REMOVE).await.assert_problem("last_method");
    let totp = format!("{FACTORS}/totp");
    assert_eq!(ada.delete(&totp).await.status, 204);
    passkeys::set_up(&ada).await;
    ada.delete(REMOVE).await.assert_problem("last_method");
    let elsewhere = service.signed_in(ADA).await;
    assert_eq!(set_second_factor(&ada, true).await.status, 200);
    assert_eq!(ada.delete(REMOVE).await.status, 204);
    assert_eq!(service.mail_to(ADA).kind, "password_removed");
    assert_eq!(ada.delete(REMOVE).await.status, 204);
    elsewhere.get(ME).await.assert_problem("session_revoked");
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(ada.get(FACTORS).await.json()["password"], false);
}

#[tokio::test]
async fn without_a_password_an_address_is_like_an_unknown_one() {
    let service = start();
    let (ada, [(authenticator, _), _]) = ada(&service).await;
    let client = service.native();
    let known = client.log_in(ADA, PASSWORD).await;
    known.assert_problem("invalid_credentials");
    let unknown = client.log_in("nobody@example.com", PASSWORD).await;
    assert_eq!(known.to_string(), unknown.to_string());
    let step_up = json!({"password": PASSWORD});
    let answer = ada.post("/api/v1/auth/step-up", step_up).await;
    answer.assert_problem("invalid_credentials");
    service.advance(600);
    let asked = ada.delete(REMOVE).await;
    asked.assert_problem("step_up_required");
    assert_eq!(asked.json()["factors"], json!(["passkey"]));
    let signed_in = passkeys::sign_in(&client, &authenticator).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
}

#[tokio::test]
async fn without_a_password_what_signs_in_stays() {
    let service = start();
    let (ada, [(_, first), (_, second)]) = ada(&service).await;
    let kept = ada.delete(&path_of(&first)).await;
    kept.assert_problem("last_method");
    // Recovery codes make up for a second passkey as long as they are there.
    let on = set_second_factor(&ada, true).await;
    assert_eq!(on.status, 200, "{on}");
    assert_eq!(ada.delete(&path_of(&first)).await.status, 204);
    let off = set_second_factor(&ada, false).await;
    off.assert_problem("last_method");
    let kept = ada.delete(&path_of(&second)).await;
    kept.assert_problem("last_method");
    let overview = ada.get(FACTORS).await.json();
    assert_eq!(overview["passkeys"].as_array().unwrap().len(), 1);
    assert_eq!(overview["recovery_codes_left"], 10);

    passkeys::set_up(&ada).await;
    let off = set_second_factor(&ada, false).await;
    assert_eq!(off.status, 200, "{off}");
}

#[tokio::test]
async fn a_password_comes_back_by_a_step_up_or_by_mail() {
    let service = start();
    let (ada, [(authenticator, first), (_, second)]) = ada(&service).await;
    service.advance(600);
    let change = json!({"password": NEW});
    let asked = ada.put("/api/v1/users/1", change.clone()).await;
    asked.assert_problem("step_up_required");
    let by_password = json!({"password": NEW, "current_password": PASSWORD});
    let refused = ada.put("/api/v1/users/1", by_password).await;
    refused.assert_problem("invalid_credentials");
    let stepped_up = passkeys::step_up(&ada, &authenticator).await;
    assert_eq!(stepped_up.status, 204, "{stepped_up}");
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
    assert_eq!(service.native().log_in(ADA, NEW).await.status, 200);
    assert_eq!(ada.delete(&path_of(&second)).await.status, 204);

    passkeys::set_up(&ada).await;
    assert_eq!(ada.delete(REMOVE).await.status, 204);
    service.database(|it| it.execute("UPDATE users SET email_verified_at = now()"));
    let owner = service.native();
    let forgotten = owner
        .post("/api/v1/auth/forgot", json!({"email": ADA}))
        .await;
    let code = service.mail_to(ADA).code();
    let body = json!({"flow": forgotten.json()["flow"], "code": code, "password": PASSWORD});
    assert_eq!(owner.post("/api/v1/auth/reset", body).await.status, 204);
    assert_eq!(owner.log_in(ADA, PASSWORD).await.status, 200);
    let listed = owner.get(FACTORS).await.json();
    assert_eq!(listed["passkeys"][0]["id"], first["id"]);
}

#[tokio::test]
async fn undoing_the_removal_of_a_password_locks_the_account_until_a_reset() {
    let service = start();
    let (thief, _) = ada(&service).await;
    let notice = service.mail_to(ADA);
    assert_eq!(notice.kind, "password_removed");
    let owner = service.native();
    let body = json!({"token": notice.link(), "code": notice.code()});
    let undone = owner.post("/api/v1/auth/undo", body).await;
    assert_eq!(undone.status, 204, "{undone}");
    thief.refresh().await.assert_problem("session_revoked");
    let locked = owner.log_in(ADA, PASSWORD).await;
    locked.assert_problem("invalid_credentials");
}
