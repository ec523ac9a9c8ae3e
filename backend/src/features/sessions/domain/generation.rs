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

/// A refresh token that is presented.
#[derive(Clone, Copy, Debug)]
pub struct Presentation {
    /// Its generation.
    pub number: i32,
    /// When it is presented, by the database's time.
    pub at: DateTime<Utc>,
    /// Whether it comes from another kind of client and another network than the newest generation
    /// was made from.
    pub is_foreign: bool,
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
pub enum Ruling {
    /// Make the next generation.
    Advance,
    /// The row is older than the token: make the generation after the token's.
    Resume,
    /// Answer with the newest generation once more.
    Repeat(Repeat),
    /// End the session.
    Reused,
}

impl Generation {
    /// Judges a refresh token that we signed and whose time is not over. The rules and the attack
    /// each answers:
    ///
    /// - The newest token makes the next generation. A stolen token is thus worth one refresh
    ///   before either side's next one gives the theft away.
    /// - Its parent is answered again for `grace` after the rotation. Without this, tabs that
    ///   refresh at once sign each other out. They all get one and the same successor: handing out
    ///   several would fork the session, and a thief could live on in his branch unseen
    ///   (CVE-2026-1035). A parent from another kind of client in another network is no other tab:
    ///   a thief who repeats each of the owner's refreshes would otherwise never be found out.
    /// - Its parent is also answered while the newest is unused. Without this, a lost answer signs
    ///   an honest client out. A thief who holds the parent gains nothing by it: he gets the same
    ///   token as the owner, and whoever uses it second after the next refresh is found out.
    /// - A token ahead of the newest proves that the row is old: the database went back in time, by
    ///   a restored backup or a fail-over that lost writes. The session goes on from the token.
    /// - Anything else is a token whose successor is in use: thief and owner cannot be told apart,
    ///   so the session ends for both (RFC 9700, 4.14.2).
    pub fn judge(&self, presented: Presentation, grace: TimeDelta) -> Ruling {
        let Presentation {
            number,
            at,
            is_foreign,
        } = presented;
        if number == self.number {
            return Ruling::Advance;
        }
        if number > self.number && number < i32::MAX {
            return Ruling::Resume;
        }
        if number.checked_add(1) != Some(self.number) {
            return Ruling::Reused;
        }
        if at - self.rotated_at < grace {
            return if is_foreign {
                Ruling::Reused
            } else {
                Ruling::Repeat(Repeat::Raced)
            };
        }
        if !self.is_confirmed {
            return Ruling::Repeat(Repeat::Lost);
        }
        Ruling::Reused
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

    fn presented(number: i32, seconds_later: i64) -> Presentation {
        Presentation {
            number,
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds_later),
            is_foreign: false,
        }
    }

    fn judge(is_confirmed: bool, number: i32, seconds_later: i64) -> Ruling {
        generation(7, is_confirmed).judge(presented(number, seconds_later), GRACE)
    }

    #[test]
    fn the_newest_token_advances_however_old_it_is() {
        assert_eq!(judge(true, 7, 0), Ruling::Advance);
        assert_eq!(judge(false, 7, 600_000), Ruling::Advance);
    }

    #[test]
    fn the_parent_of_an_unused_token_repeats_however_late() {
        assert_eq!(judge(false, 6, 600_000), Ruling::Repeat(Repeat::Lost));
    }

    #[test]
    fn the_parent_of_a_used_token_repeats_within_the_grace_only() {
        assert_eq!(judge(true, 6, 9), Ruling::Repeat(Repeat::Raced));
        assert_eq!(judge(true, 6, 10), Ruling::Reused);
    }

    #[test]
    fn another_kind_of_client_is_no_other_tab() {
        let thief = |seconds_later, is_confirmed| {
            let presented = Presentation {
                is_foreign: true,
                ..presented(6, seconds_later)
            };
            generation(7, is_confirmed).judge(presented, GRACE)
        };
        assert_eq!(thief(9, true), Ruling::Reused);
        assert_eq!(thief(9, false), Ruling::Reused);
        // An honest client may have moved and been renamed since its answer got lost.
        assert_eq!(thief(10, false), Ruling::Repeat(Repeat::Lost));
    }

    #[test]
    fn a_token_ahead_of_its_row_resumes_the_session() {
        assert_eq!(judge(true, 8, 0), Ruling::Resume);
        assert_eq!(judge(false, 5000, 600_000), Ruling::Resume);
    }

    #[test]
    fn extreme_numbers_are_reuse_not_overflow() {
        assert_eq!(judge(false, i32::MAX, 0), Ruling::Reused);
        assert_eq!(judge(false, i32::MIN, 0), Ruling::Reused);
    }

    proptest! {
        #[test]
        fn nothing_older_than_the_newest_tokens_parent_is_ever_answered(
            number in 1..1000_i32, token in -1000..2000_i32,
            is_confirmed: bool, later in 0..100_000_i64,
        ) {
            let verdict = generation(number, is_confirmed).judge(presented(token, later), GRACE);
            match number - token {
                ..0 => prop_assert_eq!(verdict, Ruling::Resume),
                0 => prop_assert_eq!(verdict, Ruling::Advance),
                1 => prop_assert_eq!(
                    verdict == Ruling::Reused,
                    is_confirmed && later >= GRACE.num_seconds(),
                ),
                _ => prop_assert_eq!(verdict, Ruling::Reused),
            }
        }
    }
}
