//! Coming back to an account by mail: forgotten passwords, invitations, and undoing what somebody else
//! did. It has no tables of its own.

pub mod application;
