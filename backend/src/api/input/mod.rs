//! The inputs of handlers: caller, source, transport, and what the client sent.

pub mod bearer;
pub mod callers;
pub mod client_ip;
pub mod cookies;
pub mod device_mark;
pub mod extract;
pub mod fields;
pub mod json;
pub mod pages;
pub mod proofs;
pub mod source;
pub mod transport;
