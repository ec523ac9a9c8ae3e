//! Accounts: who there is, what they may do, and their passwords.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod memory;
