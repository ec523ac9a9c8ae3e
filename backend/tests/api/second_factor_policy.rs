//! `SECOND_FACTOR`: who needs a second factor, and how it is set up at the next sign-in.

use insta::assert_snapshot;
use latchkey::features::audit::domain::Cause;
use latchkey::features::auth::application::grant_enrolment;
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{Answer, Client, MAIL, PASSWORD, Service, Totp, other_code};

const ADA: &str = "ada@example.com";
const ROOT: &str = "root@example.com";
const ME: &str = "/api/v1/users/me";
const CODE: &str = "/api/v1/auth/enrolment/code";
const PROVE: &str = "/api/v1/auth/enrolment/prove";
const TOTP: &str = "/api/v1/auth/enrolment/totp";
const CONFIRM: &str = "/api/v1/auth/enrolment/totp/confirm";
const REQUIRED: [(&str, &str); 1] = [("SECOND_FACTOR", "required")];

/// With mail, and a second factor for everybody.
fn required() -> Service {
    Service::with(&[MAIL[0], MAIL[1], REQUIRED[0]])
}

/// Ada's account, and a client that nobody knows, whose password was right.
async fn waiting(service: &Service) -> (Client, Answer) {
    let client = service.native();
    let waiting = client.log_in(ADA, PASSWORD).await;
    waiting.assert_problem("enrolment_required");
    (client, waiting)
}

async fn send(client: &Client, path: &str, waiting: &Answer) -> Answer {
    let body = json!({"flow": waiting.json()["flow"]});
    client.post(path, body).await
}

async fn prove(client: &Client, waiting: &Answer, code: &str) -> Answer {
    let body = json!({"flow": waiting.json()["flow"], "code": code});
    client.post(PROVE, body).await
}

/// Sets an app up within a sign-in.
async fn enrol(service: &Service, client: &Client, waiting: &Answer) -> (Totp, Answer) {
    let offer = send(client, TOTP, waiting).await;
    assert_eq!(offer.status, 200, "{offer}");
    let app = Totp::new(offer.json()["secret"].as_str().unwrap());
    let code = app.code(&service.app.clock);
    let body = json!({"flow": waiting.json()["flow"], "code": code});
    (app, client.post(CONFIRM, body).await)
}

/// The same session as a client of another instance.
fn carried(client: &Client, to: &Service) -> Client {
    let carried = to.native();
    carried.set_access_token(client.access_token().as_deref());
    carried.set_device_token(&client.device_token().unwrap());
    carried
}

#[tokio::test]
async fn a_mailed_code_lets_the_owner_set_up_a_factor_and_signs_in() {
    let service = required();
    service.account(ADA, Role::User).await;
    let (client, waiting) = waiting(&service).await;
    assert_snapshot!(waiting, @r#"
    401 Unauthorized
    {
      "action": "second_factor",
      "code": "enrolment_required",
      "detail": "Set up a second factor to sign in: give the code named in factors, if any, then begin.",
      "expires_in": 900,
      "factors": [
        "enrolment_code"
      ],
      "flow": "[flow]",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    send(&client, TOTP, &waiting)
        .await
        .assert_problem("second_factor_conflict");
    let sent = send(&client, CODE, &waiting).await;
    assert_snapshot!(sent, @r#"
    202 Accepted
    {
      "expires_in": 3600,
      "resend_in": 60
    }
    "#);
    let mail = service.mail_to(ADA);
    assert_eq!(mail.kind, "enrolment_code");
    prove(&client, &waiting, &other_code(&mail.code()))
        .await
        .assert_problem("proof_invalid");
    assert_eq!(prove(&client, &waiting, &mail.code()).await.status, 204);
    let (app, done) = enrol(&service, &client, &waiting).await;
    assert_eq!(done.status, 200, "{done}");
    let codes = done.json()["recovery_codes"].as_array().unwrap().len();
    assert_eq!(codes, 10);
    assert_eq!(client.get(ME).await.status, 200);
    assert_eq!(
        service.kinds_to(ADA),
        ["enrolment_code", "second_factor_on"]
    );

    // From now on it is asked for, and neither flow nor code work again.
    prove(&client, &waiting, &mail.code())
        .await
        .assert_problem("flow_expired");
    send(&client, TOTP, &waiting)
        .await
        .assert_problem("flow_expired");
    service.advance(30);
    let other = service.native();
    let asked = other.log_in(ADA, PASSWORD).await;
    asked.assert_problem("second_factor_required");
    assert_eq!(app.finish(&other, &service, &asked).await.status, 200);
}

#[tokio::test]
async fn whoever_only_has_the_password_sets_up_no_factor() {
    let service = required();
    service.account(ADA, Role::User).await;
    let (thief, begun) = waiting(&service).await;
    send(&thief, CODE, &begun).await;
    let code = service.mail_to(ADA).code();
    let wrong = other_code(&code);
    for _ in 0..5 {
        prove(&thief, &begun, &wrong)
            .await
            .assert_problem("proof_invalid");
    }
    prove(&thief, &begun, &code)
        .await
        .assert_problem("proof_expired");
    for path in [TOTP, "/api/v1/auth/second-factor"] {
        let refused = send(&thief, path, &begun).await;
        assert!(refused.status == 409 || refused.status == 422, "{refused}");
    }
    // The owner's own sign-in has a code and attempts of its own.
    let (owner, own) = waiting(&service).await;
    send(&owner, CODE, &own).await;
    let mailed = service.mail_to(ADA).code();
    prove(&thief, &begun, &mailed)
        .await
        .assert_problem("proof_expired");
    assert_eq!(prove(&owner, &own, &mailed).await.status, 204);
    // What the owner proved is of no use to another client's flow.
    send(&thief, TOTP, &begun)
        .await
        .assert_problem("second_factor_conflict");
    let sessions = "SELECT count(*) FROM sessions";
    assert_eq!(service.database(|it| it.text(sessions)), "0");
}

#[tokio::test]
async fn a_known_device_needs_no_code() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let elsewhere = service.signed_in(ADA).await;
    let strict = service.beside(&REQUIRED);
    // Sessions from before go on, for what is no administrator's.
    let device = carried(&ada, &strict);
    assert_eq!(device.get(ME).await.status, 200);
    let known = strict.native();
    known.set_device_token(&ada.device_token().unwrap());
    let begun = known.log_in(ADA, PASSWORD).await;
    begun.assert_problem("enrolment_required");
    assert_eq!(begun.json()["factors"], json!([]));
    let (_, done) = enrol(&strict, &known, &begun).await;
    assert_eq!(done.status, 200, "{done}");
    assert_eq!(known.get(ME).await.status, 200);
    // Sessions without the factor end.
    carried(&elsewhere, &strict)
        .get(ME)
        .await
        .assert_problem("session_revoked");
}

#[tokio::test]
async fn a_flow_of_a_page_is_bound_to_its_browser() {
    let service = required();
    service.account(ADA, Role::User).await;
    let page = service.browser().await;
    let begun = page.log_in(ADA, PASSWORD).await;
    begun.assert_problem("enrolment_required");
    send(&page, CODE, &begun).await;
    let code = service.mail_to(ADA).code();
    for thief in [service.native(), service.browser().await] {
        for path in [CODE, TOTP] {
            send(&thief, path, &begun)
                .await
                .assert_problem("flow_expired");
        }
        prove(&thief, &begun, &code)
            .await
            .assert_problem("flow_expired");
    }
    assert_eq!(prove(&page, &begun, &code).await.status, 204);
    let (_, done) = enrol(&service, &page, &begun).await;
    assert_eq!(done.status, 200, "{done}");
    assert_eq!(page.cookie("flow"), None);
    assert_eq!(page.get(ME).await.status, 200);
}

#[tokio::test]
async fn codes_are_mailed_a_minute_apart_and_five_an_hour_apart_from_resets() {
    let service = required();
    service.account(ADA, Role::User).await;
    let (client, begun) = waiting(&service).await;
    assert_eq!(send(&client, CODE, &begun).await.status, 202);
    let first = service.mail_to(ADA).code();
    let soon = send(&client, CODE, &begun).await;
    soon.assert_problem("rate_limited");
    service.advance(60);
    assert_eq!(send(&client, CODE, &begun).await.status, 202);
    assert_eq!(prove(&client, &begun, &first).await.status, 204);
    for sent in 2..=5 {
        let (client, begun) = waiting(&service).await;
        let answer = send(&client, CODE, &begun).await;
        if sent < 5 {
            assert_eq!(answer.status, 202, "{answer}");
        } else {
            answer.assert_problem("rate_limited");
        }
    }
    let forgot = client
        .post("/api/v1/auth/forgot", json!({"email": ADA}))
        .await;
    assert_eq!(forgot.status, 202, "{forgot}");
}

#[tokio::test]
async fn an_enrolment_ends_with_time_and_any_change_of_the_password() {
    let service = required();
    service.account(ADA, Role::User).await;
    let (client, late) = waiting(&service).await;
    service.advance(15 * 60);
    send(&client, CODE, &late)
        .await
        .assert_problem("flow_expired");

    let (client, begun) = waiting(&service).await;
    send(&client, CODE, &begun).await;
    let code = service.mail_to(ADA).code();
    service.advance(14 * 60);
    // The code has as long to be typed as its mail was under way.
    assert_eq!(prove(&client, &begun, &code).await.status, 204);
    service.advance(14 * 60);
    assert_eq!(send(&client, TOTP, &begun).await.status, 200);
    service.database(|it| {
        it.execute("UPDATE users SET credentials_version = credentials_version + 1");
    });
    send(&client, TOTP, &begun)
        .await
        .assert_problem("flow_expired");
}

#[tokio::test]
async fn a_new_account_sets_its_factor_up_at_once() {
    let service = required();
    let page = service.native();
    let flow = page.register(ADA, PASSWORD).await.json()["flow"].clone();
    let code = service.mail_to(ADA).code();
    let body = json!({"flow": flow, "code": code});
    let begun = page.post("/api/v1/users/verify", body).await;
    begun.assert_problem("enrolment_required");
    assert_eq!(begun.json()["factors"], json!([]));
    let (_, done) = enrol(&service, &page, &begun).await;
    assert_eq!(done.status, 200, "{done}");
}

#[tokio::test]
async fn without_mail_whoever_runs_the_service_makes_the_code() {
    let service = Service::with(&REQUIRED);
    let user = service.account(ADA, Role::User).await;
    let (client, begun) = waiting(&service).await;
    send(&client, CODE, &begun)
        .await
        .assert_problem("not_found");
    prove(&client, &begun, "1234 5678")
        .await
        .assert_problem("proof_invalid");
    let code = grant_enrolment(&service.app, user, Cause::default());
    let code = code.await.unwrap();
    prove(&client, &begun, &other_code(&code))
        .await
        .assert_problem("proof_invalid");
    assert_eq!(prove(&client, &begun, &code).await.status, 204);
    let (second, again) = waiting(&service).await;
    prove(&second, &again, &code)
        .await
        .assert_problem("proof_invalid");
    let (_, done) = enrol(&service, &client, &begun).await;
    assert_eq!(done.status, 200, "{done}");
}

#[tokio::test]
async fn administrators_routes_ask_sessions_without_a_factor_to_step_up_at_once() {
    let service = Service::start();
    let root = service.admin(ROOT).await;
    let ada = service.user(ADA).await;
    let strict = service.beside(&[("SECOND_FACTOR", "administrators")]);
    let root = carried(&root, &strict);
    let id = ada.get(ME).await.json()["id"].clone();
    let asked = [
        root.get("/api/v1/users").await,
        root.get(&format!("/api/v1/users/{id}")).await,
        root.get(&format!("/api/v1/users/{id}/sessions")).await,
        root.get("/api/v1/audit-events").await,
        root.put(&format!("/api/v1/users/{id}"), json!({"is_active": false}))
            .await,
        root.delete(&format!("/api/v1/users/{id}")).await,
        root.delete(&format!("/api/v1/users/{id}/factors/reset"))
            .await,
        root.register("new@example.com", PASSWORD).await,
    ];
    for answer in &asked {
        answer.assert_problem("step_up_required");
        assert_eq!(answer.json()["factors"], json!([]), "{answer}");
    }
    // Their own account is ordinary; a password does not raise the session, an app does.
    assert_eq!(root.get(ME).await.status, 200);
    let by_password = json!({"password": PASSWORD});
    root.post("/api/v1/auth/step-up", by_password).await;
    root.get("/api/v1/users")
        .await
        .assert_problem("step_up_required");
    let app = Totp::set_up(&root, &strict).await;
    assert_eq!(root.get("/api/v1/users").await.status, 200);
    // Others sign in as before.
    let others = strict.native();
    assert_eq!(others.log_in(ADA, PASSWORD).await.status, 200);

    // On a trusted device too, the factor is needed for what is an administrator's.
    strict.advance(30);
    let laptop = strict.native();
    let waiting = laptop.log_in(ROOT, PASSWORD).await;
    let body = json!({
        "flow": waiting.json()["flow"],
        "totp": app.code(&strict.app.clock),
        "trust_device": true,
    });
    laptop.post("/api/v1/auth/second-factor", body).await;
    assert_eq!(laptop.log_in(ROOT, PASSWORD).await.status, 200);
    let refused = laptop.get("/api/v1/users").await;
    refused.assert_problem("step_up_required");
    assert_eq!(refused.json()["factors"], json!(["totp", "recovery_code"]));
    strict.advance(30);
    let by_app = json!({"totp": app.code(&strict.app.clock)});
    assert_eq!(
        laptop.post("/api/v1/auth/step-up", by_app).await.status,
        204
    );
    assert_eq!(laptop.get("/api/v1/users").await.status, 200);
}

#[tokio::test]
async fn a_factor_that_is_required_is_replaced_but_not_removed() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let strict = service.beside(&REQUIRED);
    let ada = carried(&ada, &strict);
    Totp::set_up(&ada, &strict).await;
    let removed = ada.delete("/api/v1/auth/factors/totp").await;
    removed.assert_problem("second_factor_conflict");
    let factors = ada.get("/api/v1/auth/factors").await.json();
    assert_eq!(factors["second_factor"], true);
    let offer = ada.post("/api/v1/auth/factors/totp", json!({})).await;
    assert_eq!(offer.status, 200, "{offer}");
}

#[tokio::test]
async fn clients_are_told_who_needs_a_second_factor() {
    for policy in ["optional", "administrators", "required"] {
        let service = Service::with(&[("SECOND_FACTOR", policy)]);
        let config = service.anonymous().get("/api/v1/config").await.json();
        assert_eq!(config["second_factor"], policy);
    }
}
