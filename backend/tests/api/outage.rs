//! The database becomes unreachable and returns, alone or with all its connections.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use latchkey::db::migrations;
use latchkey::features::users::domain::Role;
use private_postgres::{Durability, PrivatePostgres, Settings};
use tokio::time::timeout;

use crate::support::{Client, PASSWORD, Service};

const ME: &str = "/api/v1/users/me";

/// A server that this test can stop.
struct Server {
    settings: Settings,
    running: Option<PrivatePostgres>,
}

impl Server {
    fn start(name: &str) -> Self {
        let data_dir = std::env::temp_dir().join(format!("latchkey-{name}-{}", std::process::id()));
        let settings = Settings {
            data_dir,
            binaries: std::env::var_os("LATCHKEY_POSTGRES_BIN").map(Into::into),
            durability: Durability::Full,
        };
        let running = PrivatePostgres::start(&settings).unwrap();
        Self {
            settings,
            running: Some(running),
        }
    }

    fn stop(&mut self) {
        drop(self.running.take());
    }

    fn start_again(&mut self) {
        self.running = Some(PrivatePostgres::start(&self.settings).unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.settings.data_dir);
    }
}

/// Waits until the service is ready again.
async fn readiness(client: &Client) {
    let ready = async { while client.get("/health/ready").await.status != 200 {} };
    timeout(Duration::from_secs(20), ready)
        .await
        .expect("ready again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_is_reported_within_3_seconds_and_until_it_is_back() {
    let mut server = Server::start("outage");
    let url = server.running.as_ref().unwrap().database_url().clone();
    migrations::run(&url).unwrap();
    let service = Service::on(&url, &[]);
    service.app.db.open();
    service.account("ada@example.com", Role::User).await;
    let ada = service.signed_in("ada@example.com").await;
    assert_eq!(ada.get(ME).await.status, 200);

    server.stop();
    for round in 0..3 {
        let began = Instant::now();
        let answer = timeout(Duration::from_secs(10), ada.get(ME)).await.unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "{round}: {:?}",
            began.elapsed()
        );
        answer.assert_problem("database_unavailable");
    }
    let answer = ada.get(ME).await;
    assert_snapshot!(answer, @r#"
    503 Service Unavailable
    {
      "action": "retry",
      "code": "database_unavailable",
      "detail": "The service cannot reach its database. Repeat the request in a moment.",
      "request_id": "[request_id]",
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    assert_eq!(answer.header("retry-after"), Some("1"));
    ada.log_in("ada@example.com", PASSWORD)
        .await
        .assert_problem("database_unavailable");
    ada.refresh().await.assert_problem("database_unavailable");
    assert_eq!(ada.get("/health/live").await.status, 200);
    assert_eq!(ada.get("/health/ready").await.status, 503);
    ada.copy()
        .get("/api/v1/users")
        .await
        .assert_problem("forbidden");

    server.start_again();
    readiness(&ada).await;
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(ada.refresh().await.status, 200);
}

#[tokio::test]
async fn connections_that_were_cut_are_replaced_without_a_failed_read() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    assert_eq!(ada.get(ME).await.status, 200);
    for _ in 0..3 {
        service.database(|it| {
            it.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
        });
        assert_eq!(ada.get(ME).await.status, 200);
    }
}

#[tokio::test]
async fn an_address_where_nothing_listens_is_unavailable_in_time() {
    let url = "postgres://latchkey:secret@127.0.0.1:1/latchkey".into();
    let service = Service::on(&url, &[]);
    service.app.db.open();
    let began = Instant::now();
    let answer = service.native().log_in("ada@example.com", PASSWORD).await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    answer.assert_problem("database_unavailable");
    assert!(!answer.text().contains("secret"), "{answer}");
}
