//! Listing and ending sessions, as their owner and as an administrator.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::features::sessions::application::{confirm, look};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Service};

const OWN: &str = "/api/v1/auth/sessions";
const ME: &str = "/api/v1/users/me";

fn ids(sessions: &Value) -> Vec<String> {
    let items = sessions["items"].as_array().unwrap();
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

#[tokio::test]
async fn sessions_are_listed_newest_first_with_what_they_are_known_by() {
    let service = Service::start();
    service.user("ada@example.com").await;
    service.advance(60);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let page = service
        .browser()
        .await
        .with("user-agent", firefox)
        .at("203.0.113.7");
    assert_eq!(page.log_in("ada@example.com", PASSWORD).await.status, 200);
    let sessions = page.get(OWN).await.json();
    let [newest, oldest] = &sessions["items"].as_array().unwrap()[..] else {
        panic!("two sessions are expected: {sessions}");
    };
    assert_eq!(newest["client_type"], "web");
    assert_eq!(newest["device_name"], "Firefox on Linux");
    assert_eq!(newest["user_agent"], firefox);
    assert_eq!(newest["ip"], "203.0.113.7");
    assert_eq!(newest["is_current"], true);
    assert_eq!(oldest["client_type"], "native");
    assert_eq!(oldest["is_current"], false);
}

#[tokio::test]
async fn a_device_is_called_what_it_says_at_sign_in() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let body = json!({
        "email": "ada@example.com", "password": PASSWORD, "device_name": "Ada's phone",
    });
    assert_eq!(ada.post("/api/v1/auth/login", body).await.status, 200);
    let sessions = ada.get(OWN).await.json();
    assert_eq!(sessions["items"][0]["device_name"], "Ada's phone");
}

#[tokio::test]
async fn another_device_is_signed_out_and_only_that_one() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let phone = service.signed_in("ada@example.com").await;
    let tablet = service.signed_in("ada@example.com").await;
    let tablet_id = &ids(&tablet.get(OWN).await.json())[0];
    let answer = ada.delete(&format!("{OWN}/{tablet_id}")).await;
    assert_eq!(answer.status, 204);
    tablet.get(ME).await.assert_problem("session_revoked");
    tablet.refresh().await.assert_problem("session_revoked");
    assert_eq!(phone.get(ME).await.status, 200);
    let again = ada.delete(&format!("{OWN}/{tablet_id}")).await;
    again.assert_problem("not_found");
}

#[tokio::test]
async fn all_others_are_signed_out_and_the_current_one_stays() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let phone = service.signed_in("ada@example.com").await;
    assert_eq!(ada.delete(OWN).await.status, 204);
    phone.get(ME).await.assert_problem("session_revoked");
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(ids(&ada.get(OWN).await.json()).len(), 1);
}

#[tokio::test]
async fn somebody_elses_session_looks_as_if_it_did_not_exist() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let eve = service.user("eve@example.com").await;
    let id = &ids(&ada.get(OWN).await.json())[0];
    eve.delete(&format!("{OWN}/{id}"))
        .await
        .assert_problem("not_found");
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn an_administrator_sees_and_ends_anyones_sessions() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    let id = ada.get(ME).await.json()["id"].clone();
    let path = format!("/api/v1/users/{id}/sessions");
    assert_eq!(
        ids(&admin.get(&path).await.json()),
        ids(&ada.get(OWN).await.json())
    );
    ada.get(&path).await.assert_problem("forbidden");
    assert_eq!(admin.delete(&path).await.status, 204);
    ada.get(ME).await.assert_problem("session_revoked");
    let missing = admin.get("/api/v1/users/999999/sessions").await;
    missing.assert_problem("not_found");
}

#[tokio::test]
async fn expired_sessions_are_not_listed() {
    let service = Service::start();
    service.user("ada@example.com").await;
    service.advance(8 * 86_400);
    let ada = service.signed_in("ada@example.com").await;
    assert_eq!(ids(&ada.get(OWN).await.json()).len(), 1);
}

#[tokio::test]
async fn a_session_was_last_seen_when_its_token_was_last_used() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let times = async || {
        confirm(&service.app).await.unwrap();
        let session = ada.get(OWN).await.json()["items"][0].clone();
        let time =
            |name: &str| -> DateTime<Utc> { session[name].as_str().unwrap().parse().unwrap() };
        time("last_seen_at") - time("created_at")
    };
    assert_eq!(times().await, TimeDelta::zero());
    service.advance(600);
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(times().await.num_minutes(), 10);
}

/// All sessions end by one update of the account's row, so their number does not matter.
#[tokio::test]
async fn an_account_with_hundreds_of_thousands_of_sessions_can_be_stopped() {
    let service = Service::with(&[("DB_STATEMENT_TIMEOUT_SECONDS", "1")]);
    let ada = service.user("ada@example.com").await;
    service.database(|it| {
        it.execute(
            "INSERT INTO sessions SELECT gen_random_uuid(), user_id, client_type, device_name,
                 user_agent, ip, created_at - n * INTERVAL '1 s', last_seen_at, expires_at, 1,
                 rotated_at, FALSE, NULL, NULL, epoch, access_until, NULL, expires_on, NULL, NULL
             FROM sessions, generate_series(1, 300000) AS n",
        );
    });
    let me = ada.get(ME).await.json()["id"].clone();
    let change = json!({
        "password": "another rather good one", "current_password": PASSWORD,
    });
    let path = format!("/api/v1/users/{me}");
    assert_eq!(ada.put(&path, change).await.status, 200);
    assert_eq!(ids(&ada.get(OWN).await.json()).len(), 1);
    let admin = service.admin("root@example.com").await;
    let change = json!({ "is_active": false });
    assert_eq!(admin.put(&path, change).await.status, 200);
    ada.get(ME).await.assert_problem("session_revoked");
    ada.refresh().await.assert_problem("session_revoked");
}

#[tokio::test]
async fn what_has_expired_is_neither_ended_nor_recorded() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.advance(8 * 86_400);
    let admin = service.admin("root@example.com").await;
    assert_eq!(admin.delete("/api/v1/users/1/sessions").await.status, 204);
    let body = json!({ "refresh_token": ada.refresh_token() });
    let answer = service.native().post("/api/v1/auth/logout", body).await;
    assert_eq!(answer.status, 204);
    let again = service.signed_in("ada@example.com").await;
    assert_eq!(again.delete(OWN).await.status, 204);
    let recorded =
        "SELECT count(*) FROM audit_events WHERE kind IN ('signed_out', 'sessions_revoked')";
    assert_eq!(service.database(|it| it.text(recorded)), "0");
    let announced = "SELECT count(*) FROM users WHERE sessions_ended_at IS NOT NULL";
    assert_eq!(service.database(|it| it.text(announced)), "0");
}

#[tokio::test]
async fn the_session_that_ends_the_others_keeps_its_tokens_and_new_ones_begin() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let before = ada.copy();
    let phone = service.signed_in("ada@example.com").await;
    assert_eq!(ada.delete(OWN).await.status, 204);
    let tablet = service.signed_in("ada@example.com").await;
    phone.get(ME).await.assert_problem("session_revoked");
    for client in [&before, &ada, &tablet] {
        assert_eq!(client.get(ME).await.status, 200);
        assert_eq!(client.refresh().await.status, 200);
        assert_eq!(client.get(ME).await.status, 200);
    }
    assert_eq!(tablet.delete(OWN).await.status, 204);
    ada.get(ME).await.assert_problem("session_revoked");
    ada.refresh().await.assert_problem("session_revoked");
    assert_eq!(tablet.get(ME).await.status, 200);
}

#[tokio::test]
async fn one_session_too_many_ends_the_one_seen_longest_ago() {
    let service = Service::with(&[("SESSIONS_PER_USER_MAX", "3")]);
    let oldest = service.user("ada@example.com").await;
    let mut later = Vec::new();
    for _ in 0..2 {
        service.advance(60);
        later.push(service.signed_in("ada@example.com").await);
    }
    service.advance(120);
    assert_eq!(oldest.get(ME).await.status, 200);
    confirm(&service.app).await.unwrap();
    let newest = service.signed_in("ada@example.com").await;
    later[0].get(ME).await.assert_problem("session_revoked");
    later[0].refresh().await.assert_problem("session_revoked");
    for client in [&oldest, &later[1], &newest] {
        assert_eq!(client.get(ME).await.status, 200);
    }
    let reason = "SELECT string_agg(revoked_reason, ',') FROM sessions";
    assert_eq!(service.database(|it| it.text(reason)), "made_room");
}

/// An instance accepts an access token until it hears that the session has ended.
#[tokio::test]
async fn a_session_that_was_ended_elsewhere_ends_no_others() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let thief = service.signed_in("ada@example.com").await;
    let ada_id = service
        .database(|it| it.text("SELECT id FROM sessions ORDER BY created_at, generation LIMIT 1"));
    let elsewhere = service.beside(&[]);
    assert_eq!(ada.delete(OWN).await.status, 204);
    let late = elsewhere.native();
    late.set_access_token(thief.access_token().as_deref());
    for path in [OWN, &format!("{OWN}/{ada_id}")] {
        late.delete(path).await.assert_problem("session_revoked");
    }
    look(&service.app).await.unwrap();
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(ada.refresh().await.status, 200);
    thief.get(ME).await.assert_problem("session_revoked");
}

#[tokio::test]
async fn an_administrator_who_was_signed_out_ends_no_sessions() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let former = service.admin("former@example.com").await;
    let admin = service.admin("root@example.com").await;
    let elsewhere = service.beside(&[]);
    assert_eq!(admin.delete("/api/v1/users/2").await.status, 204);
    let late = elsewhere.native();
    late.set_access_token(former.access_token().as_deref());
    for id in [1, 3] {
        let answer = late.delete(&format!("/api/v1/users/{id}/sessions")).await;
        answer.assert_problem("session_revoked");
    }
    look(&service.app).await.unwrap();
    for client in [&ada, &admin] {
        assert_eq!(client.get(ME).await.status, 200);
    }
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_changes_no_password() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let phone = service.signed_in("ada@example.com").await;
    let elsewhere = service.beside(&[]);
    assert_eq!(ada.delete(OWN).await.status, 204);
    let late = elsewhere.native();
    late.set_access_token(phone.access_token().as_deref());
    let change = json!({"password": "the sea is blue 42", "current_password": PASSWORD});
    let answer = late.put("/api/v1/users/1", change).await;
    answer.assert_problem("session_revoked");
    look(&service.app).await.unwrap();
    assert_eq!(ada.get(ME).await.status, 200);
    service.signed_in("ada@example.com").await;
}
