//! A small model of sessions: how a session responds, with plain numbers.
//!
//! Time moves in ticks, and every limit is a whole number of ticks and a half, so that the time the
//! test itself takes does not matter.

/// Seconds per tick.
pub const TICK: i64 = 120;

const GRACE: i64 = 300;
const ACCESS_TTL: i64 = 900;
const REFRESH_TTL: i64 = 7 * 86_400 + TICK / 2;
const MAX_AGE: i64 = 30 * 86_400 + TICK / 2;

/// The settings that the model knows.
pub const SETTINGS: [(&str, &str); 4] = [
    ("REFRESH_GRACE_SECONDS", "300"),
    ("ACCESS_TOKEN_TTL_SECONDS", "900"),
    ("REFRESH_TOKEN_TTL_SECONDS", "604860"),
    ("SESSION_MAX_AGE_SECONDS", "2592060"),
];

/// The expected result of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A new generation.
    Advanced,
    /// The newest generation again.
    Repeated,
    /// No token, with an error code.
    Refused(&'static str),
}

#[derive(Clone, Copy, Debug)]
struct Generation {
    made_at: i64,
    expires_at: i64,
}

/// A session. Its generations, and `newest`, count from 1.
#[derive(Clone, Debug)]
pub struct Session {
    generations: Vec<Generation>,
    is_confirmed: bool,
    pub is_over: bool,
    /// The newest generation that each instance has seen in use and may not have written yet.
    seen: [usize; 2],
}

impl Session {
    pub fn open(now: i64) -> Self {
        let first = Generation {
            made_at: now,
            expires_at: now + REFRESH_TTL,
        };
        Self {
            generations: vec![first],
            is_confirmed: false,
            is_over: false,
            seen: [0; 2],
        }
    }

    pub fn newest(&self) -> usize {
        self.generations.len()
    }

    /// The time from which the lifetime of a new access token counts; for a race, that of the
    /// rotation.
    pub fn issued_at(&self, now: i64) -> i64 {
        let made_at = self.generations[self.newest() - 1].made_at;
        if now - made_at < GRACE { made_at } else { now }
    }

    /// Whether there is a session to end.
    pub fn is_alive(&self, now: i64) -> bool {
        !self.is_over && !self.has_expired(now)
    }

    /// Whether its newest generation has expired.
    pub fn has_expired(&self, now: i64) -> bool {
        now > self.generations[self.newest() - 1].expires_at
    }

    /// Presents the refresh token of a generation.
    pub fn refresh(&mut self, generation: usize, now: i64) -> Outcome {
        let newest = self.generations[self.newest() - 1];
        if now > self.generations[generation - 1].expires_at {
            return Outcome::Refused("refresh_token_expired");
        }
        if self.is_over {
            return Outcome::Refused("session_revoked");
        }
        let is_excused = now - newest.made_at < GRACE || !self.is_confirmed;
        match self.newest() - generation {
            0 => {
                let latest = self.generations[0].made_at + MAX_AGE;
                self.generations.push(Generation {
                    made_at: now,
                    expires_at: latest.min(now + REFRESH_TTL),
                });
                self.is_confirmed = false;
                Outcome::Advanced
            }
            1 if is_excused => Outcome::Repeated,
            _ => {
                self.is_over = true;
                Outcome::Refused("refresh_token_reused")
            }
        }
    }

    /// Uses an access token of a generation, issued at a time; returns the error code, empty for a
    /// 200.
    pub fn use_access(
        &mut self,
        generation: usize,
        issued_at: i64,
        instance: usize,
        now: i64,
    ) -> &'static str {
        if now > issued_at + ACCESS_TTL {
            return "access_token_expired";
        }
        if self.is_over {
            return "session_revoked";
        }
        self.seen[instance] = self.seen[instance].max(generation);
        ""
    }

    /// An instance writes its sightings.
    pub fn confirm(&mut self, instance: usize) {
        self.is_confirmed |= self.seen[instance] == self.newest();
    }

    /// An instance dies and loses its sightings.
    pub fn forget(&mut self, instance: usize) {
        self.seen[instance] = 0;
    }
}
