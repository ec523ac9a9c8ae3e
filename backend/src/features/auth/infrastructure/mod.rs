//! The statement that refreshing is.

pub mod rotation;
