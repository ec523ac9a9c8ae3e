//! Accounts, their roles and their passwords.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod memory;
