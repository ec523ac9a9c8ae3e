//! Known devices: devices on which an account has signed in before.

pub mod application;
pub mod domain;
pub mod infrastructure;
