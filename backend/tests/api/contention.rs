//! Conflicting transactions, and databases with unusual defaults.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use latchkey::db::DbError;
use latchkey::features::users::domain::Role;
use latchkey::process::{delete_old_rows, supervise};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Database, PASSWORD, Service, text};

/// Locks a table in a transaction of the test.
fn lock(service: &Service, table: &str) -> PgConnection {
    let url = service.database(Database::url);
    let mut other = diesel::Connection::establish(url.expose_secret()).unwrap();
    let lock = format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    PgConnection::batch_execute(&mut other, &lock).unwrap();
    other
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_told_to_come_back() {
    let service = Service::with(&[("DB_STATEMENT_TIMEOUT_SECONDS", "1")]);
    let ada = service.user("ada@example.com").await;
    let other = lock(&service, "users");
    for answer in [ada.get("/api/v1/users/me").await, ada.refresh().await] {
        answer.assert_problem("overloaded");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    drop(other);
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
}

/// A request waits at most this long for a connection.
const SHORT_PATIENCE: [(&str, &str); 2] = [
    ("DB_POOL_MAX_SIZE", "4"),
    ("DB_POOL_CONNECTION_TIMEOUT", "2"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_to_an_account_that_is_being_changed_keep_nobody_else_waiting() {
    let service = Service::with(&SHORT_PATIENCE);
    let ada = service.user("ada@example.com").await;
    let bob = service.user("bob@example.com").await;
    // A known device would not wait with unknown ones.
    service.database(|it| it.execute("DELETE FROM known_devices"));
    let row = "BEGIN; SELECT FROM users WHERE email = 'ada@example.com' FOR UPDATE";
    service.database(|it| it.execute(row));
    let change = json!({"password": "the sea is blue 7", "current_password": PASSWORD});
    let change = tokio::spawn(async move { ada.put("/api/v1/users/1", change).await });
    service.await_waiting(1, || change.is_finished());
    let mut strangers = JoinSet::new();
    for turn in 0..30 {
        let client = service.native().at(&format!("198.51.100.{turn}"));
        strangers.spawn(async move { client.log_in("ada@example.com", "wrong as can be").await });
    }
    let first = strangers.join_next().await.unwrap().unwrap();
    first.assert_problem("overloaded");
    assert_eq!(first.header("retry-after"), Some("1"));
    assert_eq!(bob.get("/api/v1/users/me").await.status, 200);
    let answer = service.native().log_in("bob@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer}");
    // Requests of the owner wait longer than those of strangers.
    service.database(|it| it.execute("COMMIT"));
    let answer = change.await.unwrap();
    assert_eq!(answer.status, 200, "{answer}");
    let allowed = ["overloaded", "invalid_credentials", "rate_limited"];
    for answer in strangers.join_all().await {
        assert!(allowed.contains(&answer.code().as_str()), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_one_account_keep_nobody_else_waiting() {
    let service = Service::with(&SHORT_PATIENCE);
    let admin = service.admin("root@example.com").await;
    let ada = service.user("ada@example.com").await;
    let row = "BEGIN; SELECT FROM users WHERE email = 'ada@example.com' FOR UPDATE";
    service.database(|it| it.execute(row));
    let mut changes = JoinSet::new();
    for _ in 0..10 {
        let (ada, admin) = (ada.clone(), admin.clone());
        changes.spawn(async move { ada.delete("/api/v1/auth/sessions").await });
        let change = json!({"is_active": true});
        changes.spawn(async move { admin.put("/api/v1/users/2", change).await });
    }
    service.await_waiting(2, || false);
    let answer = service.native().log_in("root@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer}");
    service.database(|it| it.execute("COMMIT"));
    for answer in changes.join_all().await {
        assert!(answer.status.is_success(), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn registrations_of_one_address_keep_nobody_else_waiting() {
    let service = Service::with(&SHORT_PATIENCE);
    let bob = service.user("bob@example.com").await;
    service.database(|it| {
        it.execute(
            "BEGIN; INSERT INTO users (email, password_hash) VALUES ('ada@example.com', '')",
        );
    });
    let mut registrations = JoinSet::new();
    for _ in 0..20 {
        let client = service.native();
        registrations.spawn(async move { client.register("ada@example.com", PASSWORD).await });
    }
    let first = registrations.join_next().await.unwrap().unwrap();
    first.assert_problem("overloaded");
    assert_eq!(first.header("retry-after"), Some("1"));
    assert_eq!(bob.get("/api/v1/users/me").await.status, 200);
    service.database(|it| it.execute("ROLLBACK"));
    for answer in registrations.join_all().await {
        let code = answer.code();
        assert!(
            ["", "email_taken", "overloaded"].contains(&code.as_str()),
            "{answer}"
        );
    }
}

/// Two transactions that lock two rows in opposite orders.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_transactions_in_a_deadlock_both_succeed() {
    let service = Service::start();
    let (one, two) = (
        service.account("ada@example.com", Role::User).await.id,
        service.account("bob@example.com", Role::User).await.id,
    );
    let both_hold = Arc::new(Barrier::new(2));
    let attempts = Arc::new(AtomicUsize::new(0));
    let run = |first: i64, second: i64| {
        let (app, both_hold) = (service.app.clone(), Arc::clone(&both_hold));
        let attempts = Arc::clone(&attempts);
        tokio::spawn(async move {
            app.db
                .transaction(move |conn| {
                    let touch = |id| format!("UPDATE users SET updated_at = now() WHERE id = {id}");
                    conn.batch_execute(&touch(first))?;
                    if attempts.fetch_add(1, Ordering::Relaxed) < 2 {
                        both_hold.wait();
                    }
                    conn.batch_execute(&touch(second))?;
                    Ok::<_, DbError>(())
                })
                .await
        })
    };
    let (left, right) = (run(one, two), run(two, one));
    left.await.unwrap().unwrap();
    right.await.unwrap().unwrap();
    // At least one was rolled back and retried.
    assert!(attempts.load(Ordering::Relaxed) > 2);
}

#[tokio::test]
async fn a_database_whose_default_is_serializable_is_read_committed_here() {
    let service = Service::start();
    let alter = |change: &str| {
        service.database(|it| {
            let name = it.text("SELECT current_database()");
            it.execute(&format!("ALTER DATABASE {name} {change}"));
        });
    };
    alter("SET default_transaction_isolation = 'serializable'");
    let isolation = "SELECT current_setting('transaction_isolation')";
    let alone = service.app.db.read(|conn| Ok(text(conn, isolation)));
    let within = (service.app.db).transaction(|conn| Ok::<_, DbError>(text(conn, isolation)));
    assert_eq!(alone.await.unwrap(), "read committed");
    assert_eq!(within.await.unwrap(), "read committed");
    alter("RESET default_transaction_isolation");
}

#[tokio::test]
async fn a_failed_cleanup_of_one_table_does_not_stop_the_others() {
    let service = Service::with(&[("DB_STATEMENT_TIMEOUT_SECONDS", "1")]);
    let ada = service.user("ada@example.com").await;
    ada.post("/api/v1/auth/logout", serde_json::Value::Null)
        .await;
    service
        .native()
        .log_in("ada@example.com", "wrong as can be")
        .await;
    service.advance(31 * 86_400);
    let other = lock(&service, "audit_events");
    let failed = delete_old_rows(&service.app).await.unwrap_err();
    assert!(matches!(failed, DbError::Contended(_)), "{failed}");
    drop(other);
    let left = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM sign_in_failures)";
    assert_eq!(service.database(|it| it.text(left)), "0");
}

#[tokio::test]
async fn a_task_that_panics_is_counted_and_started_again() {
    let service = Service::start();
    let (done, mut is_done) = tokio::sync::mpsc::unbounded_channel();
    let runs = Arc::new(AtomicUsize::new(0));
    supervise(&service.app, "sample", move || {
        let (done, runs) = (done.clone(), Arc::clone(&runs));
        async move {
            assert!(
                runs.fetch_add(1, Ordering::Relaxed) > 0,
                "panics on purpose"
            );
            done.send(()).unwrap();
        }
    });
    is_done.recv().await.unwrap();
    assert_eq!(service.app.task_panics.counts()["sample"], 1);
}

#[tokio::test]
async fn tokens_that_may_be_revoked_are_refused_only_in_strict_mode() {
    let lax = Service::start();
    let ada = lax.user("ada@example.com").await;
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);

    let strict = Service::with(&[("REVOCATION_STRICT", "true")]);
    let ada = strict.user("ada@example.com").await;
    let answer = ada.get("/api/v1/users/me").await;
    answer.assert_problem("database_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    latchkey::features::sessions::application::look(&strict.app)
        .await
        .unwrap();
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
}
