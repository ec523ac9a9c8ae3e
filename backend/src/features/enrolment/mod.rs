//! Setting up second factors, and removing them.

pub mod application;
pub mod domain;
