//! Randomness from the operating system, through AWS-LC.

use uuid::Uuid;

/// Returns `N` random bytes for secrets.
///
/// # Panics
///
/// If the operating system provides no randomness, because nothing would be safe.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// Returns a random UUID (version 4, RFC 9562).
pub fn uuid() -> Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}
