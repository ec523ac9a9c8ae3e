//! Logs, and the time that a request spends waiting for the database.

use std::cell::Cell;
use std::time::Duration;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{LogFormat, Logs};

/// Starts logging to standard error, from a thread of its own; dropping the guard flushes it.
///
/// Lines are dropped rather than requests delayed when the reader of the log cannot keep up.
pub fn init(logs: &Logs) -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&logs.filter))
        .with_span_events(FmtSpan::NONE)
        .with_writer(writer);
    match logs.format {
        LogFormat::Pretty => builder.with_target(false).init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .init(),
    }
    guard
}

tokio::task_local! {
    static DATABASE_TIME: Cell<Duration>;
}

/// Runs a request so that [`database_time`] tells what it spent on the database so far.
pub async fn measure_database_time<F: Future>(request: F) -> F::Output {
    DATABASE_TIME.scope(Cell::default(), request).await
}

/// Adds to the current request's database time; does nothing outside of a request.
pub fn add_database_time(spent: Duration) {
    let _ = DATABASE_TIME.try_with(|time| time.set(time.get() + spent));
}

/// Returns how long the current request waited for the database so far.
pub fn database_time() -> Duration {
    DATABASE_TIME.try_with(Cell::get).unwrap_or_default()
}
