//! `/health`: the checks of load balancers and supervisors.

use std::sync::atomic::Ordering;

use insta::assert_snapshot;

use crate::support::{Database, Service};

#[tokio::test]
async fn a_running_service_is_alive_and_ready() {
    let service = Service::start();
    let client = service.anonymous();
    assert_snapshot!(client.get("/health/live").await, @r#"
    200 OK
    {
      "status": "ok"
    }
    "#);
    assert_snapshot!(client.get("/health/ready").await, @r#"
    200 OK
    {
      "checks": {
        "database": "ok",
        "revocations": "unknown"
      },
      "status": "ready"
    }
    "#);
}

#[tokio::test]
async fn a_service_that_was_told_to_stop_is_alive_but_not_ready() {
    let service = Service::start();
    service.app.is_stopping.store(true, Ordering::Relaxed);
    let client = service.anonymous();
    assert_eq!(client.get("/health/live").await.status, 200);
    assert_snapshot!(client.get("/health/ready").await, @r#"
    503 Service Unavailable
    {
      "checks": {
        "database": "ok",
        "revocations": "unknown"
      },
      "status": "stopping"
    }
    "#);
}

#[tokio::test]
async fn a_service_without_its_tables_is_alive_but_not_ready() {
    let mut database = Database::lease();
    let url = database.url();
    let service = Service::on(&url, &[]);
    let client = service.anonymous();
    assert_eq!(client.get("/health/live").await.status, 200);
    assert_snapshot!(client.get("/health/ready").await, @r#"
    503 Service Unavailable
    {
      "checks": {
        "database": "unavailable",
        "revocations": "unknown"
      },
      "status": "not_ready"
    }
    "#);
    service.app.db.open();
    assert_eq!(client.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn probes_need_no_credentials_and_ignore_wrong_ones() {
    let service = Service::start();
    let client = service.anonymous().with("authorization", "Bearer nonsense");
    client.set_cookie("access_token", "nonsense");
    assert_eq!(client.get("/health/live").await.status, 200);
    assert_eq!(client.get("/health/ready").await.status, 200);
}
