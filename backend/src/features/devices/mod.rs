//! Known devices: where somebody has signed in to an account before.

pub mod application;
pub mod domain;
pub mod infrastructure;
