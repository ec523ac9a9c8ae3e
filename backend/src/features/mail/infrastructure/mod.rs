//! The queue's table, and the way to the mail server.

pub mod outbox;
pub mod smtp;
