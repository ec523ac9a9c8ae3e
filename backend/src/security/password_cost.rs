//! The cost of verifying a password: the parameters of an Argon2id hash.

use argon2_rust::{Algorithm, Decoded, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::config::Passwords;
use crate::security::random;

/// The parameters of a hash that may be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The PHC string up to its salt.
    parameters: String,
    version: Version,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// Parses the parameters of a hash; `None` if it is damaged, or needs more memory or time than
    /// any setting allows.
    pub fn of(hash: &str) -> Option<Self> {
        let Decoded {
            version, params, ..
        } = argon2_rust::decode_string(hash, Algorithm::Argon2id).ok()?;
        let mut from_end = hash.rmatch_indices('$').map(|(at, _)| at);
        let salt = from_end.nth(1)? + 1;
        let cost = Self {
            parameters: hash[..salt].to_owned(),
            version,
            memory_kib: params.memory_kib(),
            passes: params.passes(),
            lanes: params.lanes(),
        };
        let most = u64::from(Passwords::MAX_MEMORY_KIB) * u64::from(Passwords::MAX_ITERATIONS);
        let is_allowed = cost.memory_kib <= Passwords::MAX_MEMORY_KIB && cost.work() <= most;
        is_allowed.then_some(cost)
    }

    /// Parses the parameters from a PHC string that ends before its salt.
    pub fn parse(parameters: &str) -> Option<Self> {
        Self::of(&hash_of_nothing(parameters))
    }

    /// The PHC string up to its salt.
    pub fn as_str(&self) -> &str {
        &self.parameters
    }

    /// The memory written, in KiB, to which the time is nearly proportional.
    pub fn work(&self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    /// Whether the other parameters are nowhere lower than these and somewhere higher. Of two
    /// instances with different parameters, at most one replaces the other's hashes.
    pub fn is_weaker_than(&self, other: &Self) -> bool {
        let is_reached = self.version <= other.version
            && self.memory_kib <= other.memory_kib
            && self.passes <= other.passes
            && self.lanes <= other.lanes;
        is_reached && self != other
    }

    /// A hash with these parameters that no password has, made without hashing.
    pub fn decoy(&self) -> String {
        hash_of_nothing(&self.parameters)
    }
}

fn hash_of_nothing(parameters: &str) -> String {
    let salt = STANDARD_NO_PAD.encode(random::bytes::<16>());
    let tag = STANDARD_NO_PAD.encode(random::bytes::<32>());
    format!("{parameters}{salt}${tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

    #[test]
    fn parameters_are_read_from_hashes_and_make_others() {
        let cost = Cost::parse(TODAY).unwrap();
        assert_eq!(cost.as_str(), TODAY);
        assert_eq!(cost.work(), 38_912);
        assert_ne!(cost.decoy(), cost.decoy());
        assert_eq!(Cost::of(&cost.decoy()), Some(cost));
        let without_version = Cost::parse("$argon2id$m=64,t=1,p=1$").unwrap();
        assert_eq!(without_version.as_str(), "$argon2id$m=64,t=1,p=1$");
    }

    #[test]
    fn what_is_damaged_or_dearer_than_any_setting_is_not_read() {
        for damaged in ["", "$", "$$", "damaged", TODAY, "$2b$12$abc$def"] {
            assert_eq!(Cost::of(damaged), None, "{damaged}");
        }
        assert!(Cost::parse("$argon2id$v=19$m=4194304,t=100,p=1$").is_some());
        assert!(Cost::parse("$argon2id$v=19$m=4194305,t=1,p=1$").is_none());
        assert!(Cost::parse("$argon2id$v=19$m=4194304,t=101,p=1$").is_none());
    }

    #[test]
    fn one_of_two_parameters_is_weaker_or_neither() {
        let cost = |m, t, p| Cost::parse(&format!("$argon2id$v=19$m={m},t={t},p={p}$")).unwrap();
        assert!(cost(64, 1, 1).is_weaker_than(&cost(128, 1, 1)));
        assert!(!cost(128, 1, 1).is_weaker_than(&cost(64, 1, 1)));
        assert!(!cost(64, 2, 1).is_weaker_than(&cost(128, 1, 1)));
        assert!(!cost(64, 1, 1).is_weaker_than(&cost(64, 1, 1)));
        let old = Cost::parse("$argon2id$m=64,t=1,p=1$").unwrap();
        assert!(old.is_weaker_than(&cost(64, 1, 1)));
    }
}
