//! What each instance keeps in memory about accounts.

pub mod turns;
