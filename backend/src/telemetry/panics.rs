//! Logs panics.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::{panic, thread};

/// The field for a backtrace, if `RUST_BACKTRACE` requests one.
pub const BACKTRACE: &str = "backtrace";

/// The target of log lines about panics.
pub const TARGET: &str = module_path!();

/// Logs each panic as one line, with the fields of its request.
pub fn log() {
    panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let has_backtrace = backtrace.status() == BacktraceStatus::Captured;
        tracing::error!(
            cause = panic.payload_as_str().unwrap_or("a panic without a text"),
            location = panic.location().map(display),
            thread = thread::current().name(),
            backtrace = has_backtrace.then(|| display(backtrace)),
            "panicked"
        );
    }));
}
