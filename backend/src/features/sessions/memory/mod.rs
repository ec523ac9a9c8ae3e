//! What each instance keeps in memory about sessions, so that requests need not query the database.

pub mod awareness;
pub mod families;
pub mod revocations;
pub mod sightings;
