//! Traces, against a collector that takes OTLP over HTTP.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use nix::sys::signal::Signal;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use serde_json::{Value, json};

use crate::database::Database;
use crate::metrics::{metrics_address, scrape};
use crate::program::{PASSWORD, Service, Setup, awaited};

const SECRET: &str = "bQ7-wE2rT9yU4iO6pA1sD3fG8hJ5kL0zXcVnM";

/// What was posted to it.
struct Collector {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let collector = Self {
            port,
            heads: Arc::default(),
            bodies: Arc::default(),
        };
        let (heads, bodies) = (Arc::clone(&collector.heads), Arc::clone(&collector.bodies));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let lower = line.to_ascii_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    head += &line;
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                heads.lock().unwrap().push(head);
                bodies.lock().unwrap().push(body);
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        collector
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that came, for a search through all of it.
    fn text(&self) -> String {
        let bodies = self.bodies.lock().unwrap().concat();
        String::from_utf8_lossy(&bodies).into_owned()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.bodies.lock().unwrap();
        let decode = |body: &Vec<u8>| ExportTraceServiceRequest::decode(&body[..]).unwrap();
        bodies.iter().map(decode).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests().into_iter();
        let resources = requests.flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    fn resource(&self) -> Resource {
        let first = self.requests().remove(0).resource_spans.remove(0);
        first.resource.unwrap()
    }
}

fn attributes(of: &[KeyValue]) -> BTreeMap<String, Value> {
    let each = of.iter().map(|pair| {
        let value = match pair.value.clone().unwrap().value.unwrap() {
            AnyValue::StringValue(text) => json!(text),
            AnyValue::IntValue(number) => json!(number),
            other => panic!("{other:?}"),
        };
        (pair.key.clone(), value)
    });
    each.collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The span of a request, and the names of those below it in the order of their beginning.
fn tree<'a>(spans: &'a [Span], request_id: &str) -> (&'a Span, Vec<&'a Span>) {
    let is_it = |span: &&Span| {
        let id = attributes(&span.attributes).remove("latchkey.request_id");
        id == Some(json!(request_id))
    };
    let root = spans.iter().find(is_it);
    let root = root.unwrap_or_else(|| panic!("{request_id}: {spans:#?}"));
    let is_below = |span: &&Span| span.trace_id == root.trace_id && span.span_id != root.span_id;
    let mut below: Vec<_> = spans.iter().filter(is_below).collect();
    below.sort_by_key(|span| span.start_time_unix_nano);
    for span in &below {
        assert_eq!(span.parent_span_id, root.span_id, "{span:?}");
        assert!(span.start_time_unix_nano >= root.start_time_unix_nano);
        assert!(span.end_time_unix_nano <= root.end_time_unix_nano);
    }
    (root, below)
}

fn names(spans: &[&Span]) -> Vec<String> {
    spans.iter().map(|span| span.name.clone()).collect()
}

fn get_own_user(service: &Service, token: &str, headers: &str) {
    let headers = format!("authorization: Bearer {token}\r\n{headers}");
    let path = "/api/v1/users/me?token=odd-credential";
    let answer = service.ask("GET", path, &headers, &Value::Null).unwrap();
    assert_eq!(answer.status, 200);
}

/// The line of a request in the log.
fn line(service: &Service, request_id: &str) -> Value {
    let log = service.log();
    let mut lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let is_it = |line: &Value| line["request_id"] == request_id && line["status"].is_number();
    lines
        .find(is_it)
        .unwrap_or_else(|| panic!("{request_id}: {log}"))
}

#[test]
fn requests_are_trees_of_spans_without_anything_secret_or_personal() {
    let collector = Collector::start();
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("JWT_SECRET", SECRET)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())
        .with("OTEL_EXPORTER_OTLP_HEADERS", "api-key=5ecret0key")
        .with("OTEL_SERVICE_NAME", "accounts");
    let mut service = setup.start_ready();
    service.register("ada@example.com").unwrap();
    let (trace_id, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let headers = format!(
        "x-client-type: native\r\nx-request-id: sign-in\r\nuser-agent: odd-agent\r\n\
         traceparent: 00-{trace_id}-{caller}-01\r\ntracestate: odd=state\r\n"
    );
    let path = "/api/v1/auth/login?token=odd-credential";
    let app = service.ask("POST", path, &headers, &body).unwrap();
    assert_eq!(app.status, 200);
    get_own_user(
        &service,
        &app.text("access_token"),
        "x-request-id: read\r\n",
    );
    let missing = "/api/v1/missing/odd-credential";
    let headers = "x-client-type: native\r\nx-request-id: missing\r\n";
    let answer = service.ask("odd-verb", missing, headers, &Value::Null);
    assert_eq!(answer.unwrap().status, 404);
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0));

    let spans = collector.spans();
    let (root, below) = tree(&spans, "sign-in");
    assert_eq!(root.name, "POST /api/v1/auth/login");
    assert_eq!(root.kind(), SpanKind::Server);
    assert_eq!(hex(&root.trace_id), trace_id);
    assert_eq!(hex(&root.parent_span_id), caller);
    let expected = json!({
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/api/v1/auth/login",
        "latchkey.request_id": "sign-in",
        "url.scheme": "http",
    });
    assert_eq!(json!(attributes(&root.attributes)), expected);
    let expected = [
        "db.wait",
        "db.query",
        "hash.wait",
        "hash",
        "db.wait",
        "db.transaction",
    ];
    assert_eq!(names(&below), expected);

    let (root, below) = tree(&spans, "read");
    assert_eq!(root.name, "GET /api/v1/users/me");
    assert_eq!(root.parent_span_id, [0; 0]);
    assert_eq!(names(&below), ["db.wait", "db.query"]);
    let pool = "db.client.connection.pool.name";
    let expected = json!({"db.system.name": "postgresql", pool: "primary"});
    assert_eq!(json!(attributes(&below[1].attributes)), expected);
    assert_eq!(below[1].kind(), SpanKind::Client);
    assert_eq!(line(&service, "read")["trace_id"], hex(&root.trace_id));
    assert_eq!(line(&service, "sign-in")["trace_id"], trace_id);

    let (root, _) = tree(&spans, "missing");
    assert_eq!(root.name, "HTTP");
    let method = &attributes(&root.attributes)["http.request.method"];
    assert_eq!(method, "_OTHER");
    // The service was asked for its health until it was ready.
    assert!(!spans.iter().any(|span| span.name.contains("health")));

    let resource = attributes(&collector.resource().attributes);
    assert_eq!(resource["service.name"], "accounts");
    assert_eq!(resource["deployment.environment.name"], "development");
    let heads = collector.heads.lock().unwrap().concat();
    assert!(heads.starts_with("POST /v1/traces "), "{heads}");
    assert!(heads.contains("api-key: 5ecret0key"), "{heads}");

    let text = collector.text();
    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    for personal in [
        "ada@example.com",
        PASSWORD,
        SECRET,
        &app.text("access_token"),
        &app.text("refresh_token"),
        "odd-",
        "odd=",
        "127.0.0.1",
        "$argon2",
        "SELECT",
        "postgres://",
        "5ecret0key",
        &host,
    ] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[test]
fn a_caller_decides_whether_its_request_is_traced_and_the_ratio_for_those_that_do_not_say() {
    let collector = Collector::start();
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())
        .with("OTEL_TRACES_SAMPLER_ARG", "0");
    let mut service = setup.start_ready();
    service.register("ada@example.com").unwrap();
    let token = service.log_in("ada@example.com").text("access_token");
    let trace = |number: u8| format!("4bf92f3577b34da6a3ce929d0e0e47{number:02x}");
    let caller = "00f067aa0ba902b7";
    for (id, parent) in [
        ("unasked", String::new()),
        (
            "refused",
            format!("traceparent: 00-{}-{caller}-00\r\n", trace(1)),
        ),
        (
            "wanted",
            format!("traceparent: 00-{}-{caller}-01\r\n", trace(2)),
        ),
        ("garbled", "traceparent: 00-odd-odd-01\r\n".to_owned()),
        (
            "ambiguous",
            format!("traceparent: 00-{}-{caller}-01\r\n", trace(3)).repeat(2),
        ),
    ] {
        let headers = format!("x-request-id: {id}\r\n{parent}");
        get_own_user(&service, &token, &headers);
    }
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0));

    let spans = collector.spans();
    let (root, below) = tree(&spans, "wanted");
    assert_eq!(hex(&root.trace_id), trace(2));
    assert_eq!(spans.len(), 1 + below.len(), "{spans:#?}");
    assert_eq!(line(&service, "refused")["trace_id"], trace(1));
    for id in ["unasked", "garbled", "ambiguous"] {
        let own = line(&service, id)["trace_id"].as_str().unwrap().to_owned();
        assert_eq!(own.len(), 32);
        assert!(!own.starts_with("4bf92f3577b34da6"), "{id}: {own}");
    }
}

#[test]
fn requests_and_the_end_do_not_wait_for_a_collector_that_is_away_or_hangs() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed_port = closed.local_addr().unwrap().port();
    drop(closed);
    // The kernel takes its connections, and nobody answers.
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging_port = hanging.local_addr().unwrap().port();
    for port in [closed_port, hanging_port] {
        let (url, _connection) = Database::bare();
        let setup = Setup::on(&url).with("METRICS_ADDR", "127.0.0.1:0").with(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            &format!("http://127.0.0.1:{port}"),
        );
        let mut service = setup.start_ready();
        service.register("ada@example.com").unwrap();
        let token = service.log_in("ada@example.com").text("access_token");
        awaited("spans are dropped", || {
            get_own_user(&service, &token, "");
            service
                .log()
                .contains("traces cannot be sent")
                .then_some(())
        });
        let samples = scrape(metrics_address(&service));
        assert!(samples["latchkey_spans_dropped_total{reason=\"export_failed\"}"] > 0.0);
        get_own_user(&service, &token, "");
        service.signal(Signal::SIGTERM);
        assert_eq!(service.ended().code(), Some(0));
        assert!(!service.log().contains("cut off"), "{}", service.log());
    }
    // It was asked: else nothing was tried.
    hanging.set_nonblocking(true).unwrap();
    awaited("a request to the hanging collector", || {
        hanging.accept().ok()
    });
}

#[test]
fn without_an_endpoint_nothing_is_traced() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url).with("METRICS_ADDR", "127.0.0.1:0");
    let service = setup.start_ready();
    service.register("ada@example.com").unwrap();
    let token = service.log_in("ada@example.com").text("access_token");
    get_own_user(&service, &token, "x-request-id: read\r\n");
    awaited("the log is written", || {
        service.log().contains("\"read\"").then_some(())
    });
    assert!(line(&service, "read").get("trace_id").is_none());
    let samples = scrape(metrics_address(&service));
    assert!(!samples.keys().any(|name| name.contains("spans")));
}
