//! Files: the web client and the API reference, compressed in advance.

#[cfg(feature = "web")]
mod embedded;
mod folder;
pub mod reference;
mod representation;
pub mod web;
