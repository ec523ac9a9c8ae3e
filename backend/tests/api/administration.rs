//! Changes of accounts by administrators, and the protection of the last one.

use diesel::connection::SimpleConnection;
use insta::assert_snapshot;
use latchkey::db::migrations;
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{Database, PASSWORD, Service};

const NEW: &str = "another fine passphrase 42";
const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn an_administrator_changes_anything_of_anyone_without_a_password() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    service.account("ada@example.com", Role::User).await;
    assert_eq!(
        admin.get("/api/v1/users/2").await.json()["email"],
        "ada@example.com"
    );
    let change = json!({"email": "lovelace@example.com", "password": NEW, "role": "admin"});
    assert_snapshot!(admin.put("/api/v1/users/2", change).await, @r#"
    200 OK
    {
      "created_at": "[time]",
      "email": "lovelace@example.com",
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
    "#);
    assert_eq!(
        service
            .native()
            .log_in("lovelace@example.com", NEW)
            .await
            .status,
        200
    );
    admin
        .get("/api/v1/users/99")
        .await
        .assert_problem("not_found");
    admin
        .put("/api/v1/users/99", json!({"role": "user"}))
        .await
        .assert_problem("not_found");
    admin
        .delete("/api/v1/users/99")
        .await
        .assert_problem("not_found");
}

#[tokio::test]
async fn even_an_administrator_gives_the_password_to_change_the_own_account() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let change = json!({"password": NEW});
    service.advance(600);
    admin
        .put("/api/v1/users/1", change)
        .await
        .assert_problem("step_up_required");
    let change = json!({"password": NEW, "current_password": PASSWORD});
    assert_eq!(admin.put("/api/v1/users/1", change).await.status, 200);
}

#[tokio::test]
async fn values_are_validated() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    service.account("ada@example.com", Role::User).await;
    for change in [
        json!({"email": "nonsense"}),
        json!({"password": "password"}),
        json!({"role": "root"}),
        json!({"is_active": "yes"}),
        json!({"created_at": "2020-01-01T00:00:00Z"}),
    ] {
        let answer = admin.put("/api/v1/users/2", change).await;
        answer.assert_problem("validation_failed");
    }
    let taken = json!({"email": "ROOT@example.com"});
    admin
        .put("/api/v1/users/2", taken)
        .await
        .assert_problem("email_taken");
}

#[tokio::test]
async fn a_deactivated_account_comes_back_when_it_is_reactivated() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    assert_snapshot!(admin.delete("/api/v1/users/2").await, @"204 No Content");
    ada.get(ME).await.assert_problem("session_revoked");
    assert_eq!(
        admin.get("/api/v1/users/2").await.json()["is_active"],
        false
    );
    assert_eq!(admin.delete("/api/v1/users/2").await.status, 204);
    let answer = admin
        .put("/api/v1/users/2", json!({"is_active": true}))
        .await;
    assert_eq!(answer.json()["is_active"], true);
    ada.refresh().await.assert_problem("session_revoked");
    assert_eq!(ada.log_in("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_new_role_takes_effect_with_the_next_sign_in() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    admin.put("/api/v1/users/2", json!({"role": "admin"})).await;
    ada.get(ME).await.assert_problem("session_revoked");
    ada.refresh().await.assert_problem("session_revoked");
    let ada = service.signed_in("ada@example.com").await;
    assert_eq!(ada.get("/api/v1/users").await.status, 200);
    admin.put("/api/v1/users/2", json!({"role": "user"})).await;
    ada.get("/api/v1/users")
        .await
        .assert_problem("session_revoked");
}

#[tokio::test]
async fn the_same_role_again_signs_nobody_out() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    let same = json!({"role": "user", "is_active": true, "email": "ADA@example.com"});
    assert_eq!(admin.put("/api/v1/users/2", same).await.status, 200);
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_all_sessions() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    admin.put("/api/v1/users/2", json!({"password": NEW})).await;
    ada.get(ME).await.assert_problem("session_revoked");
    ada.refresh().await.assert_problem("session_revoked");
    assert_eq!(admin.get(ME).await.status, 200);
}

#[tokio::test]
async fn the_last_active_administrator_stays() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let former = service.admin("former@example.com").await;
    assert_eq!(former.leave("/api/v1/users/2").await.status, 204);
    assert_snapshot!(admin.leave("/api/v1/users/1").await, @r#"
    409 Conflict
    {
      "action": "fix",
      "code": "last_admin",
      "detail": "This is the last active administrator. Promote another account first.",
      "request_id": "[request_id]",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
    for change in [
        json!({"role": "user"}),
        json!({"is_active": false, "current_password": PASSWORD}),
    ] {
        admin
            .put("/api/v1/users/1", change)
            .await
            .assert_problem("last_admin");
    }
    assert_eq!(admin.get(ME).await.json()["role"], "admin");
    service.admin("second@example.com").await;
    assert_eq!(
        admin
            .put("/api/v1/users/1", json!({"role": "user"}))
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_administrators_who_demote_each_other_at_once_one_stays() {
    let service = Service::start();
    let one = service.admin("one@example.com").await;
    let two = service.admin("two@example.com").await;
    // Both pass the checks and then wait for the rows that this transaction locks.
    service.database(|it| it.execute("BEGIN; SELECT FROM users WHERE role = 'admin' FOR UPDATE"));
    let demotions = [(one, "/api/v1/users/2"), (two, "/api/v1/users/1")].map(|(admin, path)| {
        tokio::spawn(async move { admin.put(path, json!({"role": "user"})).await })
    });
    service.await_waiting(2, || false);
    service.database(|it| it.execute("COMMIT"));
    let mut codes = Vec::new();
    for demotion in demotions {
        codes.push(demotion.await.unwrap().code());
    }
    codes.sort();
    // Whoever lost the role is signed out, which may be noticed first.
    let refused = codes[1] == "last_admin" || codes[1] == "session_revoked";
    assert!(codes[0].is_empty() && refused, "{codes:?}");
    let left = "SELECT count(*) FROM users WHERE role = 'admin' AND is_active";
    assert_eq!(service.database(|it| it.text(left)), "1");
}

#[tokio::test]
async fn deactivating_a_user_waits_for_no_administrator() {
    let service = Service::with(&[("DB_STATEMENT_TIMEOUT_SECONDS", "2")]);
    let admin = service.admin("root@example.com").await;
    service.account("ada@example.com", Role::User).await;
    service.database(|it| it.execute("BEGIN; SELECT FROM users WHERE role = 'admin' FOR UPDATE"));
    let answer = admin.delete("/api/v1/users/2").await;
    service.database(|it| it.execute("COMMIT"));
    assert_eq!(answer.status, 204, "{answer}");
}

#[tokio::test]
async fn only_the_constraint_on_addresses_says_that_an_address_is_taken() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    let service = Service::on(&url, &[]);
    service.app.db.open();
    let admin = service.admin("root@example.com").await;
    service.account("ada@example.com", Role::User).await;
    connection
        .batch_execute("CREATE UNIQUE INDEX one_of_each_role ON users (role)")
        .unwrap();
    let answer = admin.put("/api/v1/users/2", json!({"role": "admin"})).await;
    answer.assert_problem("internal");
    let taken = json!({"email": "root@example.com"});
    let answer = admin.put("/api/v1/users/2", taken).await;
    answer.assert_problem("email_taken");
}

/// On an instance that has not heard of it, or for requests that waited meanwhile.
#[tokio::test]
async fn an_administrator_who_was_deactivated_changes_nothing_any_more() {
    let service = Service::start();
    let root = service.admin("root@example.com").await;
    let changes = [
        ("/api/v1/users/2", json!({"is_active": true})),
        ("/api/v1/users/2", json!({"role": "admin"})),
        (
            "/api/v1/users/2",
            json!({"role": "admin", "email": "e@example.com", "current_password": PASSWORD}),
        ),
        ("/api/v1/users/1", json!({"role": "user"})),
        ("/api/v1/users/1", json!({"password": "the sea is blue 42"})),
    ];
    service.account("eve@example.com", Role::Admin).await;
    for end in [json!({"is_active": false}), json!({"role": "user"})] {
        let eve = service.signed_in("eve@example.com").await;
        let elsewhere = service.beside(&[]);
        assert_eq!(root.put("/api/v1/users/2", end).await.status, 200);
        let late = elsewhere.native();
        late.set_access_token(eve.access_token().as_deref());
        for (path, change) in &changes {
            let answer = late.put(path, change.clone()).await;
            assert_eq!(answer.status, 401, "{change}: {answer}");
        }
        let answer = late.delete("/api/v1/users/1").await;
        answer.assert_problem("session_revoked");
        let back = json!({"is_active": true, "role": "admin"});
        assert_eq!(root.put("/api/v1/users/2", back).await.status, 200);
    }
}
