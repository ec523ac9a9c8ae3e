//! One-time secrets that are mailed: a code to type and a link to open, for one purpose, one account and
//! one address.

pub mod application;
pub mod domain;
pub mod infrastructure;
