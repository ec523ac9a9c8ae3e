//! What runs in the process: the public port and the background tasks.

pub mod metrics;
mod retention;
pub mod server;
mod supervision;
mod tasks;

pub use retention::delete_old_rows;
pub use supervision::supervise;
pub use tasks::start;
