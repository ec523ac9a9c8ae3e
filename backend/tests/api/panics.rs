//! Panics in the log, in a process of its own because the hook is global.

use std::env;
use std::process::Command;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use diesel::QueryResult;
use latchkey::api;
use latchkey::config::{LogFormat, Logs};
use latchkey::telemetry;
use serde_json::Value;
use tracing::Instrument;
use utoipa_axum::router::OpenApiRouter;

use crate::support::Service;

const MADE: &str = "/api/v1/made-for-a-test";
const ROLE: &str = "LATCHKEY_TEST_PANICS";

async fn fail() -> StatusCode {
    panic!("a text\nfor the log")
}

/// The child process: it logs like the service, and panics three times.
async fn panic_in_many_places() {
    let logs = telemetry::init(
        &Logs {
            filter: "info".into(),
            format: LogFormat::Json,
            has_colors: false,
        },
        None,
    );
    let mut routes = api::routes();
    let more = OpenApiRouter::from(Router::new().route(MADE, get(fail)));
    routes.general = routes.general.merge(more);
    let service = Service::with_routes(&[], routes);
    let client = service.anonymous().with("x-request-id", "find-me");
    assert_eq!(client.get(MADE).await.status, 500);
    let span = tracing::error_span!("request", request_id = "find-me-too");
    let app = service.app.clone();
    let fails = async move {
        app.db
            .read(|_| -> QueryResult<()> { panic!("in the database") })
            .await
    };
    let task = tokio::spawn(fails.instrument(span));
    assert!(task.await.unwrap_err().is_panic());
    std::thread::spawn(|| panic!("outside")).join().unwrap_err();
    drop(logs);
}

#[tokio::test]
async fn a_panic_is_one_line_of_the_log_with_its_request() {
    if env::var_os(ROLE).is_some() {
        return panic_in_many_places().await;
    }
    let name = "panics::a_panic_is_one_line_of_the_log_with_its_request";
    let ran = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ROLE, "panics")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let log = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let errors: Vec<_> = lines
        .iter()
        .filter(|line| line["level"] == "ERROR")
        .collect();
    let told = |of: &str| {
        errors
            .iter()
            .map(|line| line[of].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told("cause"),
        ["a text\nfor the log", "in the database", "outside"],
        "{log}"
    );
    assert_eq!(
        told("request_id"),
        [Value::from("find-me"), "find-me-too".into(), Value::Null]
    );
    for line in &errors {
        let location = line["location"].as_str().unwrap();
        assert!(location.contains("panics.rs"), "{location}");
    }
}
