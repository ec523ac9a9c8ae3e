//! The audit trail's table.

pub mod audit_events;
