//! The span of a request, by OpenTelemetry's conventions for HTTP. Never a path, a query, a header or an
//! address: they hold secrets, or tell who somebody is.

use axum::extract::Request;
use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanKind, Status, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;

use crate::api::layers::request_id::RequestId;
use crate::metrics::Route;
use crate::spans::Trace;

const TRACEPARENT: &str = "traceparent";

/// Begins the spans of requests.
#[derive(Clone)]
pub struct ServerSpans {
    tracer: SdkTracer,
    scheme: &'static str,
}

impl ServerSpans {
    /// Takes the address at which people reach the service: the service itself speaks no TLS.
    pub fn new(tracer: SdkTracer, public_url: &str) -> Self {
        let is_secure = public_url.starts_with("https:");
        let scheme = if is_secure { "https" } else { "http" };
        Self { tracer, scheme }
    }

    /// Begins the span of a request, below its caller's if it names one.
    pub fn begin(&self, request: &Request, method: &'static str, route: &Route) -> ServerSpan {
        let parent = Traceparent(request.headers());
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &parent);
        let (verb, method) = match method {
            "other" => ("HTTP", "_OTHER"),
            known => (known, known),
        };
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.scheme", self.scheme),
        ];
        if let Some(id) = request.extensions().get::<RequestId>() {
            attributes.push(KeyValue::new("latchkey.request_id", id.to_string()));
        }
        let template = Some(route.name()).filter(|name| name.starts_with('/'));
        let name = match template {
            Some(template) => format!("{verb} {template}"),
            None => verb.to_owned(),
        };
        if let Some(template) = template {
            attributes.push(KeyValue::new("http.route", template.to_owned()));
        }
        let span = self
            .tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes)
            .start_with_context(&self.tracer, &parent);
        ServerSpan(Trace::new(&self.tracer, span))
    }
}

/// The span of a request; ended when dropped.
pub struct ServerSpan(Trace);

impl ServerSpan {
    /// Returns what the spans of the request hang from.
    pub fn trace(&self) -> Trace {
        self.0.clone()
    }

    /// Notes the answer's status.
    pub fn end(self, status: u16) {
        let span = self.0.span();
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if status >= 500 {
            span.set_attribute(KeyValue::new("error.type", status.to_string()));
            span.set_status(Status::error(""));
        }
    }
}

impl Drop for ServerSpan {
    fn drop(&mut self) {
        self.0.span().end();
    }
}

/// The header that names the caller's span, if there is exactly one. What comes in `tracestate` is any
/// text of the caller's, and is not passed on.
struct Traceparent<'a>(&'a HeaderMap);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let mut values = self.0.get_all(TRACEPARENT).iter();
        match (values.next(), values.next()) {
            (Some(value), None) if key == TRACEPARENT => value.to_str().ok(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}
