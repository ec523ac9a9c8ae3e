//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use super::reader::Reader;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person's terminal.
    Pretty,
    /// One JSON object a line, for a log collector.
    Json,
}

/// Logging.
#[derive(Clone, Debug)]
pub struct Logs {
    /// `RUST_LOG`: filter directives as `tracing_subscriber::EnvFilter` reads them.
    pub filter: String,
    /// `LOG_FORMAT`.
    pub format: LogFormat,
    /// Whether colours are welcome on a terminal: `NO_COLOR` refuses them (<https://no-color.org>).
    pub has_colors: bool,
}

impl Logs {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let filter = reader.text("RUST_LOG").unwrap_or("info".into());
        if let Err(error) = EnvFilter::builder().parse(&filter) {
            reader.problem("RUST_LOG", format_args!("cannot be read: {error}"));
        }
        let default = if reader.is_production {
            LogFormat::Json
        } else {
            LogFormat::Pretty
        };
        let formats = [("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];
        Self {
            filter,
            format: reader.choice("LOG_FORMAT", &formats, default),
            has_colors: reader.text("NO_COLOR").is_none(),
        }
    }
}
