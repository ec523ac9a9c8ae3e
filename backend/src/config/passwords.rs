//! Argon2id's parameters (RFC 9106).

use super::reader::Reader;

/// Password hashing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passwords {
    /// `ARGON2_MEMORY_KIB`.
    pub memory_kib: u32,
    /// `ARGON2_ITERATIONS`.
    pub iterations: u32,
    /// `ARGON2_PARALLELISM`.
    pub parallelism: u32,
}

impl Passwords {
    /// The most that `ARGON2_MEMORY_KIB` may be, and any stored hash may need.
    pub const MAX_MEMORY_KIB: u32 = 4_194_304;

    /// The most that `ARGON2_ITERATIONS` may be.
    pub const MAX_ITERATIONS: u32 = 100;

    pub(super) fn read(reader: &mut Reader) -> Self {
        let passwords = Self {
            memory_kib: reader.number("ARGON2_MEMORY_KIB", 19_456, 64..=Self::MAX_MEMORY_KIB),
            iterations: reader.number("ARGON2_ITERATIONS", 2, 1..=Self::MAX_ITERATIONS),
            parallelism: reader.number("ARGON2_PARALLELISM", 1, 1..=16),
        };
        // The weakest of the equivalent settings in OWASP's password storage cheat sheet.
        if reader.is_production && passwords.memory_kib < 7_168 {
            reader.problem("ARGON2_MEMORY_KIB", "must be at least 7168 in production");
        }
        passwords
    }
}
