//! Reports errors and panics as events to Sentry. An event contains only known values: the constant
//! message, the type of the cause, the source location, the request id and the route. The texts of
//! causes stay in the log, because they may quote what clients sent.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota};
use secrecy::ExposeSecret;
use sentry::integrations::backtrace::{ProcessStacktraceIntegration, current_stacktrace};
use sentry::protocol::{Event, Exception};
use sentry::transports::ReqwestHttpTransportOptions;
use sentry::{Client, ClientOptions, Transport, TransportFactory, TransportOptions};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::panics;
use crate::config::{self, Environment};

/// How long one report may take, and all of them at the end of the process.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many events a minute are reported; the log has all of them.
const MAX_PER_MINUTE: NonZero<u32> = NonZero::new(60).unwrap();

/// The methods that are reported; any other text could contain anything.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Reports log lines of level `ERROR`.
#[derive(Clone)]
pub struct Reports {
    client: Arc<Client>,
    budget: Arc<DefaultDirectRateLimiter>,
}

impl Reports {
    /// Starts the sending thread. Fails if TLS is unavailable because the machine has no
    /// certificates.
    pub fn start(
        settings: &config::Reports,
        environment: Environment,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let environment = match environment {
            Environment::Development => "development",
            Environment::Production => "production",
        };
        let options = ClientOptions::new()
            .dsn(settings.dsn.expose_secret())
            .release(release())
            .environment(environment)
            .in_app_include(["latchkey"])
            .in_app_exclude(["latchkey::telemetry"])
            .add_integration(ProcessStacktraceIntegration::new())
            .before_send(|event| Some(keep_closed(event)))
            .transport(OwnClient(http));
        let quota = Quota::per_minute(MAX_PER_MINUTE);
        Ok(Self {
            client: Arc::new(Client::with_options(options)),
            budget: Arc::new(DefaultDirectRateLimiter::direct(quota)),
        })
    }

    /// A guard that sends the last events when dropped, which takes at most 2 s.
    pub fn at_end(&self) -> Rest {
        Rest(Arc::clone(&self.client))
    }
}

/// The remaining events. The sending thread is not joined, because its peer may hang.
pub struct Rest(Arc<Client>);

impl Drop for Rest {
    fn drop(&mut self) {
        self.0.flush(Some(PATIENCE));
    }
}

/// Sends with our own HTTP client: that of the Sentry crate has no timeout.
struct OwnClient(reqwest::Client);

impl TransportFactory for OwnClient {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let options = ReqwestHttpTransportOptions::from(options);
        Arc::new(options.with_client(self.0.clone()).build())
    }
}

/// The release in the form that Sentry sorts by: `latchkey@0.1.0+3f2a9c`.
fn release() -> String {
    let version = env!("LATCHKEY_VERSION").replace(" (", "+");
    format!("latchkey@{}", version.trim_end_matches(')'))
}

/// Removes what the Sentry crate, or a later version of it, may add.
fn keep_closed(event: Event<'static>) -> Event<'static> {
    Event {
        server_name: None,
        user: None,
        request: None,
        contexts: sentry::protocol::Map::new(),
        breadcrumbs: Vec::new().into(),
        extra: sentry::protocol::Map::new(),
        ..event
    }
}

/// Whether an event is reported, or a span is that of a request. Messages of other crates may quote
/// anything.
pub(super) fn is_reported(metadata: &Metadata<'_>) -> bool {
    *metadata.level() == Level::ERROR && metadata.target().starts_with("latchkey")
}

impl<S> Layer<S> for Reports
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        if self.budget.check().is_err() {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.iter().cloned());
            }
        }
        let metadata = event.metadata();
        let is_panic = metadata.target() == panics::TARGET;
        let stack = is_panic.then(current_stacktrace).flatten();
        self.client
            .capture_event(fields.into_event(metadata, stack), None);
    }
}

/// The fields of an event or span that are safe to send.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// The allowed fields: those whose values are constants in the code, and the request id.
    const ALLOWED: [&str; 7] = [
        "message",
        "kind",
        "location",
        "task",
        "request_id",
        "method",
        "route",
    ];

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| *known == name)?;
        Some(&found.1)
    }

    fn into_event(
        self,
        metadata: &'static Metadata<'static>,
        stacktrace: Option<sentry::protocol::Stacktrace>,
    ) -> Event<'static> {
        let method = self.get("method").filter(|method| METHODS.contains(method));
        let route = self.get("route");
        let transaction = route.map(|route| format!("{} {route}", method.unwrap_or("_OTHER")));
        let place = metadata.file().zip(metadata.line());
        let place = place.map(|(file, line)| format!("{file}:{line}"));
        let detail = ["kind", "location", "task"];
        let exception = Exception {
            ty: self.get("message").unwrap_or("an error").to_owned(),
            value: detail
                .into_iter()
                .find_map(|name| self.get(name))
                .map(str::to_owned)
                .or(place),
            module: Some(metadata.target().to_owned()),
            stacktrace,
            ..Exception::default()
        };
        let is_tag = |name: &str| !matches!(name, "message" | "method");
        Event {
            level: sentry::Level::Error,
            logger: Some(metadata.target().to_owned()),
            transaction,
            exception: vec![exception].into(),
            tags: self
                .0
                .into_iter()
                .filter(|(name, _)| is_tag(name))
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ..Event::default()
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if Self::ALLOWED.contains(&field.name()) {
            self.0.push((field.name(), value.to_owned()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if Self::ALLOWED.contains(&field.name()) {
            self.0.push((field.name(), format!("{value:?}")));
        }
    }
}
