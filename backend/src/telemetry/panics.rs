//! Panics as lines of the log.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::{panic, thread};

/// The field that holds a backtrace, when `RUST_BACKTRACE` asks for one.
pub const BACKTRACE: &str = "backtrace";

/// The target of the lines about panics.
pub const TARGET: &str = module_path!();

/// Makes each panic one line, with the fields of the request that it happened in.
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
