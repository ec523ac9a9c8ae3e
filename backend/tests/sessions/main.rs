//! End-to-end tests of sessions: through the router, on a real PostgreSQL, on several instances.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod honest;
mod instance;
mod model;
mod operations;
mod random;
#[path = "../api/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "made for the tests of the API, which use more of it"
)]
mod support;
