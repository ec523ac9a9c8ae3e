//! Traces for OpenTelemetry, sent as OTLP over HTTP by a thread of their own. Requests never wait for it:
//! what does not fit into its queue is dropped and counted.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData,
    SpanExporter, SpanProcessor,
};
use secrecy::ExposeSecret;

use crate::config::{self, Environment};
use crate::metrics::Tally;

/// How long one attempt to send, and all of them at the end of the process, may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many spans may wait to be sent.
const MAX_WAITING: usize = 4096;

/// How many are sent at once.
const MAX_BATCH: usize = 512;

/// How long spans gather.
const GATHER: Duration = Duration::from_secs(1);

/// Why spans are dropped.
const QUEUE_FULL: &str = "queue_full";
const EXPORT_FAILED: &str = "export_failed";

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// There is no TLS: the machine has no certificates.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
    /// A variable that the exporter reads itself.
    #[error(transparent)]
    Exporter(#[from] ExporterBuildError),
}

/// Makes and sends spans. Dropping it sends the last ones, and waits for that for 2 s at most; not to be
/// done within the runtime.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    queue: Arc<Queue>,
}

impl Traces {
    /// Starts the thread that sends; to be called outside of the runtime.
    ///
    /// # Errors
    ///
    /// There is no TLS, or a variable that OpenTelemetry reads itself asks for what is not there.
    pub fn start(settings: &config::Traces, environment: Environment) -> Result<Self, Unusable> {
        let client = reqwest::blocking::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let headers = settings.headers.iter();
        let headers: HashMap<_, _> = headers
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
            .collect();
        let exporter = OtlpExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(settings.endpoint.as_str())
            .with_headers(headers)
            .with_timeout(PATIENCE)
            .build()?;
        let environment = match environment {
            Environment::Development => "development",
            Environment::Production => "production",
        };
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("LATCHKEY_VERSION")))
            .with_attribute(KeyValue::new("deployment.environment.name", environment))
            .build();
        let sampler = Sampler::TraceIdRatioBased(settings.ratio);
        let sampler = Sampler::ParentBased(Box::new(sampler));
        Ok(Self::send_by(exporter, resource, sampler))
    }

    fn send_by(
        exporter: impl SpanExporter + 'static,
        resource: Resource,
        sampler: Sampler,
    ) -> Self {
        let queue = Arc::new(Queue::default());
        let exporter = Emptying {
            exporter,
            queue: Arc::clone(&queue),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(MAX_WAITING)
            .with_max_export_batch_size(MAX_BATCH)
            .with_scheduled_delay(GATHER)
            .build();
        let sending = BatchSpanProcessor::builder(exporter)
            .with_batch_config(config)
            .build();
        let filling = Filling {
            sending,
            queue: Arc::clone(&queue),
        };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(filling)
            .with_resource(resource)
            .with_sampler(sampler)
            .build();
        Self { provider, queue }
    }

    /// Returns what makes the spans of requests.
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("latchkey")
    }

    /// Returns how many spans were dropped, by reason.
    pub fn dropped(&self) -> Tally {
        self.queue.dropped.clone()
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // The sending thread is not joined when it takes longer: it may hang on a peer.
        let _ = self.provider.shutdown_with_timeout(PATIENCE);
    }
}

/// What is known of the spans that wait to be sent. OpenTelemetry's own queue tells nobody when it is
/// full, so it is never let fill.
#[derive(Debug)]
struct Queue {
    waiting: AtomicUsize,
    dropped: Tally,
    is_failing: AtomicBool,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            dropped: Tally::new("reason", &[QUEUE_FULL, EXPORT_FAILED]),
            is_failing: AtomicBool::new(false),
        }
    }
}

/// Takes spans as long as there is room.
#[derive(Debug)]
struct Filling {
    sending: BatchSpanProcessor,
    queue: Arc<Queue>,
}

impl SpanProcessor for Filling {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.queue.waiting.fetch_add(1, Ordering::Relaxed) < MAX_WAITING {
            self.sending.on_end(span);
        } else {
            self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
            self.queue.dropped.count(QUEUE_FULL);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.sending.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.sending.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.sending.set_resource(resource);
    }
}

/// Sends spans, and makes room for others.
#[derive(Debug)]
struct Emptying<E> {
    exporter: E,
    queue: Arc<Queue>,
}

impl<E: SpanExporter> SpanExporter for Emptying<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let sent = self.exporter.export(batch).await;
        self.queue.waiting.fetch_sub(count, Ordering::Relaxed);
        let was_failing = self.queue.is_failing.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) => {
                let count = u64::try_from(count).unwrap_or(u64::MAX);
                self.queue.dropped.add(EXPORT_FAILED, count);
                if !was_failing {
                    tracing::warn!(%error, "traces cannot be sent and are dropped");
                }
            }
            Ok(()) if was_failing => tracing::info!("traces can be sent again"),
            Ok(()) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use opentelemetry::trace::Tracer;
    use opentelemetry_sdk::error::OTelSdkError;

    use super::*;

    /// Says how much it has got, and waits until it is told how to answer.
    #[derive(Debug)]
    struct Collector {
        got: Sender<usize>,
        answers: Mutex<Receiver<OTelSdkResult>>,
    }

    impl SpanExporter for Collector {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.got.send(batch.len()).unwrap();
            self.answers.lock().unwrap().recv().unwrap()
        }
    }

    #[test]
    fn a_collector_that_hangs_holds_up_nothing_and_what_is_dropped_is_counted() {
        let ((got, batches), (answer, answers)) = (channel(), channel());
        let collector = Collector {
            got,
            answers: Mutex::new(answers),
        };
        let sampler = Sampler::AlwaysOn;
        let traces = Traces::send_by(collector, Resource::builder_empty().build(), sampler);
        let (spans, dropped) = (traces.tracer(), traces.dropped());
        let dropped = |reason| {
            let counters = dropped.counters();
            counters.get_or_create(&[("reason", reason)]).get()
        };
        for _ in 0..MAX_WAITING + 7 {
            spans.start("waiting");
        }
        assert_eq!(dropped(QUEUE_FULL), 7);

        let first = batches.recv().unwrap();
        let failed = OTelSdkError::InternalFailure("nobody is there".into());
        answer.send(Err(failed)).unwrap();
        let mut sent = first;
        while sent < MAX_WAITING {
            sent += batches.recv().unwrap();
            answer.send(Ok(())).unwrap();
        }
        assert_eq!(dropped(EXPORT_FAILED), u64::try_from(first).unwrap());

        // There is room again.
        spans.start("after");
        let last = std::thread::spawn(move || drop(traces));
        assert_eq!(batches.recv().unwrap(), 1);
        answer.send(Ok(())).unwrap();
        last.join().unwrap();
        assert_eq!(dropped(QUEUE_FULL), 7);
    }
}
