//! Reports of panics to a Sentry server of the test, in a process of its own because the hook is global.

use std::env;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use latchkey::api;
use latchkey::config::{Config, LogFormat, Logs};
use latchkey::process::supervise;
use latchkey::telemetry::{self, Reports};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use utoipa_axum::router::OpenApiRouter;

use crate::support::{PASSWORD, Service, settings};

const MADE: &str = "/api/v1/made-for-a-test";
const ROLE: &str = "LATCHKEY_TEST_PANIC_REPORTS";
const ADDRESS: &str = "ada@example.com";
const MAILED_CODE: &str = "73920418";

type Posted = Arc<Mutex<Vec<String>>>;

/// The worst panic: its text quotes the whole request.
async fn fail(headers: HeaderMap, body: String) -> StatusCode {
    panic!("{headers:?} {body}")
}

/// Starts the server, and returns its port and what is posted to it.
async fn start_sink() -> (u16, Posted) {
    let posted = Posted::default();
    let taken = Arc::clone(&posted);
    let take = move |headers: HeaderMap, envelope: String| async move {
        let mut taken = taken.lock().unwrap();
        taken.push(format!("{headers:?}\n{envelope}"));
        "{}"
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sink = Router::new().fallback(post(take));
    tokio::spawn(async move { axum::serve(listener, sink).await.unwrap() });
    (port, posted)
}

/// The events that were posted, as soon as there are so many.
async fn events(posted: &Posted, count: usize) -> Vec<Value> {
    loop {
        let text = posted.lock().unwrap().join("\n");
        let items = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let found: Vec<Value> = items
            .filter(|item: &Value| item["exception"].is_object())
            .collect();
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The child process: a request panics, and then a background task.
async fn panic_with_secrets() {
    let (port, posted) = start_sink().await;
    let dsn = format!("http://reportingkey@localhost:{port}/1");
    let config = Config::from_variables(settings(&[("SENTRY_DSN", &dsn)])).unwrap();
    let reports = Reports::start(&config.reports.unwrap(), config.environment).unwrap();
    let logs = Logs {
        filter: "off".into(),
        format: LogFormat::Json,
        has_colors: false,
    };
    let flush = telemetry::init(&logs, Some(&reports));
    let mut routes = api::routes();
    let more = OpenApiRouter::from(Router::new().route(MADE, post(fail)));
    routes.general = routes.general.merge(more);
    let service = Service::with_routes(&[], routes);
    let ada = service.user(ADDRESS).await;
    let ada = ada
        .with("x-request-id", "find-me")
        .with("cookie", "flow=a-cookie");
    let body = json!({"email": ADDRESS, "password": PASSWORD, "code": MAILED_CODE});
    assert_eq!(ada.post(MADE, body).await.status, 500);
    let of_request = events(&posted, 1).await.remove(0);
    assert_eq!(of_request["exception"]["values"][0]["type"], "panicked");
    assert_eq!(of_request["tags"]["request_id"], "find-me");
    let location = of_request["tags"]["location"].as_str().unwrap();
    assert!(location.contains("panic_reports.rs"), "{location}");

    supervise(&service.app, "sample", move || async move {
        panic!("the code {MAILED_CODE} for {ADDRESS}")
    });
    let of_task = events(&posted, 3).await;
    let types: Vec<_> = of_task
        .iter()
        .map(|event| &event["exception"]["values"][0]["type"])
        .collect();
    assert_eq!(types[1], "panicked");
    assert_eq!(types[2], "a background task panicked; it starts again");
    assert_eq!(of_task[2]["tags"]["task"], "sample");

    let text = posted.lock().unwrap().join("\n");
    let (access, refresh) = (ada.access_token().unwrap(), ada.refresh_token().unwrap());
    for secret in [
        ADDRESS,
        PASSWORD,
        MAILED_CODE,
        "a-cookie",
        &access,
        &refresh,
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    drop(flush);
}

#[tokio::test]
async fn a_panic_is_reported_without_what_it_says() {
    if env::var_os(ROLE).is_some() {
        return panic_with_secrets().await;
    }
    let name = "panic_reports::a_panic_is_reported_without_what_it_says";
    let ran = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ROLE, "panics")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let log = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}{log}");
    assert!(said.contains("1 passed"), "{said}");
}
