//! `GET /api/v1/users/me/events`: what happened to one's own account.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Service};

const EVENTS: &str = "/api/v1/users/me/events";
const ADA: &str = "ada@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

async fn events(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("{EVENTS}{query}")).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()["items"].as_array().unwrap().clone()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn people_see_what_happened_to_their_own_account_and_no_other() {
    let service = Service::start();
    service.user("bob@example.com").await;
    let ada = service.user(ADA).await;
    let stranger = service.native().with("user-agent", FIREFOX);
    let failed = stranger.log_in(ADA, "wrong as can be").await;
    failed.assert_problem("invalid_credentials");
    let told = events(&ada, "").await;
    assert_eq!(kinds(&told), ["sign_in_failed", "signed_in", "registered"]);
    let failed = &told[0];
    assert_eq!(failed["actor"], "nobody");
    assert_eq!(failed["ip"], "127.0.0.1");
    assert_eq!(failed["browser"], "Firefox");
    assert_eq!(failed["system"], "Linux");
}

#[tokio::test]
async fn an_administrator_stays_unnamed_and_what_was_typed_is_not_repeated() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let admin = admin.with("user-agent", FIREFOX);
    let ada = service.user(ADA).await;
    let id = ada.get("/api/v1/users/me").await.json()["id"].clone();
    admin
        .put(&format!("/api/v1/users/{id}"), json!({"role": "admin"}))
        .await;
    let ada = service.signed_in(ADA).await;
    let told = events(&ada, "?limit=100").await;
    let changed = told.iter().find(|event| event["kind"] == "role_changed");
    let changed = changed.unwrap();
    assert_eq!(changed["actor"], "administrator");
    for hidden in ["session_id", "ip", "browser", "system"] {
        assert_eq!(changed[hidden], Value::Null, "{hidden}");
    }
    let fields: Vec<_> = changed.as_object().unwrap().keys().collect();
    assert!(!fields.contains(&&"user_agent".to_owned()), "{fields:?}");
}

#[tokio::test]
async fn what_the_owner_does_is_theirs_and_pages_follow_each_other() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let change = json!({"password": "another fine passphrase 42", "current_password": PASSWORD});
    let id = ada.get("/api/v1/users/me").await.json()["id"].clone();
    ada.put(&format!("/api/v1/users/{id}"), change).await;
    let all = events(&ada, "?limit=100").await;
    assert_eq!(all[0]["kind"], "password_changed");
    assert_eq!(all[0]["actor"], "you");
    let mut paged = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let page = ada.get(&format!("{EVENTS}{query}")).await.json();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(paged, all);
    service
        .native()
        .get(EVENTS)
        .await
        .assert_problem("access_token_missing");
    ada.get(&format!("{EVENTS}?user_id=1"))
        .await
        .assert_problem("validation_failed");
}
