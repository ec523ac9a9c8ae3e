//! What is sealed in the database, in whichever table.

pub mod application;
