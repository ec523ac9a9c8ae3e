//! `latchkey serve`.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, database, output};
use crate::api::{self, Limits};
use crate::background;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::server;
use crate::state::App;
use crate::telemetry;

/// Serves until SIGTERM or SIGINT.
pub fn run(config: Config) -> Result<(), Failure> {
    let _logs = telemetry::init(&config.logs);
    for note in config.notes() {
        tracing::warn!("{note}");
    }
    let reached = database::start(&config.storage())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(blocking_threads(&config))
        .build()?;
    let served = runtime.block_on(serve(config, &reached.url, &reached.direct));
    // A query may still run for a client that has left; the database goes last.
    runtime.shutdown_timeout(Duration::from_secs(5));
    drop(reached);
    tracing::info!("stopped");
    served
}

/// One for each connection and each core that hashes, and some for files and names.
fn blocking_threads(config: &Config) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    config.database.pool_max_size as usize + cores + 8
}

async fn serve(config: Config, url: &SecretString, direct: &SecretString) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) = signals()?;
    let address = config.bind_address;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen at {address}: {error}; free the port or set BIND_ADDRESS")
    })?;
    let address = listener.local_addr()?;
    let grace = config.shutdown_grace;
    let app = App::new(config, url, Clock::default())?;
    let limits = Limits::new(&app);
    let api = api::service(app.clone(), &limits, api::routes());
    background::start(&app, limits, direct.clone());
    announce(&app, address);

    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop; requests in flight may finish");
        app.is_stopping.store(true, Ordering::Relaxed);
    };
    let has_finished = server::serve(listener, api, stop, grace).await;
    if !has_finished {
        tracing::warn!("requests were still in flight after {grace:?}; they are cut off");
    }
    Ok(())
}

fn announce(app: &App, address: std::net::SocketAddr) {
    tracing::info!(%address, environment = ?app.config.environment, "listening");
    if app.config.environment == Environment::Development {
        let host = if address.ip().is_loopback() || address.ip().is_unspecified() {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        };
        output::offer(format_args!(
            "\n  Latchkey    http://{host}\n  Reference   http://{host}/docs/\n  \
             Document    http://{host}/api/v1/openapi.json\n  \
             Health      http://{host}/health/ready\n  Stop        Ctrl-C\n"
        ));
    }
}

/// Both ways to be told to stop. A second one ends the process at once.
fn signals() -> Result<(Signal, Signal), Failure> {
    let both = || -> std::io::Result<_> {
        Ok((
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        ))
    };
    let (mut terminate, mut interrupt) = both()?;
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        output::complain("stopped at once by a second signal");
        std::process::exit(1);
    });
    Ok(both()?)
}
