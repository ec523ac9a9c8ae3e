//! `GET /api/v1/users`: pages of accounts, for administrators.

use std::sync::OnceLock;

use insta::assert_snapshot;
use latchkey::features::users::domain::Role;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Client, Service};

#[tokio::test]
async fn an_administrator_lists_accounts_newest_first() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    service.account("ada@example.com", Role::User).await;
    assert_snapshot!(admin.get("/api/v1/users").await, @r#"
    200 OK
    {
      "items": [
        {
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
        },
        {
          "created_at": "[time]",
          "email": "root@example.com",
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
          "role": "admin",
          "second_factor_at": null,
          "updated_at": "[time]"
        }
      ],
      "next_cursor": null
    }
    "#);
    assert_snapshot!(admin.get("/api/v1/users?limit=1").await, @r#"
    200 OK
    {
      "items": [
        {
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
      ],
      "next_cursor": "AAAAAAAAAAI"
    }
    "#);
    assert_snapshot!(admin.get("/api/v1/users?email_contains=nobody").await, @r#"
    200 OK
    {
      "items": [],
      "next_cursor": null
    }
    "#);
}

#[tokio::test]
async fn nobody_else_does() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    assert_snapshot!(ada.get("/api/v1/users").await, @r#"
    403 Forbidden
    {
      "action": "fix",
      "code": "forbidden",
      "detail": "This account may not do that. Ask an administrator.",
      "request_id": "[request_id]",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
    service
        .native()
        .get("/api/v1/users")
        .await
        .assert_problem("access_token_missing");
}

fn emails(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["email"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn wildcards_are_matched_literally() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    for name in ["per%cent", "under_score", "plain"] {
        service
            .account(&format!("{name}@example.com"), Role::User)
            .await;
    }
    let found = async |text: &str| {
        let answer = admin
            .get(&format!("/api/v1/users?email_contains={text}"))
            .await;
        emails(&answer.json()).join(" ")
    };
    assert_eq!(found("%25").await, "per%cent@example.com");
    assert_eq!(found("_").await, "under_score@example.com");
    assert_eq!(found("r%25c").await, "per%cent@example.com");
    assert_eq!(found("PLAIN").await, "plain@example.com");
    assert_eq!(found("%5C").await, "");
    assert_eq!(found("%27%3B--").await, "");
    assert_eq!(found("%F0%9F%94%91").await, "");
}

#[tokio::test]
async fn accounts_that_come_and_go_do_not_shift_pages() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    for number in 0..4 {
        service
            .account(&format!("user{number}@example.com"), Role::User)
            .await;
    }
    let first = admin.get("/api/v1/users?limit=2").await.json();
    assert_eq!(emails(&first), ["user3@example.com", "user2@example.com"]);
    service.account("late@example.com", Role::User).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin
        .get(&format!("/api/v1/users?limit=2&cursor={cursor}"))
        .await
        .json();
    assert_eq!(emails(&second), ["user1@example.com", "user0@example.com"]);
}

/// Follows the cursors to the end.
async fn all_pages(client: &Client, query: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/users?limit={limit}{query}{cursor}");
        let page = client.get(&path).await.json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        all.extend(items.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else {
            return all;
        };
        assert_eq!(items.len(), limit, "a page that is not the last is full");
        cursor = format!("&cursor={next}");
    }
}

struct Populated {
    service: Service,
    admin: Client,
    runtime: tokio::runtime::Runtime,
}

/// Thirty accounts of every kind, shared by all cases of the property.
fn populated() -> &'static Populated {
    static POPULATED: OnceLock<Populated> = OnceLock::new();
    POPULATED.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (service, admin) = runtime.block_on(async {
            let service = Service::start();
            let admin = service.admin("root@example.com").await;
            service.database(|it| {
                it.execute(
                    "INSERT INTO users (email, password_hash, role, is_active)
                     SELECT 'user' || n || '@example.com', '', CASE n % 3 WHEN 0 THEN 'admin' ELSE 'user' END, n % 4 > 0
                     FROM generate_series(1, 30) AS n",
                );
            });
            (service, admin)
        });
        Populated { service, admin, runtime }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn pages_together_are_everything_newest_first(
        limit in 1..=40_usize,
        contains in prop::option::of("[0-9a-e@_%.]{1,2}"),
        is_active: Option<bool>,
        role in prop::option::of(prop_oneof![Just("user"), Just("admin")]),
    ) {
        let Populated { service, admin, runtime } = populated();
        let mut query = String::new();
        let mut conditions = vec![String::from("TRUE")];
        if let Some(text) = &contains {
            query = query + "&email_contains=" + &text.replace('%', "%25");
            conditions.push(format!("position('{text}' IN email) > 0"));
        }
        if let Some(is_active) = is_active {
            query = query + "&is_active=" + &is_active.to_string();
            conditions.push(format!("is_active = {is_active}"));
        }
        if let Some(role) = role {
            query = query + "&role=" + role;
            conditions.push(format!("role = '{role}'"));
        }
        let condition = conditions.join(" AND ");
        let expected = service.database(|it| it.text(&format!(
            "SELECT coalesce(string_agg(email, ' ' ORDER BY id DESC), '') FROM users WHERE {condition}"
        )));
        let found = runtime.block_on(all_pages(admin, &query, limit));
        let found: Vec<_> = found.iter().map(|user| user["email"].as_str().unwrap()).collect();
        prop_assert_eq!(found.join(" "), expected);
    }
}
