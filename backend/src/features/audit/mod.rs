//! The audit trail: who did what to which account, when and from where.

pub mod application;
pub mod domain;
pub mod infrastructure;
