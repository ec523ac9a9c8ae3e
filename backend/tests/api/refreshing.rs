//! `POST /api/v1/auth/refresh`: rotation, repetition, reuse.

use insta::assert_snapshot;
use latchkey::features::sessions::application::confirm;
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
        "id": "[id]",
        "is_active": true,
        "role": "user",
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
        "id": "[id]",
        "is_active": true,
        "role": "user",
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
async fn an_answer_that_got_lost_is_given_again_days_later() {
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
async fn once_the_successor_was_used_its_parent_is_reuse() {
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
async fn the_end_slides_with_each_refresh_up_to_the_greatest_age() {
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

/// What a client may do with the tokens of one session.
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
                        // Only a client that never saw the answer asks again much later.
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
