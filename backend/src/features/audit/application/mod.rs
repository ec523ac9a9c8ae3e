//! The use cases of the audit trail.

pub use super::infrastructure::audit_events::{Filter, delete_old, insert as record, list};
