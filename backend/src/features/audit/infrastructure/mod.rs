//! Queries on the audit trail.

pub mod audit_events;
