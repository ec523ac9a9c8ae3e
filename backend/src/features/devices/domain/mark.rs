//! The mark of a device: the accounts it is known for.

use chrono::TimeDelta;
use uuid::Uuid;

/// The most accounts that one device is known for.
const MAX_ACCOUNTS: usize = 8;

const PAIR_BYTES: usize = size_of::<i64>() + size_of::<uuid::Bytes>();

/// The accounts that a device is known for, newest first: the id of each and of its row in
/// `known_devices`. A mark proves only that the device has signed in before, and only while the row
/// exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark(Vec<(i64, Uuid)>);

impl Mark {
    /// How long a mark is valid after its last sign-in. Browsers keep no cookie longer.
    pub const LIFETIME: TimeDelta = TimeDelta::days(400);

    /// Parses the output of [`Mark::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pairs, rest) = bytes.as_chunks::<PAIR_BYTES>();
        if !rest.is_empty() || pairs.len() > MAX_ACCOUNTS {
            return None;
        }
        let pairs = pairs.iter().map(|pair| {
            let (user_id, id) = pair.split_first_chunk()?;
            let id = Uuid::from_slice(id).ok()?;
            Some((i64::from_be_bytes(*user_id), id))
        });
        pairs.collect::<Option<_>>().map(Self)
    }

    /// Serialises the pairs one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        let pairs = self.0.iter();
        pairs
            .flat_map(|(user_id, id)| [&user_id.to_be_bytes(), id.as_bytes().as_slice()].concat())
            .collect()
    }

    /// Whether the mark contains no account.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids of its rows, of all accounts.
    pub fn ids(&self) -> Vec<Uuid> {
        self.0.iter().map(|(_, id)| *id).collect()
    }

    /// Adds an account with its row. If there are too many accounts, the oldest is dropped.
    #[must_use]
    pub fn with(mut self, user_id: i64, id: Uuid) -> Self {
        self.0.retain(|(other, _)| *other != user_id);
        self.0.insert(0, (user_id, id));
        self.0.truncate(MAX_ACCOUNTS);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_keeps_one_row_for_each_of_the_newest_eight_accounts() {
        let mark = (1..=9).fold(Mark::default(), |mark, user_id| {
            mark.with(user_id, Uuid::from_u128(1))
        });
        let mark = mark.with(5, Uuid::from_u128(2));
        let users: Vec<_> = mark.0.iter().map(|(user_id, _)| *user_id).collect();
        assert_eq!(users, [5, 9, 8, 7, 6, 4, 3, 2]);
        assert_eq!(mark.ids()[0], Uuid::from_u128(2));
        assert_eq!(Mark::from_bytes(&mark.to_bytes()), Some(mark));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(0_u8.., 0..250)) {
            let is_whole = bytes.len().is_multiple_of(PAIR_BYTES) && bytes.len() <= 192;
            let read = Mark::from_bytes(&bytes);
            proptest::prop_assert_eq!(read.map(|mark| mark.to_bytes()), is_whole.then_some(bytes));
        }
    }
}
