//! Mail: what is written, the queue that it waits in, and how it is sent.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod memory;
