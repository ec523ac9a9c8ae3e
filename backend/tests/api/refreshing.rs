//! `POST /api/v1/auth/refresh`: rotation, repetition, reuse.

use insta::assert_snapshot;
use latchkey::features::sessions::application::confirm;
use latchkey::features::sessions::memory::revocations::End;
use latchkey::features::users::domain::Role;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Service};

const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn an_app_refreshes_with_the_token_in_the_body() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let (access, refresh) = (ada.access_token(), ada.refresh_token());
    assert_snapshot!(ada.refresh().await, @r#"
    200 OK
    {
      "access_token": "[token]",
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
    assert_ne!(ada.access_token(), access);
    assert_ne!(ada.refresh_token(), refresh);
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_page_refreshes_with_its_cookie_and_keeps_its_csrf_token() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    page.remove_cookie("access_token");
    assert_snapshot!(page.refresh().await, @r#"
    200 OK
    {
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
    assert_eq!(page.get(ME).await.status, 200);
}

#[tokio::test]
async fn the_transports_do_not_mix() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    let token = page.cookie("refresh_token").unwrap();
    page.remove_cookie("refresh_token");
    let body = json!({ "refresh_token": token });
    page.post(REFRESH, body.clone())
        .await
        .assert_problem("refresh_token_missing");
    let app = service.native();
    app.set_cookie("refresh_token", &token);
    app.post(REFRESH, Value::Null)
        .await
        .assert_problem("refresh_token_missing");
    for empty in [
        json!({}),
        json!({"refresh_token": null}),
        json!({"refresh_token": ""}),
    ] {
        app.post(REFRESH, empty)
            .await
            .assert_problem("refresh_token_missing");
    }
}

#[tokio::test]
async fn a_repeated_refresh_gets_the_same_refresh_token() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let repeater = ada.copy();
    ada.refresh().await;
    let successor = ada.refresh_token();
    for later in [0, 5, 4] {
        service.advance(later);
        let client = repeater.copy();
        assert_eq!(client.refresh().await.status, 200);
        assert_eq!(client.refresh_token(), successor);
        assert_eq!(client.get(ME).await.status, 200);
    }
}

#[tokio::test]
async fn a_lost_response_is_repeated_days_later() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let loser = ada.copy();
    ada.refresh().await;
    service.advance(3 * 24 * 3600);
    assert_eq!(loser.refresh().await.status, 200);
    assert_eq!(loser.refresh_token(), ada.refresh_token());
    assert_eq!(loser.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_parent_is_reuse_once_its_successor_was_used() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let thief = ada.copy();
    ada.refresh().await;
    assert_eq!(ada.get(ME).await.status, 200);
    confirm(&service.app).await.unwrap();
    service.advance(9);
    assert_eq!(thief.copy().refresh().await.status, 200, "within the grace");
    service.advance(1);
    assert_snapshot!(thief.refresh().await, @r#"
    401 Unauthorized
    {
      "action": "reauth",
      "code": "refresh_token_reused",
      "detail": "The refresh token was used before, so this session was ended. Sign in again.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn reuse_ends_this_session_and_no_other() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let elsewhere = service.signed_in("ada@example.com").await;
    let bob = service.user("bob@example.com").await;
    let thief = ada.copy();
    ada.refresh().await;
    ada.refresh().await;
    thief.refresh().await.assert_problem("refresh_token_reused");
    ada.get(ME).await.assert_problem("session_revoked");
    ada.refresh().await.assert_problem("session_revoked");
    thief.refresh().await.assert_problem("session_revoked");
    for client in [elsewhere, bob] {
        assert_eq!(client.get(ME).await.status, 200);
        assert_eq!(client.refresh().await.status, 200);
    }
    let events = "SELECT string_agg(kind, ',') FROM audit_events WHERE kind LIKE '%reused'";
    assert_eq!(
        service.database(|it| it.text(events)),
        "refresh_token_reused"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_refreshes_at_once_make_one_generation() {
    let service = Service::with(&[("DB_POOL_MAX_SIZE", "10")]);
    let ada = service.user("ada@example.com").await;
    let racers: Vec<Client> = (0..50).map(|_| ada.copy()).collect();
    let running: Vec<_> = racers
        .iter()
        .cloned()
        .map(|racer| tokio::spawn(async move { racer.refresh().await.status.as_u16() }))
        .collect();
    for refresh in running {
        assert_eq!(refresh.await.unwrap(), 200);
    }
    let generation = service.database(|it| it.text("SELECT generation FROM sessions"));
    assert_eq!(generation, "2");
    let tokens: std::collections::BTreeSet<_> = racers.iter().map(Client::refresh_token).collect();
    assert_eq!(tokens.len(), 1);
    for racer in racers {
        assert_eq!(racer.get(ME).await.status, 200);
    }
}

#[tokio::test]
async fn the_expiry_slides_with_each_refresh_up_to_the_maximum_age() {
    let service = Service::with(&[
        ("REFRESH_TOKEN_TTL_SECONDS", "1000"),
        ("SESSION_MAX_AGE_SECONDS", "2500"),
    ]);
    let ada = service.user("ada@example.com").await;
    let mut lifetimes = Vec::new();
    for _ in 0..3 {
        service.advance(800);
        let answer = ada.refresh().await;
        // The test itself may take a second or two.
        lifetimes.push((answer.json()["refresh_expires_in"].as_i64().unwrap() + 9) / 10 * 10);
    }
    assert_eq!(lifetimes, [1000, 900, 100]);
    service.advance(101);
    ada.refresh().await.assert_problem("refresh_token_expired");
}

#[tokio::test]
async fn a_session_that_is_not_refreshed_expires() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.advance(7 * 24 * 3600 - 60);
    assert_eq!(ada.copy().refresh().await.status, 200);
    let page = service.browser().await;
    page.log_in("ada@example.com", PASSWORD).await;
    service.advance(7 * 24 * 3600 + 60);
    assert_snapshot!(page.refresh().await, @r#"
    401 Unauthorized
    {
      "action": "reauth",
      "code": "refresh_token_expired",
      "detail": "This session has expired. Sign in again.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_deactivated_account_cannot_refresh() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.database(|it| it.execute("UPDATE users SET is_active = FALSE"));
    ada.refresh().await.assert_problem("session_revoked");
}

#[tokio::test]
async fn a_session_that_is_gone_is_unknown() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.database(|it| it.execute("DELETE FROM sessions"));
    assert_snapshot!(ada.refresh().await, @r#"
    401 Unauthorized
    {
      "action": "reauth",
      "code": "refresh_token_invalid",
      "detail": "The refresh token is not valid here. Sign in again.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

/// Instances with different clocks must agree on the database's time.
#[tokio::test]
async fn a_racing_tab_is_no_thief_on_an_instance_whose_clock_is_wrong() {
    let service = Service::start();
    for error in [-30, 30] {
        let wrong = service.beside_with_clock_wrong_by(error);
        let ada = service.user(&format!("ada{error}@example.com")).await;
        let tab = ada.copy();
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(ada.get(ME).await.status, 200);
        confirm(&service.app).await.unwrap();
        let body = json!({ "refresh_token": tab.refresh_token() });
        let answer = wrong.native().post(REFRESH, body.clone()).await;
        assert_eq!(answer.status, 200, "off by {error} s: {answer}");
        service.advance(9);
        assert_eq!(wrong.native().post(REFRESH, body.clone()).await.status, 200);
        service.advance(2);
        let answer = wrong.native().post(REFRESH, body).await;
        answer.assert_problem("refresh_token_reused");
    }
}

#[tokio::test]
async fn a_session_expires_by_the_databases_time() {
    let service = Service::start();
    for error in [-30, 30] {
        let wrong = service.beside_with_clock_wrong_by(error);
        let ada = service.user(&format!("ada{error}@example.com")).await;
        let body = json!({ "refresh_token": ada.refresh_token() });
        service.advance(7 * 24 * 3600 - 5);
        let answer = wrong.native().post(REFRESH, body.clone()).await;
        assert_eq!(answer.status, 200, "off by {error} s: {answer}");
        let lifetime = answer.json()["refresh_expires_in"].as_i64().unwrap();
        assert!((604_799..=604_800).contains(&lifetime), "{lifetime}");
        let mut last = answer.json();
        for _ in 0..3 {
            service.advance(60);
            let body = json!({ "refresh_token": last["refresh_token"] });
            let answer = service.native().post(REFRESH, body).await;
            assert_eq!(answer.status, 200, "{answer}");
            last = answer.json();
        }
        service.advance(7 * 24 * 3600 + 1);
        let body = json!({ "refresh_token": last["refresh_token"] });
        let answer = wrong.native().post(REFRESH, body).await;
        answer.assert_problem("refresh_token_expired");
    }
}

#[tokio::test]
async fn a_thief_who_repeats_each_refresh_is_found_out() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let owner = service
        .native()
        .at("203.0.113.7")
        .with("user-agent", "Latchkey/1.0 (iOS)");
    assert_eq!(owner.log_in("ada@example.com", PASSWORD).await.status, 200);
    let moved = owner.copy();
    let thief = service
        .native()
        .at("198.51.100.9")
        .with("user-agent", "curl/8.5.0");
    let body = json!({ "refresh_token": owner.refresh_token() });
    assert_eq!(owner.refresh().await.status, 200);
    assert_eq!(owner.get(ME).await.status, 200);
    confirm(&service.app).await.unwrap();
    // The same app in another network, and another program in the same network, raced.
    let elsewhere = moved.copy().at("198.51.100.9");
    assert_eq!(elsewhere.refresh().await.status, 200);
    let renamed = moved.copy().with("user-agent", "Latchkey-Extension/1.0");
    assert_eq!(renamed.refresh().await.status, 200);
    thief
        .post(REFRESH, body)
        .await
        .assert_problem("refresh_token_reused");
    owner.get(ME).await.assert_problem("session_revoked");
}

const BACK_UP: &str = "DROP TABLE IF EXISTS backup;
                       CREATE TEMP TABLE backup AS SELECT * FROM sessions";
const RESTORE: &str = "DELETE FROM sessions; INSERT INTO sessions SELECT * FROM backup";

#[tokio::test]
async fn a_session_outlives_a_database_that_went_back_in_time() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.database(|it| it.execute(BACK_UP));
    for _ in 0..3 {
        service.advance(6 * 24 * 3600);
        assert_eq!(ada.refresh().await.status, 200);
    }
    let tab = ada.copy();
    service.database(|it| {
        it.execute(RESTORE);
    });
    assert_eq!(ada.refresh().await.status, 200);
    assert_eq!(tab.refresh().await.status, 200, "a race after it");
    assert_eq!(tab.refresh_token(), ada.refresh_token());
    let generation = service.database(|it| it.text("SELECT generation FROM sessions"));
    assert_eq!(generation, "5");
    let events = "SELECT count(*) FROM audit_events WHERE kind = 'refreshed_after_restore'";
    assert_eq!(service.database(|it| it.text(events)), "1");
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(ada.refresh().await.status, 200);
}

/// The instances still remember that the account's sessions ended.
#[tokio::test]
async fn an_account_whose_last_end_of_sessions_was_lost_can_sign_in() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let phone = service.signed_in("ada@example.com").await;
    service.database(|it| it.execute(BACK_UP));
    let answer = ada.delete("/api/v1/auth/sessions").await;
    assert_eq!(answer.status, 204);
    service.database(|it| {
        it.execute(RESTORE);
        it.execute("UPDATE users SET session_epoch = 0, sessions_ended_at = NULL");
    });
    let tablet = service.signed_in("ada@example.com").await;
    for client in [&tablet, &ada] {
        assert_eq!(client.get(ME).await.status, 200);
        assert_eq!(client.refresh().await.status, 200);
        assert_eq!(client.get(ME).await.status, 200);
    }
    phone.get(ME).await.assert_problem("session_revoked");
    phone.refresh().await.assert_problem("session_revoked");
}

/// Any role that may connect can send announcements.
#[tokio::test]
async fn a_forged_end_of_sessions_uses_up_no_epochs() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.app.revocations.insert(End::Account {
        user_id: 1,
        epoch: i32::MAX,
        kept: None,
        until: service.app.clock.now(),
    });
    service.signed_in("ada@example.com").await;
    let epoch = service.database(|it| it.text("SELECT session_epoch FROM users"));
    assert_eq!(epoch, "0");
    service.advance(60);
    service
        .app
        .revocations
        .forget_before(service.app.clock.now());
    assert_eq!(ada.delete("/api/v1/auth/sessions").await.status, 204);
}

/// Their rows are older than their tokens, and may have expired meanwhile.
#[tokio::test]
async fn no_session_of_an_older_database_outlives_its_end() {
    for end in ["sign-out", "password", "all"] {
        let service = Service::start();
        let ada = service.user("ada@example.com").await;
        service.database(|it| it.execute(BACK_UP));
        service.advance(6 * 24 * 3600);
        assert_eq!(ada.refresh().await.status, 200);
        service.database(|it| {
            it.execute(RESTORE);
        });
        service.advance(2 * 24 * 3600);
        let thief = ada.copy();
        let admin = service.admin("root@example.com").await;
        let answer = match end {
            "sign-out" => {
                let body = json!({ "refresh_token": ada.refresh_token() });
                ada.post("/api/v1/auth/logout", body).await
            }
            "password" => {
                let body = json!({ "password": "the sea is blue 42" });
                admin.put("/api/v1/users/1", body).await
            }
            _ => admin.delete("/api/v1/users/1/sessions").await,
        };
        assert!(answer.status.is_success(), "{answer}");
        thief.refresh().await.assert_problem("session_revoked");
        let events = "SELECT count(*) FROM audit_events
                      WHERE kind IN ('signed_out', 'sessions_revoked')";
        assert_eq!(service.database(|it| it.text(events)), "0", "{end}");
    }
}

/// How long an instance remembers an ended session depends on the tokens that were issued.
#[tokio::test]
async fn a_shorter_access_token_ttl_brings_no_ended_session_back() {
    let long = Service::with(&[("ACCESS_TOKEN_TTL_SECONDS", "3600")]);
    let ada = long.user("ada@example.com").await;
    let bob = long.user("bob@example.com").await;
    let short = long.beside(&[("ACCESS_TOKEN_TTL_SECONDS", "60")]);
    let sign_out = json!({ "refresh_token": ada.refresh_token() });
    let answer = short.native().post("/api/v1/auth/logout", sign_out).await;
    assert_eq!(answer.status, 204);
    let admin = short.admin("root@example.com").await;
    let id = bob.get(ME).await.json()["id"].clone();
    let path = format!("/api/v1/users/{id}/sessions");
    assert_eq!(admin.delete(&path).await.status, 204);
    for seconds in [0, 100, 2000, 1400] {
        long.advance(seconds);
        short.app.revocations.forget_before(short.app.clock.now());
        for client in [&ada, &bob] {
            let app = short.native();
            app.set_access_token(client.access_token().as_deref());
            app.get(ME).await.assert_problem("session_revoked");
        }
    }
}

/// If a column that each refresh changes were indexed, every refresh would write to every index.
#[tokio::test]
async fn refreshing_updates_the_row_within_its_page() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let count = |column: &str| -> i64 {
        let count = format!("SELECT {column} FROM pg_stat_user_tables WHERE relname = 'sessions'");
        service.database(|it| it.text(&count)).parse().unwrap()
    };
    // Other tests have used the database before.
    let (updates, others) = (count("n_tup_upd"), count("n_tup_upd - n_tup_hot_upd"));
    for _ in 0..10 {
        assert_eq!(ada.refresh().await.status, 200);
    }
    while count("n_tup_upd") < updates + 10 {
        let wait = "SELECT pg_sleep(0.05); SELECT pg_stat_clear_snapshot()";
        service.database(|it| it.execute(wait));
    }
    // The last one may have crossed midnight, which changes an index.
    assert!(count("n_tup_upd - n_tup_hot_upd") <= others + 1);
}

/// The actions of a client with the tokens of one session.
#[derive(Clone, Copy, Debug)]
enum Step {
    Refresh,
    RepeatAtOnce,
    RepeatMuchLater,
    Use,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Refresh),
        Just(Step::RepeatAtOnce),
        Just(Step::RepeatMuchLater),
        Just(Step::Use),
    ];
    prop::collection::vec(step, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn an_honest_client_is_never_signed_out(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let service = Service::start();
            let ada = service.user("ada@example.com").await;
            let mut parent = None;
            for step in steps {
                match step {
                    Step::Refresh => {
                        let before = ada.copy();
                        assert_eq!(ada.refresh().await.status, 200);
                        parent = Some(before);
                    }
                    Step::RepeatAtOnce | Step::RepeatMuchLater => {
                        // Only a client that never received the response repeats it much later.
                        let Some(repeater) = parent.take() else { continue };
                        if matches!(step, Step::RepeatMuchLater) {
                            service.advance(3600);
                        }
                        assert_eq!(repeater.refresh().await.status, 200);
                        assert_eq!(repeater.refresh_token(), ada.refresh_token());
                        ada.set_access_token(repeater.access_token().as_deref());
                    }
                    Step::Use => {
                        let status = ada.get(ME).await.status;
                        assert!(status == 200 || status == 401);
                        confirm(&service.app).await.unwrap();
                        parent = None;
                    }
                }
            }
            assert_eq!(ada.refresh().await.status, 200);
        });
    }
}
