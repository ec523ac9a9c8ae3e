//! The limit of ten failed sign-ins per account in fifteen minutes.

use latchkey::features::users::domain::Role;
use tokio::task::JoinSet;

use crate::support::{PASSWORD, Service};

const KNOWN: &str = "ada@example.com";
const UNKNOWN: &str = "nobody@example.com";
const WRONG: &str = "not the password at all";

/// Fails to sign in ten times, each time from another address.
async fn use_up(service: &Service, email: &str) {
    for turn in 1..=10 {
        let client = service.native().at(&format!("203.0.113.{turn}"));
        let answer = client.log_in(email, WRONG).await;
        answer.assert_problem("invalid_credentials");
    }
}

#[tokio::test]
async fn the_eleventh_sign_in_waits_even_with_the_right_password() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    use_up(&service, KNOWN).await;
    let answer = service.native().log_in(KNOWN, PASSWORD).await;
    answer.assert_problem("rate_limited");
    assert_eq!(answer.header("retry-after"), Some("900"));
    let elsewhere = service.beside(&[]);
    let answer = elsewhere.native().log_in(KNOWN, PASSWORD).await;
    answer.assert_problem("rate_limited");
}

#[tokio::test]
async fn an_unknown_address_is_throttled_as_a_known_one_is() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    let mut answers = Vec::new();
    for email in [KNOWN, UNKNOWN] {
        use_up(&service, email).await;
        let answer = service.native().log_in(email, WRONG).await;
        answers.push(answer.to_string());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn waiting_lets_one_in_again_and_the_window_slides() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    service.native().log_in(KNOWN, WRONG).await;
    service.advance(600);
    for _ in 0..9 {
        service.native().log_in(KNOWN, WRONG).await;
    }
    let answer = service.native().log_in(KNOWN, PASSWORD).await;
    answer.assert_problem("rate_limited");
    // The first failure stops counting; the other nine do not.
    service.advance(301);
    let answer = service.native().log_in(KNOWN, WRONG).await;
    answer.assert_problem("invalid_credentials");
    let answer = service.native().log_in(KNOWN, PASSWORD).await;
    answer.assert_problem("rate_limited");
    service.advance(901);
    assert_eq!(service.native().log_in(KNOWN, PASSWORD).await.status, 200);
}

/// What instances whose clocks differ agree on is the database's time.
#[tokio::test]
async fn failures_count_by_the_databases_time() {
    let service = Service::start();
    let instances = [
        service.beside_with_clock_wrong_by(30),
        service.beside_with_clock_wrong_by(-30),
    ];
    for (counting, judging) in [(0, 1), (1, 0)] {
        let email = format!("ada{counting}@example.com");
        service.account(&email, Role::User).await;
        use_up(&instances[counting], &email).await;
        for (index, instance) in instances.iter().enumerate() {
            let answer = instance.native().log_in(&email, PASSWORD).await;
            answer.assert_problem("rate_limited");
            assert_eq!(answer.header("retry-after"), Some("900"), "{index}");
        }
        service.advance(890);
        let answer = instances[judging].native().log_in(&email, PASSWORD).await;
        answer.assert_problem("rate_limited");
        service.advance(20);
        let answer = instances[judging].native().log_in(&email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

#[tokio::test]
async fn refused_attempts_do_not_prolong_the_wait() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    use_up(&service, KNOWN).await;
    service.advance(890);
    for _ in 0..5 {
        let answer = service.native().log_in(KNOWN, WRONG).await;
        answer.assert_problem("rate_limited");
    }
    service.advance(20);
    assert_eq!(service.native().log_in(KNOWN, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn guesses_made_at_once_are_counted_one_by_one() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    let mut guesses = JoinSet::new();
    for turn in 0..40 {
        let client = service.native().at(&format!("198.51.100.{turn}"));
        guesses.spawn(async move { client.log_in(KNOWN, WRONG).await.code() });
    }
    let codes = guesses.join_all().await;
    let judged = codes.iter().filter(|code| *code == "invalid_credentials");
    assert_eq!(judged.count(), 10);
    let others = codes.iter().filter(|code| *code == "rate_limited");
    assert_eq!(others.count(), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_right_one_of_guesses_made_at_once_is_judged_by_those_before_it() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    for _ in 0..9 {
        service.native().log_in(KNOWN, WRONG).await;
    }
    // The tenth failure is being counted when the right guess arrives.
    service.database(|it| {
        it.execute(
            "BEGIN;
             SELECT pg_advisory_xact_lock(('x' || encode(substr(account, 1, 8), 'hex'))::BIT(64)::BIGINT)
             FROM sign_in_failures;
             UPDATE sign_in_failures SET failed_at = failed_at || last_failed_at",
        );
    });
    let client = service.native();
    let right = tokio::spawn(async move { client.log_in(KNOWN, PASSWORD).await });
    service.await_waiting(1, || right.is_finished());
    service.database(|it| it.execute("COMMIT"));
    // On a slow machine it may have stopped waiting before the commit.
    let code = right.await.unwrap().code();
    assert!(
        ["rate_limited", "overloaded"].contains(&code.as_str()),
        "{code}"
    );
    let answer = service.native().log_in(KNOWN, PASSWORD).await;
    answer.assert_problem("rate_limited");
}

#[tokio::test]
async fn a_throttled_sign_in_is_recorded_whatever_its_password() {
    let service = Service::start();
    service.account(KNOWN, Role::User).await;
    let admin = service.admin("admin@example.com").await;
    use_up(&service, KNOWN).await;
    for password in [WRONG, PASSWORD] {
        let answer = service.native().log_in(KNOWN, password).await;
        answer.assert_problem("rate_limited");
    }
    let events = admin
        .get("/api/v1/audit-events?kind=sign_in_throttled")
        .await;
    assert_eq!(events.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn guessing_the_current_password_counts_too() {
    let service = Service::start();
    let ada = service.user(KNOWN).await;
    let id = ada.get("/api/v1/users/me").await.json()["id"].clone();
    let change = serde_json::json!({"email": "b@example.com", "current_password": WRONG});
    for _ in 0..10 {
        let answer = ada
            .put(&format!("/api/v1/users/{id}"), change.clone())
            .await;
        answer.assert_problem("invalid_credentials");
    }
    let answer = ada.put(&format!("/api/v1/users/{id}"), change).await;
    answer.assert_problem("rate_limited");
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn of_changes_made_at_once_every_one_is_recorded() {
    let service = Service::start();
    let ada = service.user(KNOWN).await;
    let admin = service.admin("admin@example.com").await;
    let id = ada.get("/api/v1/users/me").await.json()["id"].clone();
    let mut changes = JoinSet::new();
    for turn in 0..20 {
        let (client, path) = (ada.clone(), format!("/api/v1/users/{id}"));
        let change = serde_json::json!({
            "password": format!("the sea is blue {turn}"),
            "current_password": PASSWORD,
        });
        changes.spawn(async move { client.put(&path, change).await.status });
    }
    let statuses = changes.join_all().await;
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(accepted, 1, "{statuses:?}");
    let mut recorded = Vec::new();
    for kind in ["password_changed", "sign_in_failed", "sign_in_throttled"] {
        let path = format!("/api/v1/audit-events?limit=100&user_id={id}&kind={kind}");
        let events = admin.get(&path).await.json();
        recorded.push(events["items"].as_array().unwrap().len());
    }
    assert_eq!(recorded, [1, 10, 9], "{statuses:?}");
}
