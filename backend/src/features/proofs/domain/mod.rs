//! What a proof is, and its secrets.

mod proof;
mod purpose;
mod secret;

pub use proof::{MAX_ATTEMPTS, Proof};
pub use purpose::Purpose;
pub use secret::{Code, Link, Presented, Secrets};
