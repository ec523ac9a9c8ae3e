//! Sessions as their owner and administrators see and end them.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::features::sessions::application::confirm;
use serde_json::Value;

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
    let body = serde_json::json!({
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

/// Batches of sightings lock sessions by their ids. Whoever ends several does so in the same order:
/// while the first is held it holds none of the others, which would close a circle.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ending_all_sessions_waits_for_the_first_before_it_locks_the_others() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    for _ in 0..4 {
        assert_eq!(
            ada.copy().log_in("ada@example.com", PASSWORD).await.status,
            200
        );
    }
    let admin = service.admin("root@example.com").await;
    // The first by its id becomes the last in table and indexes: an unordered search finds it last.
    let first = "SELECT min(id::text)::uuid FROM sessions WHERE user_id = 1";
    service.database(|it| {
        for ended in [
            "now(), revoked_reason = 'signed_out'",
            "NULL, revoked_reason = NULL",
        ] {
            it.execute(&format!(
                "UPDATE sessions SET revoked_at = {ended} WHERE id = ({first})"
            ));
        }
        it.execute(&format!(
            "BEGIN; SELECT FROM sessions WHERE id = ({first}) FOR UPDATE"
        ));
    });
    let ended = tokio::spawn(async move { admin.delete("/api/v1/users/1/sessions").await });
    service.await_waiting(1, || false);
    service.database(|it| {
        let free = "SELECT count(*) FROM (SELECT FROM sessions WHERE user_id = 1
            FOR UPDATE SKIP LOCKED) AS free";
        assert_eq!(it.text(free), "5");
        it.execute("COMMIT");
    });
    assert_eq!(ended.await.unwrap().status, 204);
}
