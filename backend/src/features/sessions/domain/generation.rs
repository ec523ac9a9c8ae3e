//! The rules of refreshing: what a session answers to a refresh token of some generation.

use chrono::{DateTime, TimeDelta, Utc};

/// The newest generation of a session: each refresh makes one, and its tokens carry its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Counts from 1.
    pub number: i32,
    /// When it was made.
    pub rotated_at: DateTime<Utc>,
    /// Whether one of its tokens has been seen, so that its client is known to have it.
    pub is_confirmed: bool,
}

/// Why the newest generation is handed out a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is only moments old: tabs, threads or retries refreshed at the same time.
    Raced,
    /// It is older and nobody has used it: the answer that carried it got lost.
    Lost,
}

/// What follows from presenting a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Make the next generation.
    Advance,
    /// Answer with the newest generation once more.
    Repeat(Repeat),
    /// End the session.
    Reused,
}

impl Generation {
    /// Judges a refresh token of generation `presented`. The rules and the attack each answers:
    ///
    /// - The newest token makes the next generation. A stolen token is thus worth one refresh
    ///   before either side's next one gives the theft away.
    /// - Its parent is answered again while the newest is unused. Without this, a lost answer
    ///   signs an honest client out. A thief who holds the parent gains nothing by it: he gets the
    ///   same token as the owner, and whoever uses it second after the next refresh is found out.
    /// - Its parent is also answered for `grace` after the rotation, used or not. Without this,
    ///   tabs that refresh at once sign each other out. They all get one and the same successor:
    ///   handing out several would fork the session, and a thief could live on in his branch
    ///   unseen (CVE-2026-1035).
    /// - Anything else is a token whose successor is in use: thief and owner cannot be told apart,
    ///   so the session ends for both (RFC 9700, 4.14.2).
    pub fn judge(&self, presented: i32, now: DateTime<Utc>, grace: TimeDelta) -> Verdict {
        if presented == self.number {
            return Verdict::Advance;
        }
        if presented.checked_add(1) != Some(self.number) {
            return Verdict::Reused;
        }
        if now - self.rotated_at < grace {
            return Verdict::Repeat(Repeat::Raced);
        }
        if !self.is_confirmed {
            return Verdict::Repeat(Repeat::Lost);
        }
        Verdict::Reused
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRACE: TimeDelta = TimeDelta::seconds(10);

    fn generation(number: i32, is_confirmed: bool) -> Generation {
        Generation {
            number,
            rotated_at: DateTime::UNIX_EPOCH,
            is_confirmed,
        }
    }

    fn judge(is_confirmed: bool, presented: i32, seconds_later: i64) -> Verdict {
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds_later);
        generation(7, is_confirmed).judge(presented, now, GRACE)
    }

    #[test]
    fn the_newest_token_advances_however_old_it_is() {
        assert_eq!(judge(true, 7, 0), Verdict::Advance);
        assert_eq!(judge(false, 7, 600_000), Verdict::Advance);
    }

    #[test]
    fn the_parent_of_an_unused_token_repeats_however_late() {
        assert_eq!(judge(false, 6, 600_000), Verdict::Repeat(Repeat::Lost));
    }

    #[test]
    fn the_parent_of_a_used_token_repeats_within_the_grace_only() {
        assert_eq!(judge(true, 6, 9), Verdict::Repeat(Repeat::Raced));
        assert_eq!(judge(true, 6, 10), Verdict::Reused);
    }

    #[test]
    fn extreme_numbers_are_reuse_not_overflow() {
        assert_eq!(judge(false, i32::MAX, 0), Verdict::Reused);
        assert_eq!(judge(false, i32::MIN, 0), Verdict::Reused);
    }

    proptest! {
        #[test]
        fn only_the_newest_token_and_its_parent_are_ever_answered(
            number in 1..1000_i32, presented in -1000..2000_i32,
            is_confirmed: bool, later in 0..100_000_i64,
        ) {
            let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(later);
            let verdict = generation(number, is_confirmed).judge(presented, now, GRACE);
            match number - presented {
                0 => prop_assert_eq!(verdict, Verdict::Advance),
                1 => prop_assert_eq!(
                    verdict == Verdict::Reused,
                    is_confirmed && later >= GRACE.num_seconds(),
                ),
                _ => prop_assert_eq!(verdict, Verdict::Reused),
            }
        }
    }
}
