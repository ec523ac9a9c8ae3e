//! Second factors: what is kept of them, and whether one is right.

pub mod application;
pub mod domain;
mod infrastructure;
