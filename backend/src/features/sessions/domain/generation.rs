//! The rules of refreshing: what happens when a refresh token of some generation is presented.

use chrono::{DateTime, TimeDelta, Utc};

/// The newest generation of a session. Each refresh makes a new one, and its tokens carry its
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Counts from 1.
    pub number: i32,
    /// When it was made.
    pub rotated_at: DateTime<Utc>,
    /// Whether one of its tokens was used, which shows that the client received it.
    pub is_confirmed: bool,
}

/// A presented refresh token.
#[derive(Clone, Copy, Debug)]
pub struct Presentation {
    /// The generation of the token.
    pub number: i32,
    /// When it was presented, by the database's time.
    pub at: DateTime<Utc>,
    /// Whether it comes from another kind of client and another network than the refresh that made
    /// the newest generation.
    pub is_foreign: bool,
}

/// Why the newest generation is returned again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It was made moments ago: tabs, threads or retries refreshed at the same time.
    Raced,
    /// It is older but unused: the response that carried it was lost.
    Lost,
}

/// What to do about a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Make the next generation.
    Advance,
    /// Make the generation after the token's: the row is older than the token.
    Resume,
    /// Return the newest generation again.
    Repeat(Repeat),
    /// End the session.
    Reused,
}

impl Generation {
    /// Decides what to do about a refresh token whose signature is valid and which has not expired.
    /// The rules, and the attack or failure that each is for:
    ///
    /// - The newest token makes the next generation. A stolen token is therefore good for one
    ///   refresh; the next refresh of the thief or the owner reveals the theft.
    /// - Its parent gets the newest again for `grace` after the rotation. Otherwise tabs that
    ///   refresh at the same time would sign each other out. All get the same successor: several
    ///   would fork the session, and a thief could keep a branch without being noticed
    ///   (CVE-2026-1035). A parent from another kind of client and another network is not another
    ///   tab. If it were accepted, a thief who repeats each of the owner's refreshes would never be
    ///   detected.
    /// - Its parent also gets the newest again while that is unused. Otherwise a lost response
    ///   would sign an honest client out. A thief who holds the parent gains nothing: he gets the
    ///   same token as the owner, and whoever uses it second after the next refresh is detected.
    /// - A token ahead of the newest proves that the row is out of date: the database went back in
    ///   time, by a restored backup or a failover that lost writes. The session continues from the
    ///   token.
    /// - Any other token has a successor that is in use. Thief and owner cannot be told apart, so
    ///   the session ends for both (RFC 9700, 4.14.2).
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
        // An honest client may have changed network and name since the response was lost.
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
