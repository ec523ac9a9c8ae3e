//! Sessions: one for each sign-in, until it is ended.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod memory;
