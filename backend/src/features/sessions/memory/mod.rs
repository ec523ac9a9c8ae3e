//! What each instance keeps in memory about sessions, so that requests need no database read.

pub mod awareness;
pub mod revocations;
pub mod sightings;
