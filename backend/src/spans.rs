//! Spans of OpenTelemetry below that of a request: what it waits for. They hold constants of the code and
//! nothing of the request. Outside of a request that is traced, nothing happens.
//!
//! Whoever calls another service by HTTP for a request sends the current span along, as W3C's
//! `traceparent`.

use std::sync::Arc;

use opentelemetry::trace::{
    Span as _, SpanKind, SpanRef, Status, TraceContextExt, TraceId, Tracer,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};

tokio::task_local! {
    static TRACE: Trace;
}

/// What the spans of one request hang from.
#[derive(Clone, Debug)]
pub struct Trace(Arc<Root>);

#[derive(Debug)]
struct Root {
    tracer: SdkTracer,
    context: Context,
}

impl Trace {
    /// Makes `span` the one that others hang from.
    pub fn new(tracer: &SdkTracer, span: Span) -> Self {
        Self(Arc::new(Root {
            tracer: tracer.clone(),
            context: Context::new().with_span(span),
        }))
    }

    /// Returns the trace's id.
    pub fn id(&self) -> TraceId {
        self.span().span_context().trace_id()
    }

    /// Returns the request's span.
    pub fn span(&self) -> SpanRef<'_> {
        self.0.context.span()
    }

    /// Runs a request so that what it waits for becomes spans below its own.
    pub fn around<F: Future>(self, request: F) -> impl Future<Output = F::Output> {
        TRACE.scope(self, request)
    }
}

/// A span that ends when it is dropped, on any thread.
#[derive(Debug)]
pub struct Part(Option<Box<Span>>);

/// Begins a span below that of the current request.
pub fn begin(name: &'static str) -> Part {
    begin_of_kind(name, SpanKind::Internal)
}

/// As [`begin`], for what another process is asked to do.
pub fn begin_call(name: &'static str) -> Part {
    begin_of_kind(name, SpanKind::Client)
}

fn begin_of_kind(name: &'static str, kind: SpanKind) -> Part {
    let span = TRACE.try_with(|trace| {
        let Root { tracer, context } = &*trace.0;
        let is_sampled = context.span().span_context().is_sampled();
        is_sampled.then(|| {
            let span = tracer.span_builder(name).with_kind(kind);
            Box::new(span.start_with_context(tracer, context))
        })
    });
    Part(span.ok().flatten())
}

impl Part {
    /// Adds an attribute.
    pub fn with(mut self, key: &'static str, value: &'static str) -> Self {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, value));
        }
        self
    }

    /// Marks what the span stands for as failed.
    pub fn fail(&mut self, reason: &'static str) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new("error.type", reason));
            span.set_status(Status::error(""));
        }
    }
}
