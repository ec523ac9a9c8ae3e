//! The metrics for Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::database::Database;
use crate::program::{Service, Setup, awaited};

const NATIVE: &str = "x-client-type: native\r\n";

/// A service whose replica is its primary, and whose collector of traces is away, so that every metric is
/// there.
fn start(url: &SecretString) -> Service {
    Setup::on(url)
        .with("DATABASE_REPLICA_URL", url.expose_secret())
        .with("METRICS_ADDR", "127.0.0.1:0")
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .with("SMTP_URL", "smtp://127.0.0.1:9")
        .with("MAIL_FROM", "no-reply@example.com")
        .with("EMAIL_VERIFICATION", "off")
        .start_ready()
}

pub fn metrics_address(service: &Service) -> SocketAddr {
    awaited("the log says where the metrics are", || {
        let log = service.log();
        let mut lines = log.split_inclusive('\n').filter(|it| it.ends_with('\n'));
        let line = lines.find(|line| line.contains("metrics can be scraped"))?;
        line.split('"').find_map(|word| word.parse().ok())
    })
}

/// The head and body of a response.
fn get(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

/// The samples by name and labels.
pub fn scrape(address: SocketAddr) -> BTreeMap<String, f64> {
    let (head, body) = get(address, "/metrics", "");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let samples = body.lines().filter(|line| !line.starts_with('#'));
    let pairs = samples.map(|line| line.rsplit_once(' ').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// The names of all metrics, from their `TYPE` lines.
fn names(address: SocketAddr) -> BTreeSet<String> {
    let (_, body) = get(address, "/metrics", "");
    let types = body.lines().filter_map(|it| it.strip_prefix("# TYPE "));
    let names = types.map(|it| it.split(' ').next().unwrap().to_owned());
    names.collect()
}

#[test]
fn counts_go_up_by_exactly_what_was_done() {
    let (url, _connection) = Database::bare();
    let service = start(&url);
    let address = metrics_address(&service);
    let before = scrape(address);
    service.register("ada@example.com").unwrap();
    let wrong = json!({"email": "ada@example.com", "password": "a wrong passphrase"});
    let ask = |path: &str, body: &Value| service.ask("POST", path, NATIVE, body).unwrap();
    assert_eq!(ask("/api/v1/auth/login", &wrong).status, 401);
    let first = service.log_in("ada@example.com").text("refresh_token");
    let stale = json!({"refresh_token": first});
    let newer = ask("/api/v1/auth/refresh", &stale).text("refresh_token");
    // A race, then an invalid token.
    assert_eq!(ask("/api/v1/auth/refresh", &stale).status, 200);
    let made_up = json!({"refresh_token": "made-up"});
    assert_eq!(ask("/api/v1/auth/refresh", &made_up).status, 401);
    let newest = json!({"refresh_token": newer});
    assert_eq!(ask("/api/v1/auth/logout", &newest).status, 204);
    assert_eq!(ask("/api/v1/auth/refresh", &newest).status, 401);
    let after = scrape(address);

    let login = r#"route="/api/v1/auth/login""#;
    for (sample, expected) in [
        (
            r#"latchkey_sign_ins_total{outcome="succeeded"}"#.to_owned(),
            1,
        ),
        (
            r#"latchkey_sign_ins_total{outcome="refused"}"#.to_owned(),
            1,
        ),
        (
            r#"latchkey_refreshes_total{outcome="advanced"}"#.to_owned(),
            1,
        ),
        (r#"latchkey_refreshes_total{outcome="raced"}"#.to_owned(), 1),
        (
            r#"latchkey_refreshes_total{outcome="invalid"}"#.to_owned(),
            1,
        ),
        (
            r#"latchkey_refreshes_total{outcome="revoked"}"#.to_owned(),
            1,
        ),
        (
            r#"latchkey_refreshes_total{outcome="reused"}"#.to_owned(),
            0,
        ),
        (
            r#"latchkey_sessions_ended_total{reason="signed_out"}"#.to_owned(),
            1,
        ),
        (
            format!(r#"http_requests_total{{method="POST",{login},status="200"}}"#),
            1,
        ),
        (
            format!(r#"http_requests_total{{method="POST",{login},status="401"}}"#),
            1,
        ),
        (format!("http_request_duration_seconds_count{{{login}}}"), 2),
        // One registration and two verifications.
        ("latchkey_hash_seconds_count".to_owned(), 3),
    ] {
        let count = |samples: &BTreeMap<String, f64>| samples.get(&sample).copied();
        let now = count(&after).unwrap_or_else(|| panic!("{sample} is missing: {after:#?}"));
        let grown = now - count(&before).unwrap_or_default();
        assert!(
            (grown - f64::from(expected)).abs() < 0.5,
            "{sample} {grown}"
        );
    }
    // Scrapes do not count as requests of the public port, and none is in progress.
    assert_eq!(after["http_requests_in_flight"].to_string(), "0");
    assert_eq!(
        after[r#"latchkey_db_pool_in_use_connections{pool="replica"}"#].to_string(),
        "0"
    );
    awaited("the instance hears itself", || {
        let samples = scrape(address);
        let is_listening = samples["latchkey_revocations_listening"] > 0.5;
        (is_listening && samples["latchkey_revocation_lag_seconds_count"] > 0.5).then_some(())
    });
}

#[test]
fn the_public_port_has_no_metrics() {
    let (url, _connection) = Database::bare();
    let service = start(&url);
    let (head, body) = get(service.address, "/metrics", "");
    assert!(
        !head.contains("version=0.0.4") && !body.contains("http_requests"),
        "{body}"
    );
    let (head, body) = get(metrics_address(&service), "/", "");
    assert!(
        head.starts_with("http/1.1 404") && body.contains("/metrics"),
        "{head}"
    );
}

#[test]
fn random_paths_and_methods_create_no_time_series() {
    let (url, _connection) = Database::bare();
    let service = start(&url);
    let address = metrics_address(&service);
    let series = || {
        scrape(address)
            .keys()
            .filter(|it| it.starts_with("http_"))
            .count()
    };
    let ask = |number: usize| {
        for path in [
            "/api/v1/x",
            "/api/v1/users/",
            "/x",
            "/docs/x/",
            "/.well-known/x",
        ] {
            let (method, path) = (format!("M{number}"), format!("{path}{number}"));
            service.ask(&method, &path, "", &Value::Null).unwrap();
            service.ask("GET", &path, "", &Value::Null).unwrap();
        }
    };
    ask(0);
    let before = series();
    (1..100).for_each(ask);
    assert_eq!(series(), before);
}

#[test]
fn promtool_finds_nothing_wrong() {
    let (url, _connection) = Database::bare();
    let service = start(&url);
    service.register("ada@example.com").unwrap();
    let address = metrics_address(&service);
    let (_, body) = get(address, "/metrics", "");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("promtool is needed: apt install prometheus");
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(body.as_bytes()).unwrap();
    drop(input);
    let checked = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && said.is_empty(), "{said}");

    let accept = "accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    let (head, body) = get(address, "/metrics", accept);
    assert!(
        head.contains("application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    assert!(body.ends_with("# EOF\n"));
}

#[test]
fn every_metric_is_documented_and_every_named_one_exists() {
    let (url, _connection) = Database::bare();
    let service = start(&url);
    service.register("ada@example.com").unwrap();
    let address = metrics_address(&service);
    awaited(
        "tasks have done their work, and the replica was asked",
        || {
            let there = names(address);
            let late = [
                "latchkey_task_last_success_timestamp_seconds",
                "latchkey_db_replica_lag_seconds",
            ];
            late.iter().all(|it| there.contains(*it)).then_some(())
        },
    );
    let there = names(address);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for file in [
        "docs/observability.md",
        "deploy/grafana/latchkey.json",
        "deploy/prometheus/alerts.yaml",
    ] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let named: BTreeSet<_> = words
            .filter(|word| {
                let prefixes = ["latchkey_", "http_request", "process_"];
                prefixes.iter().any(|it| word.starts_with(it)) && word.matches('_').count() > 1
            })
            .map(|word| {
                let part = ["_bucket", "_sum", "_count"].iter();
                part.fold(word, |word, it| word.strip_suffix(it).unwrap_or(word))
                    .to_owned()
            })
            .collect();
        let unknown: Vec<_> = named.difference(&there).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}");
        let missing: Vec<_> = there.difference(&named).collect();
        let is_complete = !file.starts_with("docs/") || missing.is_empty();
        assert!(is_complete, "{file} lacks {missing:?}");
    }
}

#[test]
fn metrics_are_there_until_the_process_ends() {
    let (url, _connection) = Database::bare();
    let mut service = Setup::on(&url)
        .with("METRICS_ADDR", "127.0.0.1:0")
        .with("SHUTDOWN_DELAY_SECONDS", "2")
        .start_ready();
    let address = metrics_address(&service);
    service.signal(Signal::SIGTERM);
    awaited("it is not ready", || {
        (service.get("/health/ready").status == 503).then_some(())
    });
    assert!(scrape(address).contains_key("process_open_fds"));
    assert!(service.ended().success());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn an_invalid_metrics_address_is_refused() {
    let check = |address: &str| {
        let setup = Setup::new().with("BIND_ADDRESS", "127.0.0.1:8123");
        setup
            .with("METRICS_ADDR", address)
            .run(&["config", "check"], "")
    };
    for bad in ["9464", "localhost:9464", "127.0.0.1", "0.0.0.0:8123"] {
        let ran = check(bad);
        assert!(
            ran.code != Some(0) && ran.stderr.contains("METRICS_ADDR"),
            "{ran:?}"
        );
    }
    let ran = check("0.0.0.0:9464");
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
