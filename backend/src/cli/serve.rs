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
use crate::telemetry::{self, Buffer, Reports};

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
    let (reports, problem) = match reports.transpose() {
        Ok(reports) => (reports, None),
        Err(error) => (None, Some(error)),
    };
    let logs = telemetry::init(&config.logs, reports.as_ref());
    let rest = reports.as_ref().map(Reports::at_end);
    if let Some(error) = problem {
        tracing::warn!(%error, "SENTRY_DSN cannot be used; no errors are reported");
    }
    let signals = signals.count();
    for note in config.notes() {
        tracing::warn!("{note}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(blocking_threads(&config))
        .build()?;
    let mut reached = None;
    let served = runtime.block_on(async {
        tokio::select! {
            served = start(config, &signals, &mut reached, logs.buffer()) => Some(served),
            () = signals.told(2) => None,
        }
    });
    let Some(served) = served else {
        // A guard process stops the private PostgreSQL when this process has ended.
        std::mem::forget(reached);
        // There is no time for the last reports either.
        std::mem::forget(rest);
        runtime.shutdown_background();
        return Err("stopped at once by a second signal".into());
    };
    // A query of a disconnected client may still run, so the database stops last.
    runtime.shutdown_timeout(LEFT_OVER);
    drop(reached);
    tracing::info!("stopped");
    served
}

/// Connects to the database and serves, unless the process is told to stop meanwhile.
async fn start(
    config: Config,
    signals: &Signals,
    reached: &mut Option<Reached>,
    logs: Buffer,
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
    serve(config, reached, signals, logs).await
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
    logs: Buffer,
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
    let api = api::service(app.clone(), api::routes());
    if let Some(listener) = metrics {
        tracing::info!(address = %listener.local_addr()?, "metrics can be scraped");
        process::metrics::serve(listener, &app, logs);
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
