//! Rows and tokens of a newer release, with unknown roles, kinds of events and clients.

use diesel::connection::SimpleConnection;
use latchkey::db::migrations;
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{Database, Service};

/// The change of the newer release: its constraints allow other values.
const NEWER: &str = "
    ALTER TABLE users DROP CONSTRAINT users_role_is_known;
    ALTER TABLE sessions DROP CONSTRAINT sessions_client_type_is_known";

#[tokio::test]
async fn an_unknown_role_signs_in_with_least_privilege() {
    let (url, mut newer) = Database::bare();
    migrations::run(&url).unwrap();
    newer.batch_execute(NEWER).unwrap();
    let service = Service::on(&url, &[]);
    service.app.db.open();
    let admin = service.admin("root@example.com").await;
    let ada = service.admin("ada@example.com").await;
    let change = "UPDATE users SET role = 'auditor' WHERE id = 2";
    newer.batch_execute(change).unwrap();
    assert_eq!(ada.refresh().await.status, 200);
    let own = ada.get("/api/v1/users/me").await;
    assert_eq!(own.json()["role"], "unknown", "{own}");
    ada.get("/api/v1/users").await.assert_problem("forbidden");
    let again = service.signed_in("ada@example.com").await;
    again
        .get("/api/v1/audit-events")
        .await
        .assert_problem("forbidden");

    let list = admin.get("/api/v1/users").await;
    assert_eq!(list.json()["items"][0]["role"], "unknown", "{list}");
    // Nobody can set an unknown value, and unknown values are not overwritten.
    let change = json!({"role": "unknown"});
    let answer = admin.put("/api/v1/users/1", change).await;
    answer.assert_problem("validation_failed");
    let answer = admin.get("/api/v1/users?role=unknown").await;
    answer.assert_problem("validation_failed");
    let change = json!({"email": "b@example.com"});
    assert_eq!(admin.put("/api/v1/users/2", change).await.status, 200);
    let kept = crate::support::text(&mut newer, "SELECT role FROM users WHERE id = 2");
    assert_eq!(kept, "auditor");
    // It does not count as an administrator.
    let change = json!({"role": "user"});
    admin
        .put("/api/v1/users/1", change)
        .await
        .assert_problem("last_admin");
    let change = json!({"role": "user"});
    assert_eq!(
        admin.put("/api/v1/users/2", change).await.json()["role"],
        "user"
    );
}

#[tokio::test]
async fn an_unknown_kind_of_event_is_listed() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let admin = service.admin("root@example.com").await;
    service.database(|it| it.execute("UPDATE audit_events SET kind = 'moon_landing' WHERE id = 1"));
    let events = admin.get("/api/v1/audit-events").await;
    let kinds: Vec<_> = events.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["signed_in", "registered", "unknown"], "{events}");
    let answer = admin.get("/api/v1/audit-events?kind=unknown").await;
    answer.assert_problem("validation_failed");
}

#[tokio::test]
async fn a_session_of_an_unknown_kind_of_client_is_listed_and_ended() {
    let (url, mut newer) = Database::bare();
    migrations::run(&url).unwrap();
    newer.batch_execute(NEWER).unwrap();
    let service = Service::on(&url, &[]);
    service.app.db.open();
    let ada = service.user("ada@example.com").await;
    newer
        .batch_execute("UPDATE sessions SET client_type = 'television'")
        .unwrap();
    let list = ada.get("/api/v1/auth/sessions").await;
    assert_eq!(list.json()["items"][0]["client_type"], "unknown", "{list}");
    assert_eq!(ada.refresh().await.status, 200);
    let change = "UPDATE sessions SET client_type = 'television'";
    newer.batch_execute(change).unwrap();
    let answer = ada
        .post("/api/v1/auth/logout", serde_json::Value::Null)
        .await;
    assert_eq!(answer.status, 204, "{answer}");
}
