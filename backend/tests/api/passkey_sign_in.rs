//! Signing in with a passkey, alone or as the second factor.

use serde_json::{Value, json};

use crate::support::authenticator::{Algorithm, Authenticator, PRESENT, VERIFIED};
use crate::support::passkeys::{self, PASSKEYS};
use crate::support::{Answer, Client, MAIL, PASSWORD, Service, Totp};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const ME: &str = "/api/v1/users/me";
const FACTORS: &str = "/api/v1/auth/factors";
const FINISH: &str = "/api/v1/auth/second-factor";
const SIGN_IN: &str = "/api/v1/auth/passkey";
const OPTIONS: &str = "/api/v1/auth/passkey/options";

fn start() -> Service {
    Service::with(&[("PUBLIC_URL", "https://example.com")])
}

/// An account with a passkey, signed in from an app.
async fn owner(service: &Service, email: &str) -> (Client, Authenticator) {
    let client = service.user(email).await;
    let (authenticator, _) = passkeys::set_up(&client).await;
    (client, authenticator)
}

/// The same with its second factor on.
async fn guarded(service: &Service, email: &str) -> (Client, Authenticator) {
    let (client, authenticator) = owner(service, email).await;
    let on = client.put(FACTORS, json!({"second_factor": true})).await;
    assert_eq!(on.status, 200, "{on}");
    (client, authenticator)
}

async fn waiting(client: &Client, email: &str) -> Answer {
    let waiting = client.log_in(email, PASSWORD).await;
    waiting.assert_problem("second_factor_required");
    waiting
}

fn claims(client: &Client) -> Value {
    let token = client.access_token().unwrap();
    let body = token.split('.').nth(1).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(body.as_bytes());
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_password_or_another_factor() {
    let service = start();
    let (_, authenticator) = guarded(&service, ADA).await;
    let app = service.native();
    let signed_in = passkeys::sign_in(&app, &authenticator).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    assert!(app.device_token().is_some());
    let told = claims(&app);
    assert_eq!(told["aal"], 2);
    assert_eq!(told["amr"], json!(["pop", "user", "mfa"]));

    let page = service.browser().await;
    let signed_in = passkeys::sign_in(&page, &authenticator).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    assert_eq!(page.get(ME).await.json()["email"], ADA);
    let used = page.get(FACTORS).await.json()["passkeys"][0]["last_used_at"].clone();
    assert!(used.is_string(), "{used}");
    let recorded = "SELECT count(*) FROM audit_events WHERE kind = 'signed_in'";
    assert_eq!(service.database(|it| it.text(recorded)), "3");
}

#[tokio::test]
async fn options_say_nothing_about_accounts() {
    let service = start();
    let before = service.native().post(OPTIONS, json!({})).await.json();
    owner(&service, ADA).await;
    let mut after = service.native().post(OPTIONS, Value::Null).await.json();
    assert_eq!(after["options"]["allowCredentials"], json!([]));
    after["flow"] = before["flow"].clone();
    after["options"]["challenge"] = before["options"]["challenge"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_challenge_signs_in_once_and_for_its_own_purpose() {
    let service = start();
    let (ada, authenticator) = guarded(&service, ADA).await;
    let app = service.native();
    let signed = passkeys::sign(&app, &authenticator, OPTIONS, json!({})).await;
    assert_eq!(app.post(SIGN_IN, signed.clone()).await.status, 200);
    let again = service.native().post(SIGN_IN, signed.clone()).await;
    again.assert_problem("flow_expired");

    let started = waiting(&service.native(), ADA).await;
    let flow = started.json()["flow"].clone();
    let for_sign_in = passkeys::sign(&app, &authenticator, OPTIONS, json!({})).await;
    let body = json!({"flow": flow, "passkey": for_sign_in});
    let answer = service.native().post(FINISH, body).await;
    answer.assert_problem("passkey_invalid");
    let step_up = "/api/v1/auth/step-up";
    let path = format!("{step_up}/options");
    let for_step_up = passkeys::sign(&ada, &authenticator, &path, json!({})).await;
    let answer = service.native().post(SIGN_IN, for_step_up.clone()).await;
    answer.assert_problem("flow_expired");
    let second = passkeys::sign_second(&service.native(), &authenticator, &started).await;
    for signed in [&for_sign_in, &second] {
        let answer = ada.post(step_up, json!({"passkey": signed})).await;
        answer.assert_problem("passkey_invalid");
    }
    // Another session has no part in the step-up of this one.
    let answer = app.post(step_up, json!({"passkey": for_step_up})).await;
    answer.assert_problem("passkey_invalid");
    let answer = ada.post(step_up, json!({"passkey": for_step_up})).await;
    assert_eq!(answer.status, 204, "{answer}");

    let late = passkeys::sign(&app, &authenticator, OPTIONS, json!({})).await;
    service.advance(301);
    let answer = service.native().post(SIGN_IN, late).await;
    answer.assert_problem("flow_expired");
}

/// Zipline verified no assertion and signed everybody in (CVE-2026-126952).
#[tokio::test]
async fn what_does_not_verify_signs_nobody_in() {
    let service = start();
    let (ada, mut authenticator) = owner(&service, ADA).await;
    let app = service.native();
    let mut signed = passkeys::sign(&app, &authenticator, OPTIONS, json!({})).await;
    signed["credential"] = json!({});
    app.post(SIGN_IN, signed)
        .await
        .assert_problem("passkey_invalid");
    authenticator.flags = PRESENT;
    let answer = passkeys::sign_in(&app, &authenticator).await;
    answer.assert_problem("passkey_invalid");
    let mut stranger = Authenticator::new(Algorithm::Es256);
    stranger.user_handle.clone_from(&authenticator.user_handle);
    let answer = passkeys::sign_in(&app, &stranger).await;
    answer.assert_problem("passkey_unknown");
    assert_eq!(app.access_token(), None);
    let failed = "SELECT count(*) FROM audit_events WHERE kind = 'sign_in_failed'";
    assert_eq!(service.database(|it| it.text(failed)), "3");
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_passkey_of_an_account_that_is_closed_signs_nobody_in() {
    let service = start();
    let (ada, authenticator) = owner(&service, ADA).await;
    let second = service.native();
    assert_eq!(passkeys::sign_in(&second, &authenticator).await.status, 200);
    assert_eq!(ada.leave("/api/v1/users/1").await.status, 204);
    second.refresh().await.assert_problem("session_revoked");
    // Not unknown: it works again once the account does.
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_invalid");
    let admin = service.admin("root@example.com").await;
    let back = admin
        .put("/api/v1/users/1", json!({"is_active": true}))
        .await;
    assert_eq!(back.status, 200, "{back}");
    service.database(|it| it.execute("UPDATE users SET locked_at = now() WHERE id = 1"));
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    answer.assert_problem("passkey_invalid");
    service.database(|it| it.execute("UPDATE users SET locked_at = NULL WHERE id = 1"));
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_of_its_own_account() {
    let service = start();
    let (_, adas) = guarded(&service, ADA).await;
    let (_, bobs) = guarded(&service, BOB).await;
    let client = service.native();
    let started = waiting(&client, ADA).await;
    assert_eq!(
        started.json()["factors"],
        json!(["passkey", "recovery_code"])
    );
    let (_, asked) =
        passkeys::options(&client, OPTIONS, json!({"flow": started.json()["flow"]})).await;
    assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = passkeys::finish(&client, &bobs, &started).await;
    answer.assert_problem("passkey_invalid");
    let finished = passkeys::finish(&client, &adas, &started).await;
    assert_eq!(finished.status, 200, "{finished}");
    assert_eq!(finished.json()["user"]["email"], ADA);
    let told = claims(&client);
    assert_eq!(told["aal"], 2);
    assert_eq!(told["amr"], json!(["pwd", "pop", "user", "mfa"]));
    let over = client
        .post(OPTIONS, json!({"flow": started.json()["flow"]}))
        .await;
    over.assert_problem("flow_expired");
}

#[tokio::test]
async fn a_passkey_of_a_page_goes_on_only_with_the_flow_of_its_browser() {
    let service = start();
    let (_, authenticator) = guarded(&service, ADA).await;
    let page = service.browser().await;
    let started = waiting(&page, ADA).await;
    let asked = json!({"flow": started.json()["flow"]});
    let thief = service.browser().await;
    thief.set_cookie("flow", "made-up");
    let passkey = passkeys::sign_second(&page, &authenticator, &started).await;
    let body = json!({"flow": started.json()["flow"], "passkey": passkey});
    for client in [thief, service.native()] {
        let answer = client.post(OPTIONS, asked.clone()).await;
        answer.assert_problem("flow_expired");
        let answer = client.post(FINISH, body.clone()).await;
        answer.assert_problem("flow_expired");
    }
    let trusting = json!({
        "flow": started.json()["flow"],
        "passkey": passkey,
        "trust_device": true,
    });
    let finished = page.post(FINISH, trusting).await;
    assert_eq!(finished.status, 200, "{finished}");
    assert_eq!(page.log_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn five_refused_passkeys_end_a_flow_and_wrong_codes_leave_passkeys_usable() {
    let service = start();
    let (ada, authenticator) = guarded(&service, ADA).await;
    let (_, bobs) = owner(&service, BOB).await;
    let client = service.native();
    let started = waiting(&client, ADA).await;
    for _ in 0..5 {
        let answer = passkeys::finish(&client, &bobs, &started).await;
        answer.assert_problem("passkey_invalid");
    }
    let body = json!({"flow": started.json()["flow"]});
    let over = client.post(OPTIONS, body).await;
    over.assert_problem("flow_expired");

    let app = Totp::set_up(&ada, &service).await;
    let wrong = app.wrong_code(&service.app.clock);
    for _ in 0..2 {
        let started = waiting(&client, ADA).await;
        for _ in 0..5 {
            let body = json!({"flow": started.json()["flow"], "totp": wrong});
            let answer = client.post(FINISH, body).await;
            answer.assert_problem("second_factor_invalid");
        }
    }
    let started = waiting(&client, ADA).await;
    let right = app.finish(&client, &service, &started).await;
    right.assert_problem("rate_limited");
    let finished = passkeys::finish(&client, &authenticator, &started).await;
    assert_eq!(finished.status, 200, "{finished}");
}

#[tokio::test]
async fn a_passkey_that_is_removed_signs_nobody_in_any_more() {
    let service = start();
    let (ada, authenticator) = owner(&service, ADA).await;
    let app = service.native();
    let signed = passkeys::sign(&app, &authenticator, OPTIONS, json!({})).await;
    let listed = ada.get(FACTORS).await.json();
    let path = format!(
        "{PASSKEYS}/{}",
        listed["passkeys"][0]["id"].as_str().unwrap()
    );
    assert_eq!(ada.delete(&path).await.status, 204);
    let answer = app.post(SIGN_IN, signed).await;
    answer.assert_problem("passkey_unknown");
    let remaining = ada.get(FACTORS).await.json()["accepted"].clone();
    assert_eq!(remaining["allAcceptedCredentialIds"], json!([]));
}

#[tokio::test]
async fn sign_ins_with_a_passkey_count_against_the_sessions_of_an_account() {
    let service = Service::with(&[
        ("PUBLIC_URL", "https://example.com"),
        ("SESSIONS_PER_USER_MAX", "2"),
    ]);
    let (first, authenticator) = owner(&service, ADA).await;
    for _ in 0..2 {
        service.advance(1);
        let answer = passkeys::sign_in(&service.native(), &authenticator).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    first.get(ME).await.assert_problem("session_revoked");
}

#[tokio::test]
async fn an_authenticator_that_counts_backwards_signs_in_and_its_owner_is_told() {
    let service = Service::with(&[MAIL[0], MAIL[1], ("PUBLIC_URL", "https://example.com")]);
    let ada = service.user(ADA).await;
    let mut authenticator = Authenticator::new(Algorithm::EdDsa);
    authenticator.flags = PRESENT | VERIFIED;
    authenticator.counter = 9;
    assert_eq!(passkeys::add(&ada, &mut authenticator).await.status, 201);
    authenticator.counter = 4;
    let answer = passkeys::sign_in(&service.native(), &authenticator).await;
    assert_eq!(answer.status, 200, "{answer}");
    let stalled = ada.get(FACTORS).await.json()["passkeys"][0]["counter_stalled_at"].clone();
    assert!(stalled.is_string());
    let told = service.kinds_to(ADA);
    let copies = told.iter().filter(|kind| *kind == "passkey_copied");
    assert_eq!(copies.count(), 1, "{told:?}");
    // The next one that counts on is told of no more.
    service.advance(60);
    authenticator.counter = 10;
    assert_eq!(passkeys::step_up(&ada, &authenticator).await.status, 204);
    assert_eq!(service.kinds_to(ADA), told);
}
