//! `latchkey serve`.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::database::Reached;
use super::signals::{Blocked, Signals};
use super::{Failure, database, output};
use crate::api;
use crate::clock::Clock;
use crate::config::{Config, Delivery, Environment};
use crate::process;
use crate::state::App;
use crate::telemetry::{self, Buffer, Reports, Traces};

/// How long queries of disconnected clients, or an interrupted start, may still take.
const LEFT_OVER: Duration = Duration::from_secs(5);

/// How long clients that connect at the start wait for the service to be ready, instead of being told
/// to come back: a balancer may not have noticed that it was away.
const READY_WITHIN: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT; a second one ends the process at once.
pub fn run(config: Config, signals: Blocked) -> Result<(), Failure> {
    // Dropped last in every case, because it writes the last lines.
    let settings = config.reports.as_ref();
    let reports = settings.map(|settings| Reports::start(settings, config.environment));
    let (reports, no_reports) = apart(reports);
    let logs = telemetry::init(&config.logs, reports.as_ref());
    let rest = reports.as_ref().map(Reports::at_end);
    if let Some(error) = no_reports {
        tracing::warn!(%error, "SENTRY_DSN cannot be used; no errors are reported");
    }
    let settings = config.traces.as_ref();
    let traces = settings.map(|settings| Traces::start(settings, config.environment));
    let (traces, no_traces) = apart(traces);
    if let Some(error) = no_traces {
        tracing::warn!(%error, "OTEL_EXPORTER_OTLP_ENDPOINT cannot be used; nothing is traced");
    }
    let signals = signals.count();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(blocking_threads(&config))
        .build()?;
    let mut reached = None;
    let told = Told {
        logs: logs.buffer(),
        traces: traces.as_ref(),
    };
    let served = runtime.block_on(async {
        tokio::select! {
            served = start(config, &signals, &mut reached, told) => Some(served),
            () = signals.told(2) => None,
        }
    });
    let Some(served) = served else {
        // A guard process stops the private PostgreSQL when this process has ended.
        std::mem::forget(reached);
        // Nor is there time for the last reports and traces.
        std::mem::forget((rest, traces));
        runtime.shutdown_background();
        return Err("stopped at once by a second signal".into());
    };
    // A query of a disconnected client may still run, so the database stops last.
    runtime.shutdown_timeout(LEFT_OVER);
    drop(reached);
    tracing::info!("stopped");
    served
}

/// Parts what has started from the reason why it could not, which is told once there is a log.
fn apart<T, E>(started: Option<Result<T, E>>) -> (Option<T>, Option<E>) {
    match started.transpose() {
        Ok(started) => (started, None),
        Err(error) => (None, Some(error)),
    }
}

/// Where the process tells what it does.
struct Told<'a> {
    logs: Buffer,
    traces: Option<&'a Traces>,
}

/// Reaches the database and serves, unless told to stop meanwhile.
async fn start(
    config: Config,
    signals: &Signals,
    reached: &mut Option<Reached>,
    told: Told<'_>,
) -> Result<(), Failure> {
    let settings = config.storage();
    let starting = tokio::task::spawn_blocking(move || database::start(&settings));
    let reached = tokio::select! {
        started = starting => reached.insert(started??),
        () = signals.told(1) => {
            tracing::info!("told to stop during the start");
            return Ok(());
        }
    };
    serve(config, reached, signals, told).await
}

/// One thread per connection and per core that hashes, and some for files and name look-ups.
fn blocking_threads(config: &Config) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    config.database.pool_max_size as usize + cores + 8
}

async fn serve(
    config: Config,
    reached: &Reached,
    signals: &Signals,
    Told { logs, traces }: Told<'_>,
) -> Result<(), Failure> {
    let address = config.bind_address;
    let listener = listen(address, "BIND_ADDRESS").await?;
    let metrics = match config.metrics_address {
        Some(address) => Some(listen(address, "METRICS_ADDR").await?),
        None => None,
    };
    let address = listener.local_addr()?;
    let grace = config.shutdown_grace;
    let app = App::new(config, &reached.url, Clock::default())?;
    let api = api::service(app.clone(), api::routes(), traces.map(Traces::tracer));
    if let Some(listener) = metrics {
        tracing::info!(address = %listener.local_addr()?, "metrics can be scraped");
        process::metrics::serve(listener, &app, logs, traces.map(Traces::dropped));
    }
    process::start(&app, reached.direct.clone());
    announce(&app, address);
    tokio::select! {
        _ = timeout(READY_WITHIN, ready(&app)) => {}
        () = signals.told(1) => {}
        _ = app.failure.wait() => {}
    }
    let told = async {
        tokio::select! {
            () = signals.told(1) => {}
            _ = app.failure.wait() => {}
        }
    };
    if !process::server::serve(listener, &app, api, told).await {
        tracing::warn!("requests were still in flight after {grace:?}; they are cut off");
    }
    match app.failure.get() {
        Some(failure) => Err(failure.as_str().into()),
        None => Ok(()),
    }
}

async fn listen(address: SocketAddr, name: &str) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|error| {
        format!("cannot listen at {address}: {error}; free the port or set {name}").into()
    })
}

async fn ready(app: &App) {
    while !app.db.is_open() {
        sleep(Duration::from_millis(5)).await;
    }
}

fn announce(app: &App, address: SocketAddr) {
    tracing::info!(%address, environment = ?app.config.environment, "listening");
    if app.config.environment == Environment::Development {
        let host = if address.ip().is_loopback() || address.ip().is_unspecified() {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        };
        let mailbox = match app.config.mail.delivery {
            Delivery::Mailbox => format!("  Mailbox     http://{host}/dev/mail\n"),
            Delivery::Off | Delivery::Smtp(_) => String::new(),
        };
        output::offer(format_args!(
            "\n  Latchkey    http://{host}\n  Reference   http://{host}/docs/\n  \
             Document    http://{host}/api/v1/openapi.json\n\
             {mailbox}  Health      http://{host}/health/ready\n  Stop        Ctrl-C\n"
        ));
    }
}
