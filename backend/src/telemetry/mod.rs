//! Logs, reports of errors and traces, and what is noted of a request on its way for its line in them.

mod bounded;
mod json;
mod panics;
mod pretty;
mod reports;
mod traces;
mod writer;

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::time::Duration;

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::config::{LogFormat, Logs};
pub use reports::Reports;
pub use traces::Traces;
pub use writer::{Buffer, Flush};

/// Starts logging to standard error, including panics, and reporting errors, whatever is logged.
/// Dropping the result writes the last lines. Code that ends the process in another way must first
/// call [`Buffer::write_out`] on [`Flush::buffer`].
pub fn init(logs: &Logs, reports: Option<&Reports>) -> Flush {
    let (buffer, flush) = Buffer::start();
    panics::log();
    let lines = fmt::layer().with_writer(buffer);
    let lines = match logs.format {
        LogFormat::Pretty => lines
            .fmt_fields(pretty::Fields)
            .with_ansi(logs.has_colors && io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => lines
            .fmt_fields(json::Members)
            .event_format(json::Flat)
            .boxed(),
    };
    let filter = EnvFilter::new(&logs.filter);
    match reports {
        // One filter for all layers costs less than one per layer.
        None => registry().with(lines).with(filter).init(),
        Some(reports) => registry()
            .with(lines.with_filter(filter))
            .with(reports.clone().with_filter(filter_fn(reports::is_reported)))
            .init(),
    }
    flush
}

#[derive(Default)]
struct Notes {
    database_time: Cell<Duration>,
    user_id: Cell<Option<i64>>,
}

tokio::task_local! {
    static NOTES: Notes;
}

/// Runs a request with notes that can be read at its end.
pub fn take_notes<F: Future>(request: F) -> impl Future<Output = F::Output> {
    NOTES.scope(Notes::default(), request)
}

/// Adds to the database time of the current request; does nothing outside a request.
pub fn add_database_time(spent: Duration) {
    let _ = NOTES.try_with(|notes| {
        let time = &notes.database_time;
        time.set(time.get() + spent);
    });
}

/// The database time of the current request so far.
pub fn database_time() -> Duration {
    NOTES
        .try_with(|notes| notes.database_time.get())
        .unwrap_or_default()
}

/// Records the user of the current request.
pub fn note_user(user_id: i64) {
    let _ = NOTES.try_with(|notes| notes.user_id.set(Some(user_id)));
}

/// The user of the current request, if known.
pub fn noted_user() -> Option<i64> {
    NOTES.try_with(|notes| notes.user_id.get()).ok().flatten()
}
