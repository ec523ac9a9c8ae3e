//! Overload of the hash queue and the connection pool.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use latchkey::db::DbError;
use latchkey::features::users::domain::Role;
use tokio::task::JoinHandle;

use crate::support::{PASSWORD, Service};

#[tokio::test]
async fn a_full_hash_queue_answers_at_once() {
    let service = Service::start();
    let mut places = Vec::new();
    while let Ok(place) = service.app.passwords.enter() {
        places.push(place);
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(places.len(), cores * 33);
    let client = service.native();
    let began = Instant::now();
    let answer = client.log_in("ada@example.com", PASSWORD).await;
    let took = began.elapsed();
    assert_snapshot!(answer, @r#"
    503 Service Unavailable
    {
      "action": "retry",
      "code": "overloaded",
      "detail": "The service is busy. Repeat the request in a moment.",
      "request_id": "[request_id]",
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(took < Duration::from_millis(500), "{took:?}");
    client
        .register("ada@example.com", PASSWORD)
        .await
        .assert_problem("overloaded");
    assert_eq!(client.get("/health/ready").await.status, 200);
    places.pop();
    client
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_problem("invalid_credentials");
}

/// A hash that takes about a second.
const SLOW: [(&str, &str); 2] = [("ARGON2_MEMORY_KIB", "65536"), ("ARGON2_ITERATIONS", "16")];

#[tokio::test]
async fn a_client_that_hangs_up_frees_its_core_only_when_the_hash_is_done() {
    let service = Service::with(&SLOW);
    let cores = std::thread::available_parallelism().unwrap().get();
    let hang_up: Vec<_> = (0..cores)
        .map(|_| {
            let place = service.app.passwords.enter().unwrap();
            tokio::spawn(place.hash(PASSWORD.into()))
        })
        .collect();
    // Once they have a core, they no longer wait in the runtime.
    while service.app.passwords.free_cores() > 0 {
        tokio::task::yield_now().await;
    }
    for one in &hang_up {
        one.abort();
    }
    for one in hang_up {
        assert!(one.await.unwrap_err().is_cancelled());
    }
    assert_eq!(
        service.app.passwords.free_cores(),
        0,
        "a core is free while it still hashes"
    );
    let next = service.app.passwords.enter().unwrap();
    assert!(next.hash(PASSWORD.into()).await.is_ok());
}

/// Holds the only connection until the barrier is passed.
fn hold(service: &Service) -> (Arc<Barrier>, JoinHandle<()>) {
    let barrier = Arc::new(Barrier::new(2));
    let (app, until) = (service.app.clone(), Arc::clone(&barrier));
    let holder = tokio::spawn(async move {
        let held = app.db.run(move |_| {
            until.wait();
            until.wait();
            Ok::<_, DbError>(())
        });
        held.await.unwrap();
    });
    (barrier, holder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_pool_answers_within_its_time_and_recovers() {
    let service = Service::with(&[
        ("DB_POOL_MAX_SIZE", "1"),
        ("DB_POOL_CONNECTION_TIMEOUT", "1"),
    ]);
    service.account("ada@example.com", Role::User).await;
    let ada = service.signed_in("ada@example.com").await;
    let (barrier, holder) = hold(&service);
    barrier.wait();
    let began = Instant::now();
    let answer = ada.get("/api/v1/users/me").await;
    let took = began.elapsed();
    assert_snapshot!(answer, @r#"
    503 Service Unavailable
    {
      "action": "retry",
      "code": "overloaded",
      "detail": "The service is busy. Repeat the request in a moment.",
      "request_id": "[request_id]",
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!((1.0..1.9).contains(&took.as_secs_f64()), "{took:?}");
    assert_eq!(ada.get("/health/live").await.status, 200);
    // Busy is not unavailable: a balancer that drops busy instances would drop all of them.
    assert_eq!(ada.get("/health/ready").await.status, 200);
    barrier.wait();
    holder.await.unwrap();
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_for_a_connection_get_it() {
    let service = Service::with(&[("DB_POOL_MAX_SIZE", "1")]);
    let ada = service.user("ada@example.com").await;
    let (barrier, holder) = hold(&service);
    barrier.wait();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let ada = ada.clone();
            tokio::spawn(async move { ada.get("/api/v1/users/me").await.status.as_u16() })
        })
        .collect();
    tokio::task::yield_now().await;
    barrier.wait();
    holder.await.unwrap();
    for one in waiting {
        assert_eq!(one.await.unwrap(), 200);
    }
}
