//! The features, one slice per subject. `auth`, `enrolment` and `recovery` depend on `users`, `users` on
//! `sessions` and `factors`, `factors` on `passkeys`, `sessions` on `devices`, `mail` on `proofs`, and all of
//! them on `audit`. `sealed` knows which of them seal something in the database.
//!
//! Each slice has `domain` (types and rules, no I/O), `infrastructure` (queries, one file per
//! table) and `application` (one use case per file). A slice calls another slice's use cases and
//! never queries its tables. Nothing here knows HTTP.

pub mod audit;
pub mod auth;
pub mod devices;
pub mod enrolment;
pub mod factors;
pub mod mail;
pub mod passkeys;
pub mod proofs;
pub mod recovery;
pub mod sealed;
pub mod sessions;
pub mod users;
