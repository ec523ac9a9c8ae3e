//! What a session is, and how a refresh changes it.

mod client;
mod generation;
mod session;

pub use client::{ClientType, Device, Footprint, browser_and_system, family};
pub use generation::{Generation, Presentation, Repeat, Ruling};
pub use session::{EndReason, Session};
