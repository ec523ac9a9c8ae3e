//! What is logged, and how, and where traces are sent.

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::reader::Reader;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person's terminal.
    Pretty,
    /// One JSON object a line, for a log collector.
    Json,
}

/// Logging.
#[derive(Clone, Debug)]
pub struct Logs {
    /// `RUST_LOG`: filter directives as `tracing_subscriber::EnvFilter` reads them.
    pub filter: String,
    /// `LOG_FORMAT`.
    pub format: LogFormat,
    /// Whether colours are welcome on a terminal: `NO_COLOR` refuses them (<https://no-color.org>).
    pub has_colors: bool,
}

impl Logs {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let filter = reader.text("RUST_LOG").unwrap_or("info".into());
        if let Err(error) = EnvFilter::builder().parse(&filter) {
            reader.problem("RUST_LOG", format_args!("cannot be read: {error}"));
        }
        let default = if reader.is_production {
            LogFormat::Json
        } else {
            LogFormat::Pretty
        };
        let formats = [("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];
        Self {
            filter,
            format: reader.choice("LOG_FORMAT", &formats, default),
            has_colors: reader.text("NO_COLOR").is_none(),
        }
    }
}

/// Traces for OpenTelemetry. The variables have the names that OpenTelemetry gives them.
#[derive(Clone, Debug)]
pub struct Traces {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, with the path of traces.
    pub endpoint: Url,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: what each request to it carries, such as a key.
    pub headers: Vec<(String, SecretString)>,
    /// `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// `OTEL_TRACES_SAMPLER_ARG`: the share of requests that are traced where the caller leaves it open.
    pub ratio: f64,
}

impl Traces {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let headers = read_headers(reader);
        let ratio = read_ratio(reader);
        let service_name = reader.text("OTEL_SERVICE_NAME");
        let text = reader.text(NAME)?;
        let Some(endpoint) = parse_endpoint(&text) else {
            reader.problem(
                NAME,
                "not the address of a collector; write http://host:4318, and what it asks for in \
                 OTEL_EXPORTER_OTLP_HEADERS",
            );
            return None;
        };
        Some(Self {
            endpoint,
            headers,
            service_name: service_name.unwrap_or("latchkey".into()),
            ratio,
        })
    }
}

/// Adds the path of traces, as OTLP wants it. An address with a password would be shown by errors.
fn parse_endpoint(text: &str) -> Option<Url> {
    let url = Url::parse(&format!("{}/v1/traces", text.trim_end_matches('/'))).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain.then_some(url)
}

fn read_ratio(reader: &mut Reader) -> f64 {
    const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
    let ratio = reader.parsed(NAME, 1.0);
    if (0.0..=1.0).contains(&ratio) {
        return ratio;
    }
    reader.problem(NAME, "must be between 0 and 1");
    1.0
}

/// Reads `name=value` pairs whose values are percent-encoded. They hold keys, so no message quotes them.
fn read_headers(reader: &mut Reader) -> Vec<(String, SecretString)> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    let pairs = reader.list(NAME);
    let headers: Option<Vec<_>> = pairs.iter().map(|pair| parse_header(pair)).collect();
    headers.unwrap_or_else(|| {
        let example = "not a list of headers; write name=value,other=value";
        reader.problem(NAME, example);
        Vec::new()
    })
}

fn parse_header(pair: &str) -> Option<(String, SecretString)> {
    let (name, value) = pair.split_once('=')?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
    let value = percent_encoding::percent_decode_str(value.trim());
    let value = value.decode_utf8().ok()?.into_owned();
    HeaderValue::from_str(&value).ok()?;
    Some((name.as_str().to_owned(), value.into()))
}
