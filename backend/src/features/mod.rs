//! What the product is about, one slice a subject: `auth` and `recovery` stand on `users`, those on `sessions`,
//! those on `devices`, `mail` on `proofs`, and all of them on `audit`.
//!
//! Each slice has `domain` (types and rules, no I/O), `infrastructure` (one file of queries a
//! table) and `application` (one use case a file). A slice calls another slice's use cases, never
//! its tables. Nothing in here knows HTTP.

pub mod audit;
pub mod auth;
pub mod devices;
pub mod mail;
pub mod proofs;
pub mod recovery;
pub mod sessions;
pub mod users;
