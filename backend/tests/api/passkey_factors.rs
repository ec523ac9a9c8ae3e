//! Adding, naming and removing one's passkeys.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::authenticator::{Algorithm, Authenticator};
use crate::support::passkeys::{self, PASSKEYS};
use crate::support::{Client, PASSWORD, Service, Totp};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const ME: &str = "/api/v1/users/me";
const FACTORS: &str = "/api/v1/auth/factors";

fn start() -> Service {
    Service::with(&[("PUBLIC_URL", "https://example.com")])
}

async fn set_second_factor(client: &Client, is_on: bool) -> Value {
    let set = client.put(FACTORS, json!({"second_factor": is_on})).await;
    assert_eq!(set.status, 200, "{set}");
    set.json()["recovery_codes"].clone()
}

fn path_of(passkey: &Value) -> String {
    format!("{PASSKEYS}/{}", passkey["id"].as_str().unwrap())
}

#[tokio::test]
async fn owners_add_name_and_remove_their_passkeys() {
    let service = start();
    let (ada, bob) = (service.user(ADA).await, service.user(BOB).await);
    let mut authenticator = Authenticator::new(Algorithm::EdDsa);
    let added = passkeys::add(&ada, &mut authenticator).await;
    assert_snapshot!(added, @r#"
    201 Created
    {
      "counter_stalled_at": null,
      "created_at": "[time]",
      "id": "[id]",
      "is_backed_up": true,
      "is_backup_eligible": true,
      "last_used_at": null,
      "name": "Passkey",
      "provider": null
    }
    "#);
    let path = path_of(&added.json());
    for (method, body) in [
        (Method::PUT, json!({"name": "Mine"})),
        (Method::DELETE, Value::Null),
    ] {
        let answer = bob.send(method, &path, &body).await;
        answer.assert_problem("not_found");
    }
    let renamed = ada.put(&path, json!({"name": " Phone "})).await;
    assert_eq!(renamed.json()["name"], "Phone");
    let unnamed = ada.put(&path, json!({"name": ""})).await;
    unnamed.assert_problem("validation_failed");
    let overview = ada.get(FACTORS).await;
    assert_eq!(overview.json()["passkeys"], json!([renamed.json()]));
    assert_eq!(overview.json()["accepted"]["rpId"], "example.com");
    let again = passkeys::add(&bob, &mut authenticator).await;
    again.assert_problem("passkey_taken");
    assert_eq!(ada.delete(&path).await.status, 204);
    ada.delete(&path).await.assert_problem("not_found");
    assert_eq!(ada.get(FACTORS).await.json()["passkeys"], json!([]));
}

#[tokio::test]
async fn a_registration_belongs_to_the_session_that_began_it() {
    let service = start();
    let (ada, bob) = (service.user(ADA).await, service.user(BOB).await);
    let path = format!("{PASSKEYS}/options");
    let (flow, options) = passkeys::options(&ada, &path, json!({})).await;
    let credential = Authenticator::new(Algorithm::Es256).create(&options);
    let body = json!({"flow": flow, "credential": credential, "name": "Phone"});
    for client in [&bob, &service.signed_in(ADA).await] {
        let answer = client.post(PASSKEYS, body.clone()).await;
        answer.assert_problem("flow_expired");
    }
    let added = ada.post(PASSKEYS, body.clone()).await;
    assert_eq!(added.status, 201, "{added}");
    assert_eq!(added.json()["name"], "Phone");
    let again = ada.post(PASSKEYS, body).await;
    again.assert_problem("flow_expired");
    let (flow, _) = passkeys::options(&ada, &path, json!({})).await;
    let body = json!({"flow": flow, "credential": {"id": "x"}});
    let broken = ada.post(PASSKEYS, body).await;
    broken.assert_problem("passkey_invalid");
}

#[tokio::test]
async fn a_passkey_turns_the_second_factor_on_only_when_its_owner_says_so() {
    let service = start();
    let ada = service.user(ADA).await;
    let refused = ada.put(FACTORS, json!({"second_factor": true})).await;
    refused.assert_problem("second_factor_conflict");
    let (authenticator, passkey) = passkeys::set_up(&ada).await;
    let elsewhere = service.native();
    assert_eq!(elsewhere.log_in(ADA, PASSWORD).await.status, 200);
    let codes = set_second_factor(&ada, true).await;
    assert_eq!(codes.as_array().unwrap().len(), 10);
    elsewhere.get(ME).await.assert_problem("session_revoked");
    assert_eq!(ada.get(ME).await.status, 200);
    let waiting = elsewhere.log_in(ADA, PASSWORD).await;
    waiting.assert_problem("second_factor_required");
    let finished = passkeys::finish(&elsewhere, &authenticator, &waiting).await;
    assert_eq!(finished.status, 200, "{finished}");

    // The last factor takes the second factor and its recovery codes with it, as an app does.
    assert_eq!(ada.delete(&path_of(&passkey)).await.status, 204);
    let overview = ada.get(FACTORS).await.json();
    assert_eq!(overview["second_factor"], false);
    assert_eq!(overview["recovery_codes_left"], 0);
    assert_eq!(service.native().log_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn the_second_factor_stays_on_while_one_factor_is_left() {
    let service = start();
    let ada = service.user(ADA).await;
    Totp::set_up(&ada, &service).await;
    let (_, first) = passkeys::set_up(&ada).await;
    let (_, second) = passkeys::set_up(&ada).await;
    let is_on = async || ada.get(FACTORS).await.json()["second_factor"].clone();
    assert_eq!(ada.delete(&path_of(&first)).await.status, 204);
    assert_eq!(is_on().await, true);
    let totp = format!("{FACTORS}/totp");
    assert_eq!(ada.delete(&totp).await.status, 204);
    assert_eq!(is_on().await, true);
    assert_eq!(ada.get(FACTORS).await.json()["recovery_codes_left"], 10);
    assert_eq!(ada.delete(&path_of(&second)).await.status, 204);
    assert_eq!(is_on().await, false);

    passkeys::set_up(&ada).await;
    set_second_factor(&ada, true).await;
    assert_eq!(set_second_factor(&ada, false).await, Value::Null);
    assert_eq!(is_on().await, false);
}

#[tokio::test]
async fn whoever_has_a_session_and_the_password_changes_no_passkeys() {
    let service = start();
    let ada = service.user(ADA).await;
    let (authenticator, passkey) = passkeys::set_up(&ada).await;
    let begun = format!("{PASSKEYS}/options");
    let (flow, options) = passkeys::options(&ada, &begun, json!({})).await;
    set_second_factor(&ada, true).await;
    let thief = ada.copy();
    service.advance(600);
    let planted = Authenticator::new(Algorithm::Es256).create(&options);
    let path = path_of(&passkey);
    for (method, path, body) in [
        (Method::POST, begun.as_str(), json!({})),
        (Method::PUT, &path, json!({"name": "Mine"})),
        (Method::DELETE, &path, Value::Null),
        (Method::PUT, FACTORS, json!({"second_factor": false})),
        (Method::DELETE, "/api/v1/auth/factors/totp", Value::Null),
    ] {
        let answer = thief.send(method.clone(), path, &body).await;
        assert_eq!(answer.code(), "step_up_required", "{method} {path}");
        let factors = json!(["passkey", "recovery_code"]);
        assert_eq!(answer.json()["factors"], factors);
    }
    // A registration that the owner began is too old, or asks too.
    let body = json!({"flow": flow, "credential": planted});
    let answer = thief.post(PASSKEYS, body).await;
    answer.assert_problem("flow_expired");
    let by_password = thief
        .post("/api/v1/auth/step-up", json!({"password": PASSWORD}))
        .await;
    by_password.assert_problem("step_up_required");
    assert_eq!(ada.get(FACTORS).await.json()["passkeys"], json!([passkey]));

    let stepped_up = passkeys::step_up(&ada, &authenticator).await;
    assert_eq!(stepped_up.status, 204, "{stepped_up}");
    let (_, second) = passkeys::set_up(&ada).await;
    assert_eq!(ada.delete(&path_of(&second)).await.status, 204);
}

#[tokio::test]
async fn a_step_up_takes_a_passkey_of_the_own_account() {
    let service = start();
    let (ada, bob) = (service.user(ADA).await, service.user(BOB).await);
    let (adas, _) = passkeys::set_up(&ada).await;
    let (bobs, _) = passkeys::set_up(&bob).await;
    service.advance(600);
    let change = json!({"email": "new@example.com"});
    let asked = ada.put("/api/v1/users/1", change.clone()).await;
    asked.assert_problem("step_up_required");
    assert_eq!(asked.json()["factors"], json!(["passkey", "password"]));
    let answer = passkeys::step_up(&ada, &bobs).await;
    answer.assert_problem("passkey_invalid");
    ada.put("/api/v1/users/1", change.clone())
        .await
        .assert_problem("step_up_required");
    assert_eq!(passkeys::step_up(&ada, &adas).await.status, 204);
    assert_eq!(ada.put("/api/v1/users/1", change).await.status, 200);
}
