//! Randomness from the operating system, by way of AWS-LC.

use uuid::Uuid;

/// Returns `N` random bytes fit for secrets.
///
/// # Panics
///
/// When the operating system has no randomness to give: nothing safe could follow.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// Returns a random UUID (version 4, RFC 9562).
pub fn uuid() -> Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}
