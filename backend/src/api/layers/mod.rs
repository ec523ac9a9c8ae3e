//! The layers around the routes, one per file. Their order is in `api/mod.rs`.

pub mod body_limit;
pub mod cors;
pub mod csrf;
pub mod envelope;
pub mod headers;
pub mod measure;
pub mod rate_limit;
pub mod request_id;
pub mod server_span;
pub mod time_out;
pub mod trace;
