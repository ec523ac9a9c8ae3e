//! Sessions: each sign-in opens one.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod memory;
