//! What each instance keeps in memory for mail.

pub mod mailbox;
pub mod queue;
pub mod sending;
pub mod templates;
