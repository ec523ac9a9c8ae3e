//! What becomes of passkeys when an account goes back to its owner.

use latchkey::features::audit::domain::Cause;
use latchkey::features::enrolment::application::{complete_due_resets, reset_factors_at_once};
use latchkey::process::delete_old_rows;
use serde_json::{Value, json};

use crate::support::authenticator::{Algorithm, Authenticator};
use crate::support::passkeys::{self, PASSKEYS};
use crate::support::{Client, MAIL, PASSWORD, Service};

const ADA: &str = "ada@example.com";
const ME: &str = "/api/v1/users/me";
const FACTORS: &str = "/api/v1/auth/factors";
const NEW: &str = "another fine passphrase 42";

fn start() -> Service {
    Service::with(&[MAIL[0], MAIL[1], ("PUBLIC_URL", "https://example.com")])
}

/// Has Ada's address proved already.
fn prove(service: &Service) {
    service.database(|it| it.execute("UPDATE users SET email_verified_at = now()"));
}

async fn forget(service: &Service, client: &Client) -> Value {
    let forgotten = client
        .post("/api/v1/auth/forgot", json!({"email": ADA}))
        .await;
    assert_eq!(forgotten.status, 202, "{forgotten}");
    let code = service.mail_to(ADA).code();
    json!({"flow": forgotten.json()["flow"], "code": code, "password": NEW})
}

fn path_of(passkey: &Value) -> String {
    format!("{PASSKEYS}/{}", passkey["id"].as_str().unwrap())
}

/// A registration that the client began, with what its authenticator made.
async fn begun(client: &Client) -> Value {
    let path = format!("{PASSKEYS}/options");
    let (flow, options) = passkeys::options(client, &path, json!({})).await;
    let credential = Authenticator::new(Algorithm::Es256).create(&options);
    json!({"flow": flow, "credential": credential})
}

#[tokio::test]
async fn the_first_proof_of_an_address_removes_planted_passkeys() {
    let service = start();
    let planter = service.user(ADA).await;
    let (authenticator, _) = passkeys::set_up(&planter).await;
    let under_way = begun(&planter).await;
    let owner = service.native();
    let body = forget(&service, &owner).await;
    assert_eq!(owner.post("/api/v1/auth/reset", body).await.status, 204);
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_unknown");
    let late = planter.post(PASSKEYS, under_way.clone()).await;
    late.assert_problem("session_revoked");
    assert_eq!(owner.log_in(ADA, NEW).await.status, 200);
    let late = owner.post(PASSKEYS, under_way).await;
    late.assert_problem("flow_expired");
    assert_eq!(owner.get(FACTORS).await.json()["passkeys"], json!([]));
}

#[tokio::test]
async fn a_reset_by_mail_asks_for_the_passkey_that_is_the_second_factor() {
    let service = start();
    let ada = service.user(ADA).await;
    let (authenticator, _) = passkeys::set_up(&ada).await;
    let on = ada.put(FACTORS, json!({"second_factor": true})).await;
    assert_eq!(on.status, 200, "{on}");
    prove(&service);
    let owner = service.native();
    let mut body = forget(&service, &owner).await;
    let waiting = owner.post("/api/v1/auth/reset", body.clone()).await;
    waiting.assert_problem("second_factor_required");
    assert_eq!(
        waiting.json()["factors"],
        json!(["passkey", "recovery_code"])
    );
    let given = passkeys::finish(&owner, &authenticator, &waiting).await;
    assert_eq!(given.status, 204, "{given}");
    body["second_factor_flow"] = waiting.json()["flow"].clone();
    assert_eq!(owner.post("/api/v1/auth/reset", body).await.status, 204);
    let answer = passkeys::sign_in(&owner, &authenticator).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn undoing_the_removal_of_a_passkey_brings_it_back_and_removes_the_thiefs() {
    let service = start();
    let thief = service.user(ADA).await;
    let (authenticator, passkey) = passkeys::set_up(&thief).await;
    let on = thief.put(FACTORS, json!({"second_factor": true})).await;
    assert_eq!(on.status, 200, "{on}");
    prove(&service);
    service.advance(30);
    let (thiefs, _) = passkeys::set_up(&thief).await;
    let notice = service.mail_to(ADA);
    assert_eq!(notice.kind, "factor_added");
    service.advance(30);
    assert_eq!(thief.delete(&path_of(&passkey)).await.status, 204);
    assert_eq!(service.mail_to(ADA).kind, "factor_removed");
    let under_way = begun(&thief).await;
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_unknown");

    let owner = service.native();
    let body = json!({"token": notice.link(), "code": notice.code()});
    let undone = owner.post("/api/v1/auth/undo", body).await;
    assert_eq!(undone.status, 204, "{undone}");
    let late = thief.post(PASSKEYS, under_way).await;
    late.assert_problem("session_revoked");
    let answer = passkeys::sign_in(&service.native(), &thiefs).await;
    answer.assert_problem("passkey_unknown");
    // Locked until the reset, which asks for what was the second factor before.
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_invalid");
    let mut body = forget(&service, &owner).await;
    let waiting = owner.post("/api/v1/auth/reset", body.clone()).await;
    waiting.assert_problem("second_factor_required");
    let given = passkeys::finish(&owner, &authenticator, &waiting).await;
    assert_eq!(given.status, 204, "{given}");
    body["second_factor_flow"] = waiting.json()["flow"].clone();
    assert_eq!(owner.post("/api/v1/auth/reset", body).await.status, 204);
    let answer = passkeys::sign_in(&owner, &authenticator).await;
    assert_eq!(answer.status, 200, "{answer}");

    // What was removed is kept as long as that can be undone.
    let kept = "SELECT count(*) FROM passkeys WHERE removed_at IS NOT NULL";
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(service.database(|it| it.text(kept)), "1");
    service.advance(74 * 3600);
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(service.database(|it| it.text(kept)), "0");
}

#[tokio::test]
async fn a_reset_of_factors_removes_all_passkeys() {
    let service = start();
    let ada = service.user(ADA).await;
    let (authenticator, _) = passkeys::set_up(&ada).await;
    let under_way = begun(&ada).await;
    // Also where the second factor is off.
    let admin = service.admin("root@example.com").await;
    let begun = admin.delete("/api/v1/users/1/factors").await;
    assert_eq!(begun.status, 202, "{begun}");
    service.advance(24 * 3600);
    assert_eq!(complete_due_resets(&service.app).await.unwrap(), 1);
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_unknown");
    ada.refresh().await.assert_problem("session_revoked");
    let again = service.signed_in(ADA).await;
    let late = again.post(PASSKEYS, under_way).await;
    late.assert_problem("flow_expired");

    let (authenticator, _) = passkeys::set_up(&again).await;
    reset_factors_at_once(&service.app, 1, Cause::default())
        .await
        .unwrap();
    again.get(ME).await.assert_problem("session_revoked");
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_unknown");
    assert_eq!(service.native().log_in(ADA, PASSWORD).await.status, 200);
}
