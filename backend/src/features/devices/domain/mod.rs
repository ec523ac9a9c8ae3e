//! The mark that a device stores.

mod mark;

pub use mark::Mark;
