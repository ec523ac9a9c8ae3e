//! The audit trail: what is recorded, who may read it, and how long it is kept.

use latchkey::process::delete_old_rows;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Service};

const EVENTS: &str = "/api/v1/audit-events";
const ME: &str = "/api/v1/users/me";
const NEW: &str = "another rather good one";

/// The kinds of the newest events, oldest first.
async fn kinds(admin: &Client, query: &str) -> Vec<String> {
    let events = admin
        .get(&format!("{EVENTS}?limit=100&{query}"))
        .await
        .json();
    let kind = |event: &Value| event["kind"].as_str().unwrap().to_owned();
    let mut kinds: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(kind)
        .collect();
    kinds.reverse();
    kinds
}

#[tokio::test]
async fn everything_that_happens_to_an_account_is_written_down() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let page = service.browser().await;
    assert_eq!(page.register("ada@example.com", PASSWORD).await.status, 201);
    let ada = service.signed_in("ada@example.com").await;
    let id = ada.get(ME).await.json()["id"].clone();
    let path = format!("/api/v1/users/{id}");
    service
        .native()
        .log_in("ada@example.com", "wrong as can be")
        .await;

    let first = ada.copy();
    ada.refresh().await;
    service.advance(60);
    first.refresh().await;
    let password = json!({"password": NEW, "current_password": PASSWORD});
    ada.put(&path, password).await;
    let email = json!({"email": "countess@example.com", "current_password": NEW});
    ada.put(&path, email).await;
    ada.post("/api/v1/auth/logout", Value::Null).await;
    admin.put(&path, json!({"role": "admin"})).await;
    admin.put(&path, json!({"role": "user"})).await;
    admin.delete(&path).await;
    admin.put(&path, json!({"is_active": true})).await;

    let written = kinds(&admin, &format!("user_id={id}")).await;
    assert_eq!(
        written,
        [
            "registered",
            "signed_in",
            "sign_in_failed",
            "refreshed_after_loss",
            "password_changed",
            "email_changed",
            "signed_out",
            "role_changed",
            "role_changed",
            "deactivated",
            "reactivated",
        ]
    );
}

#[tokio::test]
async fn reuse_and_throttling_are_written_down() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    let stolen = ada.copy();
    ada.refresh().await;
    ada.refresh().await;
    stolen
        .refresh()
        .await
        .assert_problem("refresh_token_reused");
    for _ in 0..11 {
        service
            .native()
            .log_in("ada@example.com", "wrong as can be")
            .await;
    }
    assert_eq!(kinds(&admin, "kind=refresh_token_reused").await.len(), 1);
    assert_eq!(kinds(&admin, "kind=sign_in_failed").await.len(), 10);
    assert_eq!(kinds(&admin, "kind=sign_in_throttled").await.len(), 1);
}

#[tokio::test]
async fn an_event_says_who_did_it_from_where_and_no_secret() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    let id = ada.get(ME).await.json()["id"].clone();
    let caller = admin
        .copy()
        .with("user-agent", "console/1.0")
        .with("x-request-id", "found-in-the-log")
        .at("203.0.113.9");
    caller.leave(&format!("/api/v1/users/{id}")).await;
    let answer = admin.get(&format!("{EVENTS}?kind=deactivated")).await;
    let event = &answer.json()["items"][0];
    assert_eq!(event["user_id"], id);
    assert_eq!(event["actor_id"], admin.get(ME).await.json()["id"]);
    assert_eq!(event["ip"], "203.0.113.9");
    assert_eq!(event["user_agent"], "console/1.0");
    assert_eq!(event["request_id"], "found-in-the-log");
    let all = admin.get(&format!("{EVENTS}?limit=100")).await;
    for secret in [PASSWORD, &ada.refresh_token().unwrap(), "argon2"] {
        assert!(!all.text().contains(secret));
    }
}

#[tokio::test]
async fn only_administrators_read_it_and_page_through_it() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    ada.get(EVENTS).await.assert_problem("forbidden");
    let admin = service.admin("root@example.com").await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("{EVENTS}?limit=1{cursor}")).await.json();
        seen.push(page["items"][0]["id"].as_i64().unwrap());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!((seen.len(), &seen), (4, &sorted));
    let answer = admin.get(&format!("{EVENTS}?kind=nonsense")).await;
    answer.assert_problem("validation_failed");
}

#[tokio::test]
async fn rows_are_deleted_when_they_have_been_kept_for_long_enough() {
    let service = Service::with(&[("AUDIT_RETENTION_DAYS", "40")]);
    let ada = service.user("ada@example.com").await;
    ada.post("/api/v1/auth/logout", Value::Null).await;
    service
        .native()
        .log_in("ada@example.com", "wrong as can be")
        .await;
    let counts = || {
        service.database(|database| {
            database.text(
                "SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM audit_events)
                 || ' ' || (SELECT count(*) FROM sign_in_failures)",
            )
        })
    };
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(counts(), "1 4 1");
    service.advance(16 * 60);
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(counts(), "1 4 0");
    service.advance(31 * 86_400);
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(counts(), "0 4 0");
    service.advance(10 * 86_400);
    delete_old_rows(&service.app).await.unwrap();
    assert_eq!(counts(), "0 0 0");
}

#[tokio::test]
async fn an_instance_whose_clock_is_wrong_deletes_nothing_early() {
    let service = Service::start();
    service.user("ada@example.com").await;
    let elsewhere = service.beside_with_clock_wrong_by(500 * 86_400);
    assert_eq!(delete_old_rows(&elsewhere.app).await.unwrap(), 0);
    let counted = "SELECT concat_ws(' ', (SELECT count(*) FROM sessions),
        (SELECT count(*) FROM audit_events), (SELECT count(*) FROM known_devices))";
    assert_eq!(service.database(|it| it.text(counted)), "1 2 1");
}

#[tokio::test]
async fn who_registers_somebody_while_sign_up_is_open_is_recorded() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    assert_eq!(
        admin.register("ada@example.com", PASSWORD).await.status,
        201
    );
    let stranger = service.native();
    stranger.set_access_token(Some("no token of ours"));
    assert_eq!(
        stranger.register("bob@example.com", PASSWORD).await.status,
        201
    );
    let actors = "SELECT string_agg(coalesce(actor_id::text, '-'), ' ' ORDER BY id)
        FROM audit_events WHERE kind = 'registered'";
    assert_eq!(service.database(|it| it.text(actors)), "- 1 -");
    service.advance(906);
    assert_eq!(
        admin.register("eve@example.com", PASSWORD).await.status,
        201
    );
}
