//! The use cases of the audit trail.

pub use super::infrastructure::audit_events::insert as record;
