//! The parameters of Argon2id (RFC 9106).

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
    /// The maximum of `ARGON2_MEMORY_KIB`, also for stored hashes.
    pub const MAX_MEMORY_KIB: u32 = 4_194_304;

    /// The maximum of `ARGON2_ITERATIONS`.
    pub const MAX_ITERATIONS: u32 = 100;

    pub(super) fn read(reader: &mut Reader) -> Self {
        let passwords = Self {
            memory_kib: reader.number("ARGON2_MEMORY_KIB", 19_456, 64..=Self::MAX_MEMORY_KIB),
            iterations: reader.number("ARGON2_ITERATIONS", 2, 1..=Self::MAX_ITERATIONS),
            parallelism: reader.number("ARGON2_PARALLELISM", 1, 1..=16),
        };
        if reader.is_production {
            passwords.require_strength(reader);
        }
        passwords
    }

    /// Rejects parameters weaker than OWASP's password storage cheat sheet: a minimum of memory,
    /// and more passes with little memory.
    fn require_strength(self, reader: &mut Reader) {
        const MIN_MEMORY_KIB: u32 = 7_168;
        /// For all passes together.
        const MIN_FILLED_KIB: u32 = 5 * MIN_MEMORY_KIB;

        let passes = MIN_FILLED_KIB.div_ceil(self.memory_kib);
        if self.memory_kib < MIN_MEMORY_KIB {
            reader.problem("ARGON2_MEMORY_KIB", "must be at least 7168 in production");
        } else if self.iterations < passes {
            reader.problem(
                "ARGON2_ITERATIONS",
                format_args!(
                    "must be at least {passes} in production with ARGON2_MEMORY_KIB={}",
                    self.memory_kib
                ),
            );
        }
    }
}
