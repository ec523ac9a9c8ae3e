//! Second factors: setting them up, signing in with them, and removing them.

use chrono::TimeDelta;
use futures_util::FutureExt;
use insta::assert_snapshot;
use latchkey::features::audit::domain::Cause;
use latchkey::features::enrolment::application::{complete_due_resets, reset_factors_at_once};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Contract, PASSWORD, Service, Totp, other_code};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const ME: &str = "/api/v1/users/me";
const FACTORS: &str = "/api/v1/auth/factors";
const FINISH: &str = "/api/v1/auth/second-factor";
const NEW: &str = "another fine passphrase 42";

/// Ada with a second factor, signed in from an app, and her authenticator.
async fn ada(service: &Service) -> (Client, Totp) {
    let ada = service.user(ADA).await;
    let app = Totp::set_up(&ada, service).await;
    // The code that confirmed it is used.
    service.advance(30);
    (ada, app)
}

/// A client whose password was right.
async fn waiting(service: &Service) -> (Client, Answer) {
    let client = service.native();
    let waiting = client.log_in(ADA, PASSWORD).await;
    waiting.assert_problem("second_factor_required");
    (client, waiting)
}

async fn present(client: &Client, waiting: &Answer, name: &str, code: &str) -> Answer {
    let body = json!({"flow": waiting.json()["flow"], name: code});
    client.post(FINISH, body).await
}

fn claims(client: &Client) -> Value {
    let token = client.access_token().unwrap();
    let body = token.split('.').nth(1).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(body.as_bytes())
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_sign_in_goes_on_with_the_code_of_an_app() {
    let service = Service::start();
    let (owner, app) = ada(&service).await;
    assert_eq!(claims(&owner)["aal"], 1);
    assert_eq!(owner.refresh().await.status, 200);
    assert_eq!(claims(&owner)["aal"], 2, "raised by setting it up");
    let (client, waiting) = waiting(&service).await;
    assert_snapshot!(waiting, @r#"
    401 Unauthorized
    {
      "action": "second_factor",
      "code": "second_factor_required",
      "detail": "Go on with one of the factors named in factors.",
      "expires_in": 900,
      "factors": [
        "totp",
        "recovery_code"
      ],
      "flow": "[flow]",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    assert_eq!(client.access_token(), None);
    let finished = app.finish(&client, &service, &waiting).await;
    assert_eq!(finished.status, 200, "{finished}");
    let told = claims(&client);
    assert_eq!(told["aal"], 2);
    assert_eq!(told["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(client.get(ME).await.status, 200);
}

#[tokio::test]
async fn setting_an_app_up_counts_for_nothing_until_a_code_of_it_was_right() {
    let service = Service::start();
    let owner = service.user(ADA).await;
    let elsewhere = service.signed_in(ADA).await;
    let offer = owner.post("/api/v1/auth/factors/totp", json!({})).await;
    assert_eq!(offer.status, 200);
    let svg = offer.json()["qr_svg"].as_str().unwrap().to_owned();
    assert!(svg.starts_with("<svg xmlns="), "{svg}");
    let app = Totp::new(offer.json()["secret"].as_str().unwrap());
    let confirm = "/api/v1/auth/factors/totp/confirm";
    let wrong = app.wrong_code(&service.app.clock);
    let answer = owner.post(confirm, json!({"code": wrong})).await;
    answer.assert_problem("second_factor_invalid");
    assert_eq!(service.native().log_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(owner.get(FACTORS).await.json()["second_factor"], false);

    let right = app.code(&service.app.clock);
    let confirmed = owner.post(confirm, json!({"code": right})).await;
    let codes = confirmed.json()["recovery_codes"].as_array().unwrap().len();
    assert_eq!(codes, 10);
    assert_eq!(owner.get(ME).await.status, 200);
    elsewhere.get(ME).await.assert_problem("session_revoked");
    let overview = owner.get(FACTORS).await.json();
    assert_eq!(overview["second_factor"], true);
    assert_eq!(overview["recovery_codes_left"], 10);
    // The code that confirmed it is used up.
    let (client, waiting) = waiting(&service).await;
    let again = present(&client, &waiting, "totp", &right).await;
    again.assert_problem("second_factor_invalid");
}

#[tokio::test]
async fn an_app_in_use_stays_in_use_until_its_successor_is_confirmed() {
    let service = Service::start();
    let (owner, old) = ada(&service).await;
    let offer = owner.post("/api/v1/auth/factors/totp", json!({})).await;
    let new = Totp::new(offer.json()["secret"].as_str().unwrap());
    let (client, started) = waiting(&service).await;
    let code = new.code(&service.app.clock);
    let early = present(&client, &started, "totp", &code).await;
    early.assert_problem("second_factor_invalid");
    let with_old = old.finish(&client, &service, &started).await;
    assert_eq!(with_old.status, 200, "{with_old}");
    let confirm = json!({"code": code});
    let confirmed = owner
        .post("/api/v1/auth/factors/totp/confirm", confirm)
        .await;
    assert_eq!(confirmed.json(), json!({"recovery_codes": null}));
    service.advance(30);
    let (client, started) = waiting(&service).await;
    let with_old = old.finish(&client, &service, &started).await;
    with_old.assert_problem("second_factor_invalid");
    let with_new = new.finish(&client, &service, &started).await;
    assert_eq!(with_new.status, 200, "{with_new}");
}

/// CVE-2026-82470, CVE-2026-103655.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_uses_of_one_code_at_once_one_succeeds() {
    let service = Service::start();
    let (_, app) = ada(&service).await;
    let others = [service.beside(&[]), service.beside(&[])];
    let code = app.code(&service.app.clock);
    let mut uses = Vec::new();
    for index in 0..8 {
        let home = [&service, &others[0], &others[1]][index % 3];
        let (client, waiting) = waiting(home).await;
        let code = code.clone();
        uses.push(tokio::spawn(async move {
            present(&client, &waiting, "totp", &code).await.status
        }));
    }
    let mut succeeded = 0;
    for outcome in uses {
        succeeded += usize::from(outcome.await.unwrap() == 200);
    }
    assert_eq!(succeeded, 1);
}

/// CVE-2026-31875, CVE-2026-78619.
#[tokio::test]
async fn a_recovery_code_works_once_and_for_its_own_account() {
    let service = Service::start();
    let (_, app) = ada(&service).await;
    let bob = service.user(BOB).await;
    let others = Totp::set_up(&bob, &service).await.recovery_codes;
    let (client, started) = waiting(&service).await;
    let foreign = present(&client, &started, "recovery_code", &others[0]).await;
    foreign.assert_problem("second_factor_invalid");
    let code = app.recovery_codes[3].to_uppercase().replace('-', " ");
    let used = present(&client, &started, "recovery_code", &code).await;
    assert_eq!(used.status, 200, "{used}");
    assert_eq!(client.get(FACTORS).await.json()["recovery_codes_left"], 9);
    let (client, started) = waiting(&service).await;
    let again = present(&client, &started, "recovery_code", &code).await;
    again.assert_problem("second_factor_invalid");
    assert_eq!(bob.get(FACTORS).await.json()["recovery_codes_left"], 10);
}

#[tokio::test]
async fn five_wrong_codes_end_a_flow_and_its_owner_is_told() {
    let service = Service::with_mail();
    let (_, app) = ada(&service).await;
    let (client, started) = waiting(&service).await;
    let wrong = app.wrong_code(&service.app.clock);
    for _ in 0..5 {
        let answer = present(&client, &started, "totp", &wrong).await;
        answer.assert_problem("second_factor_invalid");
    }
    let right = app.finish(&client, &service, &started).await;
    right.assert_problem("flow_expired");
    assert_eq!(client.access_token(), None);
    let told = service.kinds_to(ADA);
    assert_eq!(told.last().unwrap(), "second_factor_failed", "{told:?}");
    let (client, started) = waiting(&service).await;
    assert_eq!(app.finish(&client, &service, &started).await.status, 200);
}

#[tokio::test]
async fn ten_wrong_codes_in_an_hour_pause_all_flows_of_an_account() {
    let service = Service::start();
    let (_, app) = ada(&service).await;
    let wrong = app.wrong_code(&service.app.clock);
    for _ in 0..2 {
        let (client, started) = waiting(&service).await;
        for _ in 0..5 {
            let answer = present(&client, &started, "totp", &wrong).await;
            answer.assert_problem("second_factor_invalid");
        }
    }
    let (client, started) = waiting(&service).await;
    let right = app.finish(&client, &service, &started).await;
    right.assert_problem("rate_limited");
    let wait = right.header("retry-after").unwrap().parse::<u32>().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    let recovery = present(&client, &started, "recovery_code", &app.recovery_codes[0]).await;
    recovery.assert_problem("rate_limited");
    // Another account is not concerned, and the pause ends.
    let bob = service.user(BOB).await;
    Totp::set_up(&bob, &service).await;
    service.advance(3601);
    let (client, started) = waiting(&service).await;
    assert_eq!(app.finish(&client, &service, &started).await.status, 200);
}

#[tokio::test]
async fn a_flow_of_a_page_is_bound_to_its_browser() {
    let service = Service::start();
    let (_, app) = ada(&service).await;
    let page = service.browser().await;
    let started = page.log_in(ADA, PASSWORD).await;
    started.assert_problem("second_factor_required");
    assert!(page.cookie("flow").is_some());
    let thief = service.browser().await;
    thief.set_cookie("flow", "made-up");
    for client in [thief, service.native()] {
        let stolen = app.finish(&client, &service, &started).await;
        stolen.assert_problem("flow_expired");
    }
    let finished = app.finish(&page, &service, &started).await;
    assert_eq!(finished.status, 200, "{finished}");
    assert_eq!(page.cookie("flow"), None);
    assert_eq!(page.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_flow_ends_with_time_use_and_any_change_of_the_password() {
    let service = Service::start();
    let (owner, app) = ada(&service).await;
    let (client, late) = waiting(&service).await;
    service.advance(15 * 60);
    let answer = app.finish(&client, &service, &late).await;
    answer.assert_problem("flow_expired");

    let (client, used) = waiting(&service).await;
    assert_eq!(app.finish(&client, &service, &used).await.status, 200);
    service.advance(30);
    let again = app.finish(&service.native(), &service, &used).await;
    again.assert_problem("flow_expired");

    let (client, started) = waiting(&service).await;
    assert_eq!(owner.refresh().await.status, 200);
    owner
        .post(
            "/api/v1/auth/step-up",
            json!({"totp": app.code(&service.app.clock)}),
        )
        .await;
    let change = json!({"password": NEW});
    assert_eq!(owner.put("/api/v1/users/1", change).await.status, 200);
    service.advance(30);
    let answer = app.finish(&client, &service, &started).await;
    answer.assert_problem("flow_expired");
}

/// CVE-2026-15616, CVE-2025-64103.
#[tokio::test]
async fn every_way_to_a_session_asks_for_the_second_factor() {
    let mut ways = Vec::new();
    for operation in Contract::get().operations() {
        let ok = &operation.value["responses"]["200"]["content"]["application/json"]["schema"];
        if ok["$ref"] == "#/components/schemas/Tokens" {
            ways.push(operation.value["operationId"].as_str().unwrap());
        }
    }
    ways.sort_unstable();
    // `finishEnrolment` turns the second factor on with a code of it: `second_factor_policy.rs`.
    // `verifySignUp` begins an account, which has no factor yet; `refreshTokens` goes on with a session.
    // `signInWithPasskey` is two factors in one. Another way needs a test here.
    assert_eq!(
        ways,
        [
            "finishEnrolment",
            "finishSignIn",
            "logIn",
            "refreshTokens",
            "signInWithPasskey",
            "verifySignUp"
        ]
    );

    let service = Service::start();
    let (_, app) = ada(&service).await;
    waiting(&service).await;
    let (client, started) = waiting(&service).await;
    let wrong = app.wrong_code(&service.app.clock);
    present(&client, &started, "totp", &wrong).await;
    let body = json!({"flow": started.json()["flow"]});
    client
        .post(FINISH, body)
        .await
        .assert_problem("validation_failed");
    for client in [&client, &service.browser().await] {
        assert_eq!(client.get(ME).await.code(), "access_token_missing");
    }
    let sessions = "SELECT count(*) FROM sessions WHERE revoked_at IS NULL";
    assert_eq!(service.database(|it| it.text(sessions)), "1");
}

#[tokio::test]
async fn a_trusted_device_is_asked_for_no_second_factor() {
    let service = Service::start();
    let (owner, app) = ada(&service).await;
    let (laptop, started) = waiting(&service).await;
    let body = json!({
        "flow": started.json()["flow"],
        "totp": app.code(&service.app.clock),
        "trust_device": true,
    });
    assert_eq!(laptop.post(FINISH, body).await.status, 200);
    let copied = laptop.copy();
    let listed = owner.get(FACTORS).await.json()["trusted_devices"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);

    let again = laptop.log_in(ADA, PASSWORD).await;
    assert_eq!(again.status, 200, "{again}");
    assert_eq!(claims(&laptop)["aal"], 1);
    // The mark was renewed: a copy of the former one is trusted no longer.
    let answer = copied.log_in(ADA, PASSWORD).await;
    answer.assert_problem("second_factor_required");
    // Whoever has the device alone changes nothing.
    let answer = laptop
        .post("/api/v1/auth/factors/recovery-codes", json!({}))
        .await;
    answer.assert_problem("step_up_required");
    // Another account has no part in it.
    let bob = service.user(BOB).await;
    Totp::set_up(&bob, &service).await;
    let answer = laptop.copy().log_in(BOB, PASSWORD).await;
    answer.assert_problem("second_factor_required");

    service.advance(30 * 24 * 3600);
    let answer = laptop.log_in(ADA, PASSWORD).await;
    answer.assert_problem("second_factor_required");
}

#[tokio::test]
async fn the_trust_in_a_device_ends_with_any_change_of_factors() {
    let service = Service::start();
    let (owner, app) = ada(&service).await;
    let trust = async |client: &Client| {
        service.advance(30);
        let started = client.log_in(ADA, PASSWORD).await;
        let body = json!({
            "flow": started.json()["flow"],
            "totp": app.code(&service.app.clock),
            "trust_device": true,
        });
        assert_eq!(client.post(FINISH, body).await.status, 200);
        assert_eq!(client.log_in(ADA, PASSWORD).await.status, 200);
    };
    let laptop = service.native();
    trust(&laptop).await;
    let devices = owner.get(FACTORS).await.json()["trusted_devices"].clone();
    let id = devices[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/auth/trusted-devices/{id}");
    let bob = service.user(BOB).await;
    bob.delete(&path).await.assert_problem("not_found");
    assert_eq!(owner.delete(&path).await.status, 204);
    owner.delete(&path).await.assert_problem("not_found");
    let answer = laptop.log_in(ADA, PASSWORD).await;
    answer.assert_problem("second_factor_required");

    trust(&laptop).await;
    service.advance(30);
    Totp::set_up(&owner, &service).await;
    let answer = laptop.log_in(ADA, PASSWORD).await;
    answer.assert_problem("second_factor_required");
}

#[tokio::test]
async fn without_its_app_an_account_has_neither_factor_nor_recovery_codes() {
    let service = Service::start();
    let (owner, app) = ada(&service).await;
    let totp = "/api/v1/auth/factors/totp";
    let off = owner.put(FACTORS, json!({"second_factor": false})).await;
    off.assert_problem("second_factor_conflict");
    assert_eq!(owner.delete(totp).await.status, 204);
    assert_eq!(owner.delete(totp).await.status, 204);
    let overview = owner.get(FACTORS).await.json();
    assert_eq!(overview["second_factor"], false);
    assert_eq!(overview["recovery_codes_left"], 0);
    assert_eq!(overview["totp"], Value::Null);
    assert_eq!(service.native().log_in(ADA, PASSWORD).await.status, 200);
    let on = owner.put(FACTORS, json!({"second_factor": true})).await;
    on.assert_problem("second_factor_conflict");
    // A code from before does not come back with a new app.
    let new = Totp::set_up(&owner, &service).await;
    let (client, started) = waiting(&service).await;
    let old = present(&client, &started, "recovery_code", &app.recovery_codes[0]).await;
    old.assert_problem("second_factor_invalid");
    let code = &new.recovery_codes[0];
    let right = present(&client, &started, "recovery_code", code).await;
    assert_eq!(right.status, 200, "{right}");
}

async fn forget(client: &Client) -> Value {
    let forgotten = client
        .post("/api/v1/auth/forgot", json!({"email": ADA}))
        .await;
    assert_eq!(forgotten.status, 202, "{forgotten}");
    forgotten.json()["flow"].clone()
}

#[tokio::test]
async fn a_reset_by_mail_asks_for_the_second_factor_and_keeps_it() {
    let service = Service::with_mail();
    let (_, app) = ada(&service).await;
    service.database(|it| it.execute("UPDATE users SET email_verified_at = now()"));
    let owner = service.native();
    let flow = forget(&owner).await;
    let code = service.mail_to(ADA).code();
    let reset = "/api/v1/auth/reset";
    let guess = json!({"flow": flow, "code": other_code(&code), "password": NEW});
    owner
        .post(reset, guess)
        .await
        .assert_problem("proof_invalid");
    let mut body = json!({"flow": flow, "code": code, "password": NEW});
    let waiting = owner.post(reset, body.clone()).await;
    waiting.assert_problem("second_factor_required");
    // A flow whose factor was not given, or that is a sign-in's, is of no use.
    body["second_factor_flow"] = waiting.json()["flow"].clone();
    let early = owner.post(reset, body.clone()).await;
    early.assert_problem("second_factor_required");
    let sign_in = owner.log_in(ADA, PASSWORD).await;
    body["second_factor_flow"] = sign_in.json()["flow"].clone();
    let other = owner.post(reset, body.clone()).await;
    other.assert_problem("second_factor_required");

    body["second_factor_flow"] = waiting.json()["flow"].clone();
    let given = app.finish(&owner, &service, &waiting).await;
    assert_eq!(given.status, 204, "{given}");
    assert_eq!(owner.access_token(), None, "a reset signs nobody in");
    let done = owner.post(reset, body).await;
    assert_eq!(done.status, 204, "{done}");
    let sign_in = owner.log_in(ADA, NEW).await;
    sign_in.assert_problem("second_factor_required");
}

#[tokio::test]
async fn the_first_proof_of_an_address_removes_a_planted_second_factor() {
    let service = Service::with_mail();
    let (planter, app) = ada(&service).await;
    let owner = service.native();
    let flow = forget(&owner).await;
    let code = service.mail_to(ADA).code();
    let body = json!({"flow": flow, "code": code, "password": NEW});
    let done = owner.post("/api/v1/auth/reset", body).await;
    assert_eq!(done.status, 204, "{done}");
    planter.refresh().await.assert_problem("session_revoked");
    let signed_in = owner.log_in(ADA, NEW).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    assert_eq!(owner.get(FACTORS).await.json()["second_factor"], false);
    let new = Totp::set_up(&owner, &service).await;
    assert_ne!(new.recovery_codes, app.recovery_codes);
    service.advance(30);
    let started = service.native().log_in(ADA, NEW).await;
    let refused = app.finish(&service.native(), &service, &started).await;
    refused.assert_problem("second_factor_invalid");
}

#[tokio::test]
async fn undoing_the_removal_of_a_factor_brings_it_back() {
    let service = Service::with_mail();
    let (thief, app) = ada(&service).await;
    service.database(|it| it.execute("UPDATE users SET email_verified_at = now()"));
    service.advance(30);
    assert_eq!(thief.delete("/api/v1/auth/factors/totp").await.status, 204);
    let notice = service.mail_to(ADA);
    assert_eq!(notice.kind, "second_factor_off");
    service.advance(30);
    let thiefs = Totp::set_up(&thief, &service).await;
    let owner = service.native();
    let body = json!({"token": notice.link(), "code": notice.code()});
    let undone = owner.post("/api/v1/auth/undo", body).await;
    assert_eq!(undone.status, 204, "{undone}");
    thief.refresh().await.assert_problem("session_revoked");

    let flow = forget(&owner).await;
    let code = service.mail_to(ADA).code();
    let mut body = json!({"flow": flow, "code": code, "password": NEW});
    let waiting = owner.post("/api/v1/auth/reset", body.clone()).await;
    waiting.assert_problem("second_factor_required");
    service.advance(30);
    let theirs = thiefs.finish(&owner, &service, &waiting).await;
    theirs.assert_problem("second_factor_invalid");
    let recovery = &app.recovery_codes[0];
    let given = present(&owner, &waiting, "recovery_code", recovery).await;
    assert_eq!(given.status, 204, "{given}");
    body["second_factor_flow"] = waiting.json()["flow"].clone();
    assert_eq!(owner.post("/api/v1/auth/reset", body).await.status, 204);
    let started = owner.log_in(ADA, NEW).await;
    assert_eq!(app.finish(&owner, &service, &started).await.status, 200);
}

#[tokio::test]
async fn an_administrator_only_begins_a_reset_of_factors_that_its_owner_can_cancel() {
    let service = Service::with_mail();
    let (owner, app) = ada(&service).await;
    let admin = service.admin("root@example.com").await;
    let path = "/api/v1/users/1/factors";
    owner.delete(path).await.assert_problem("forbidden");
    admin
        .delete("/api/v1/users/2/factors")
        .await
        .assert_problem("forbidden");
    let begun = admin.delete(path).await;
    assert_eq!(begun.status, 202, "{begun}");
    assert_eq!(service.mail_to(ADA).kind, "factors_reset");
    assert_eq!(complete_due_resets(&service.app).await.unwrap(), 0);
    let pending = owner.get(FACTORS).await.json()["reset_pending"].clone();
    assert_eq!(pending, begun.json()["factors_reset_at"]);
    let cancel = "/api/v1/users/1/factors/reset";
    assert_eq!(owner.delete(cancel).await.status, 204);
    owner.delete(cancel).await.assert_problem("not_found");
    service.advance(TimeDelta::hours(25).num_seconds());
    assert_eq!(complete_due_resets(&service.app).await.unwrap(), 0);

    let admin = service.signed_in("root@example.com").await;
    assert_eq!(admin.delete(path).await.status, 202);
    service.advance(TimeDelta::hours(24).num_seconds());
    assert_eq!(complete_due_resets(&service.app).await.unwrap(), 1);
    owner.refresh().await.assert_problem("session_revoked");
    let client = service.native();
    assert_eq!(client.log_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(client.get(FACTORS).await.json()["recovery_codes_left"], 0);
    drop(app);
}

#[tokio::test]
async fn an_operator_resets_factors_at_once() {
    let service = Service::start();
    let (owner, _) = ada(&service).await;
    reset_factors_at_once(&service.app, 1, Cause::default())
        .await
        .unwrap();
    owner.get(ME).await.assert_problem("session_revoked");
    assert_eq!(service.native().log_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_removal_that_is_due_wakes_whoever_sends_the_mails() {
    let service = Service::with_mail();
    ada(&service).await;
    let admin = service.admin("root@example.com").await;
    let begun = admin.delete("/api/v1/users/1/factors").await;
    assert_eq!(begun.status, 202, "{begun}");
    service.advance(24 * 3600);
    let is_woken = || service.app.mail_wanted.notified().now_or_never().is_some();
    while is_woken() {}
    assert_eq!(complete_due_resets(&service.app).await.unwrap(), 1);
    assert!(
        is_woken(),
        "its notice would wait until something else is mailed"
    );
}
