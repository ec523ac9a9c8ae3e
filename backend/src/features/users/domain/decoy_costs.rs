//! The cost of a sign-in at an address without an account, which must match that of accounts.
//!
//! A hash keeps the parameters it was made with, so accounts differ in cost. Unknown addresses get
//! the same parameters in the same proportions: a keyed hash maps each address to a point, and each
//! set of parameters owns ranges of points. As with an account, the cost of an address only ever
//! changes to that of today's parameters: a set loses points when fewer accounts use it, and never
//! regains them.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::hmac;

use super::Email;
use crate::security::password_cost::Cost;

/// The number of points.
const POINTS: i64 = 1 << 32;

/// The fewest points of a set. A sample may have missed its last accounts, or its first ones may
/// not be counted yet.
const MIN_POINTS: i64 = POINTS / 10_000;

/// How far a sample may be off, together with a quarter of the set: more than three standard
/// deviations of 5,000 accounts, for any set.
const MAX_ERROR: i64 = POINTS / 500;

/// The number of accounts whose hashes have one set of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The PHC string up to the salt.
    pub parameters: String,
    /// The number of accounts.
    pub accounts: i64,
}

/// The ranges of points of each set of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecoyCosts {
    key: Vec<u8>,
    /// In order and without gaps, from 0 to [`POINTS`].
    ranges: Vec<Range>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    start: i64,
    end: i64,
    parameters: String,
}

impl DecoyCosts {
    /// Gives all addresses the cost `today`.
    pub fn new(key: &[u8], today: &Cost) -> Self {
        let all = Range {
            start: 0,
            end: POINTS,
            parameters: today.as_str().to_owned(),
        };
        Self {
            key: key.to_vec(),
            ranges: vec![all],
        }
    }

    /// Restores the state from [`DecoyCosts::parameters`] and [`DecoyCosts::bounds`]; `None` if
    /// they do not match.
    pub fn restore(key: Vec<u8>, parameters: Vec<String>, bounds: &[i64]) -> Option<Self> {
        if parameters.len() != bounds.len() {
            return None;
        }
        let mut ranges: Vec<Range> = Vec::with_capacity(bounds.len());
        for (parameters, end) in parameters.into_iter().zip(bounds) {
            let start = ranges.last().map_or(0, |last| last.end);
            ranges.push(Range {
                start,
                end: *end,
                parameters,
            });
        }
        let is_complete = ranges.last()?.end == POINTS;
        let is_ordered = ranges.iter().all(|range| range.start < range.end);
        (is_complete && is_ordered).then_some(Self { key, ranges })
    }

    /// The key that maps addresses to points.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The parameters of each range.
    pub fn parameters(&self) -> Vec<&str> {
        let all = self.ranges.iter();
        all.map(|range| range.parameters.as_str()).collect()
    }

    /// The end of each range.
    pub fn bounds(&self) -> Vec<i64> {
        self.ranges.iter().map(|range| range.end).collect()
    }

    /// The cost of an address; `None` for parameters of a newer release.
    pub fn at(&self, email: &Email) -> Option<Cost> {
        let point = self.point(email);
        let range = self.ranges.iter().find(|range| point < range.end)?;
        Cost::parse(&range.parameters)
    }

    fn point(&self, email: &Email) -> i64 {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        let tag = hmac::sign(&key, email.as_str().as_bytes());
        let first = tag.as_ref().iter().take(4);
        first.fold(0, |point, byte| point << 8 | i64::from(*byte))
    }

    fn size(&self, parameters: &str) -> i64 {
        let own = self.ranges.iter().filter(|it| it.parameters == parameters);
        own.map(|range| range.end - range.start).sum()
    }

    /// Adjusts the ranges to a count of all accounts or of a sample.
    pub fn follow(&self, counted: &[Counted], is_sample: bool, today: &Cost) -> Self {
        let sizes = self.sizes(counted, is_sample, today);
        let mut ranges = self.ranges.clone();
        let mut free = Vec::new();
        for (parameters, size) in &sizes {
            let excess = self.size(parameters) - size;
            release(&mut ranges, parameters, excess, &mut free);
        }
        for (parameters, size) in &sizes {
            let needed = size - self.size(parameters);
            take(&mut ranges, parameters, needed, &mut free);
        }
        ranges.sort_unstable_by_key(|range| range.start);
        ranges.dedup_by(|next, last| {
            let is_one = next.parameters == last.parameters;
            if is_one {
                last.end = next.end;
            }
            is_one
        });
        Self {
            key: self.key.clone(),
            ranges,
        }
    }

    /// The number of points each set should have; [`POINTS`] in total.
    fn sizes(&self, counted: &[Counted], is_sample: bool, today: &Cost) -> BTreeMap<String, i64> {
        let readable = counted
            .iter()
            .filter(|it| Cost::parse(&it.parameters).is_some());
        let counts: BTreeMap<&str, i64> = readable
            .map(|it| (it.parameters.as_str(), it.accounts))
            .collect();
        let total = counts.values().sum::<i64>();
        let before = self.parameters().into_iter();
        let names: BTreeSet<&str> = before.chain(counts.keys().copied()).collect();
        let mut sizes: BTreeMap<String, i64> = names
            .into_iter()
            .filter(|name| *name != today.as_str())
            .map(|name| {
                let (size, count) = (self.size(name), counts.get(name).copied());
                let share = share(count.unwrap_or(0), total);
                let size = match Cost::parse(name) {
                    // Parameters of a newer release.
                    None => size,
                    Some(cost) => {
                        let is_missed = is_sample && cost.work() <= today.work();
                        let is_left = count.is_some() || is_missed;
                        let wanted = share.max(if is_left { MIN_POINTS } else { 0 });
                        next_size(size, wanted, is_sample)
                    }
                };
                (name.to_owned(), size)
            })
            .collect();
        let rest = POINTS - sizes.values().sum::<i64>();
        let missing = (MIN_POINTS - rest).max(0);
        if let Some(largest) = sizes.values_mut().max_by_key(|size| **size) {
            *largest -= missing;
        }
        sizes.insert(today.as_str().to_owned(), rest + missing);
        sizes
    }
}

fn share(count: i64, total: i64) -> i64 {
    let points = i128::from(count) * i128::from(POINTS) / i128::from(total.max(1));
    i64::try_from(points).unwrap_or(POINTS)
}

/// The new size of a set. A set that today's parameters replace shrinks. It grows only by a quarter
/// or more at once, as after an import, and by more than the error of a sample.
fn next_size(size: i64, wanted: i64, is_sample: bool) -> i64 {
    let error = if is_sample { MAX_ERROR } else { 0 };
    let is_growth = wanted - size >= size / 4 + error;
    if size > 0 && wanted > size && !is_growth {
        size
    } else {
        wanted
    }
}

/// Removes `excess` points from the end of a set.
fn release(ranges: &mut Vec<Range>, parameters: &str, excess: i64, free: &mut Vec<(i64, i64)>) {
    let mut left = excess;
    let own = ranges.iter_mut().rev();
    for range in own.filter(|range| range.parameters == parameters) {
        let cut = left.clamp(0, range.end - range.start);
        if cut > 0 {
            free.push((range.end - cut, range.end));
            range.end -= cut;
            left -= cut;
        }
    }
    ranges.retain(|range| range.start < range.end);
}

/// Moves `needed` free points to a set.
fn take(ranges: &mut Vec<Range>, parameters: &str, needed: i64, free: &mut Vec<(i64, i64)>) {
    let mut left = needed;
    while left > 0
        && let Some((start, end)) = free.pop()
    {
        let middle = end.min(start + left);
        left -= middle - start;
        ranges.push(Range {
            start,
            end: middle,
            parameters: parameters.to_owned(),
        });
        if middle < end {
            free.push((middle, end));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(passes: u32) -> Cost {
        Cost::parse(&format!("$argon2id$v=19$m=64,t={passes},p=1$")).unwrap()
    }

    fn counted(counts: &[(u32, i64)]) -> Vec<Counted> {
        let counts = counts.iter().filter(|(_, accounts)| *accounts > 0);
        counts
            .map(|(passes, accounts)| Counted {
                parameters: cost(*passes).as_str().to_owned(),
                accounts: *accounts,
            })
            .collect()
    }

    fn start(today: u32) -> DecoyCosts {
        DecoyCosts::new(&[7; 32], &cost(today))
    }

    fn follow(costs: &DecoyCosts, counts: &[(u32, i64)], today: u32) -> DecoyCosts {
        costs.follow(&counted(counts), false, &cost(today))
    }

    fn size(costs: &DecoyCosts, passes: u32) -> i64 {
        costs.size(cost(passes).as_str())
    }

    fn at(costs: &DecoyCosts, point: i64) -> &str {
        let range = costs.ranges.iter().find(|range| point < range.end);
        &range.unwrap().parameters
    }

    #[test]
    fn sets_have_the_share_of_their_accounts() {
        let costs = follow(&start(3), &[(1, 25), (2, 50), (3, 25)], 3);
        assert_eq!(size(&costs, 1), POINTS / 4);
        assert_eq!(size(&costs, 2), POINTS / 2);
        assert_eq!(size(&costs, 3), POINTS / 4);
        assert_eq!(follow(&costs, &[(1, 25), (2, 50), (3, 25)], 3), costs);
        assert_eq!(follow(&costs, &[], 4), start(4));
    }

    #[test]
    fn a_set_without_accounts_disappears_unless_a_sample_may_have_missed_them() {
        let costs = follow(&start(2), &[(1, 1), (2, 9)], 2);
        let after = follow(&costs, &[(2, 10)], 2);
        assert_eq!(after.parameters(), [cost(2).as_str()]);
        let after = costs.follow(&counted(&[(2, 10)]), true, &cost(2));
        assert_eq!(size(&after, 1), MIN_POINTS);
        // More expensive sets are not kept in case they return.
        let costs = follow(&start(2), &[(9, 1), (2, 9)], 2);
        let after = costs.follow(&counted(&[(2, 10)]), true, &cost(2));
        assert_eq!(after.parameters(), [cost(2).as_str()]);
    }

    #[test]
    fn todays_set_is_there_before_the_first_account_of_it() {
        let costs = follow(&start(1), &[(1, 1000)], 2);
        assert_eq!(size(&costs, 2), MIN_POINTS);
        assert_eq!(size(&costs, 1), POINTS - MIN_POINTS);
    }

    #[test]
    fn a_set_grows_by_imports_and_not_by_errors_of_samples() {
        let costs = follow(&start(2), &[(1, 100), (2, 900)], 2);
        let after = follow(&costs, &[(1, 104), (2, 896)], 2);
        assert_eq!(after, costs);
        let few = follow(&start(2), &[(1, 10), (2, 9990)], 2);
        let after = few.follow(&counted(&[(1, 12), (2, 4988)]), true, &cost(2));
        assert_eq!(after, few);
        let after = follow(&costs, &[(1, 500), (2, 500)], 2);
        assert_eq!(size(&after, 1), POINTS / 2);
    }

    #[test]
    fn sets_of_a_newer_release_are_left_alone() {
        let parameters = ["$newer$x=1$", cost(1).as_str()].map(str::to_owned);
        let bounds = [POINTS / 2, POINTS];
        let costs = DecoyCosts::restore(vec![7; 32], parameters.to_vec(), &bounds).unwrap();
        let after = follow(&costs, &[(1, 10)], 1);
        assert_eq!(after, costs);
        let unreadable = (0..100).filter(|number| {
            let email = Email::parse(&format!("{number}@example.com")).unwrap();
            costs.at(&email).is_none()
        });
        assert!((20..80).contains(&unreadable.count()));
    }

    #[test]
    fn what_does_not_fit_together_is_not_restored() {
        let restore = |parameters: &[&str], bounds: &[i64]| {
            let parameters = parameters.iter().map(|it| (*it).to_owned()).collect();
            DecoyCosts::restore(vec![7; 32], parameters, bounds)
        };
        assert!(restore(&["a", "b"], &[1, POINTS]).is_some());
        assert!(restore(&[], &[]).is_none());
        assert!(restore(&["a", "b"], &[POINTS]).is_none());
        assert!(restore(&["a"], &[POINTS - 1]).is_none());
        assert!(restore(&["a", "b", "c"], &[5, 5, POINTS]).is_none());
    }

    proptest! {
        /// Raises today's parameters several times, while accounts are rehashed in any order.
        #[test]
        fn a_point_changes_to_todays_parameters_only(
            moves in prop::collection::vec((0..4_usize, 0..40_i64, any::<bool>()), 1..40),
            points in prop::collection::vec(0..POINTS, 20),
        ) {
            let mut all = vec![60_i64, 40, 30, 20];
            let (mut today, mut costs) = (4, start(1));
            let counts = |accounts: &[i64]| -> Vec<(u32, i64)> {
                (1..).zip(accounts.iter().copied()).collect()
            };
            costs = follow(&costs, &counts(&all), today);
            for (from, many, is_raised) in moves {
                if is_raised {
                    today += 1;
                }
                all.resize(today as usize, 0);
                let moved = if from + 1 < all.len() { many.min(all[from]) } else { 0 };
                all[from] -= moved;
                *all.last_mut().unwrap() += moved;
                let after = follow(&costs, &counts(&all), today);
                for point in &points {
                    let (before, after) = (at(&costs, *point), at(&after, *point));
                    prop_assert!(before == after || after == cost(today).as_str());
                }
                prop_assert_eq!(
                    DecoyCosts::restore(
                        after.key().to_vec(),
                        after.parameters().into_iter().map(str::to_owned).collect(),
                        &after.bounds(),
                    ),
                    Some(after.clone())
                );
                costs = after;
            }
        }

        #[test]
        fn any_counts_fill_all_points(
            steps in prop::collection::vec(
                (prop::collection::vec((1..6_u32, 0..1000_i64), 0..5), any::<bool>(), 1..6_u32),
                1..10,
            ),
        ) {
            let mut costs = start(1);
            for (counts, is_sample, today) in steps {
                costs = costs.follow(&counted(&counts), is_sample, &cost(today));
                let total: i64 = (1..6).map(|passes| size(&costs, passes)).sum();
                prop_assert_eq!(total, POINTS);
                prop_assert!(size(&costs, today) >= MIN_POINTS);
                prop_assert!(costs.bounds().ends_with(&[POINTS]));
            }
        }
    }
}
