//! Queries on `sign_in_failures`: a sliding window of failed sign-ins per address.

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Timestamptz};

use crate::clock::Clock;
use crate::db::schema::password_costs::dsl as costs;
use crate::db::schema::sign_in_failures::dsl;
use crate::db::{patience, time};
use crate::features::users::domain::{DecoyCosts, Email};

/// The number of failures within [`WINDOW`] that exhausts a budget.
const MAX_FAILURES: i32 = 10;

/// How long a failure counts.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The budget is exhausted until the oldest of its failures stops counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// When the next sign-in is accepted.
    pub until: DateTime<Utc>,
}

/// Failures that count together: those of unknown devices at one address, or those of the known
/// devices of its account. Unknown devices cannot exhaust the latter.
#[derive(Clone, Hash)]
pub struct Budget {
    /// A digest, so that the table does not reveal addresses.
    account: Vec<u8>,
}

impl Budget {
    /// The budget of unknown devices at this address.
    pub fn of_strangers(email: &Email) -> Self {
        Self::new("", email)
    }

    /// The budget of this account's known devices.
    pub fn of_known_devices(email: &Email) -> Self {
        // No address contains a zero byte, so the digests of the two budgets differ.
        Self::new("known devices\0", email)
    }

    fn new(prefix: &str, email: &Email) -> Self {
        let name = [prefix, email.as_str()].concat();
        let account = digest::digest(&digest::SHA256, name.as_bytes());
        Self {
            account: account.as_ref().to_vec(),
        }
    }

    /// The key of its advisory lock.
    fn key(&self) -> i64 {
        let mut key = [0; 8];
        key.copy_from_slice(&self.account[..8]);
        i64::from_be_bytes(key)
    }
}

/// Serialises sign-ins of one budget until the transaction ends. Of guesses made in parallel, the
/// right one is therefore judged after all that were counted before it. Take this lock before any
/// other.
pub fn lock(conn: &mut PgConnection, budget: &Budget) -> QueryResult<()> {
    let lock = sql::<Bool>("pg_advisory_xact_lock(")
        .bind::<BigInt, _>(budget.key())
        .sql(") IS NULL");
    diesel::select(lock).execute(conn).map(drop)
}

/// As [`lock`], for what a stranger can ask for: neither it nor any later statement of the transaction
/// waits for more than 250 ms. Returns the database's time, which is asked for last.
///
/// # Errors
///
/// When the database fails, or others take too long.
pub fn lock_briefly(
    conn: &mut PgConnection,
    budget: &Budget,
    clock: &Clock,
) -> QueryResult<DateTime<Utc>> {
    let lock = sql::<Bool>("pg_advisory_xact_lock(")
        .bind::<BigInt, _>(budget.key())
        .sql(") IS NULL");
    let (_, _, now): (bool, bool, DateTime<Utc>) =
        diesel::select((patience::briefly(), lock, time::clock_timestamp())).get_result(conn)?;
    Ok(now + clock.moved())
}

/// Counts a failure, unless the budget is used up; one atomic step. `now` is the database's time.
pub fn insert(
    conn: &mut PgConnection,
    budget: &Budget,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Exhausted>> {
    let counted = diesel::sql_query(
        "INSERT INTO sign_in_failures AS kept (account, failed_at, last_failed_at)
         VALUES ($1, ARRAY[$2], $2)
         ON CONFLICT (account) DO UPDATE
         SET failed_at = ARRAY(SELECT t FROM unnest(kept.failed_at) AS t WHERE t > $3 ORDER BY t) || $2,
             last_failed_at = $2
         WHERE (SELECT count(*) FROM unnest(kept.failed_at) AS t WHERE t > $3) < $4",
    )
    .bind::<Binary, _>(&budget.account)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(now - WINDOW)
    .bind::<Integer, _>(MAX_FAILURES)
    .execute(conn)?;
    if counted == 1 {
        return Ok(Ok(()));
    }
    Ok(find_exhausted(conn, budget, now)?.map_or(Ok(()), Err))
}

/// Forgets the failures of these budgets. Like [`insert`], it comes before any lock of the account's row.
pub fn delete(conn: &mut PgConnection, budgets: &[Budget]) -> QueryResult<()> {
    let accounts = budgets.iter().map(|budget| budget.account.as_slice());
    diesel::delete(dsl::sign_in_failures.filter(dsl::account.eq_any(accounts)))
        .execute(conn)
        .map(drop)
}

/// Tells whether the budget is used up; `now` is the database's time.
pub fn find_exhausted(
    conn: &mut PgConnection,
    budget: &Budget,
    now: DateTime<Utc>,
) -> QueryResult<Option<Exhausted>> {
    let failed_at: Option<Vec<DateTime<Utc>>> = dsl::sign_in_failures
        .find(&budget.account)
        .select(dsl::failed_at)
        .first(conn)
        .optional()?;
    Ok(judge(failed_at, now))
}

type Found = (
    DateTime<Utc>,
    Option<Vec<DateTime<Utc>>>,
    Option<Vec<u8>>,
    Option<Vec<String>>,
    Option<Vec<i64>>,
);

/// Does the same as [`find_exhausted`], and reads the costs of unknown addresses in the same
/// statement, if they were counted.
pub fn find_exhausted_and_costs(
    conn: &mut PgConnection,
    budget: &Budget,
    clock: &Clock,
) -> QueryResult<(Option<Exhausted>, Option<DecoyCosts>)> {
    let own = dsl::sign_in_failures.find(&budget.account);
    let (now, failed_at, key, parameters, bounds): Found = diesel::select((
        time::clock_timestamp(),
        own.select(dsl::failed_at).single_value(),
        costs::password_costs.select(costs::key).single_value(),
        costs::password_costs
            .select(costs::parameters)
            .single_value(),
        costs::password_costs.select(costs::bounds).single_value(),
    ))
    .get_result(conn)?;
    let costs = key
        .zip(parameters)
        .zip(bounds)
        .and_then(|((key, parameters), bounds)| DecoyCosts::restore(key, parameters, &bounds));
    Ok((judge(failed_at, now + clock.moved()), costs))
}

fn judge(failed_at: Option<Vec<DateTime<Utc>>>, now: DateTime<Utc>) -> Option<Exhausted> {
    let mut counting: Vec<_> = failed_at
        .unwrap_or_default()
        .into_iter()
        .filter(|at| *at > now - WINDOW)
        .collect();
    counting.sort_unstable();
    let is_exhausted = counting.len() >= usize::try_from(MAX_FAILURES).unwrap_or(usize::MAX);
    counting
        .first()
        .filter(|_| is_exhausted)
        .map(|oldest| Exhausted {
            until: *oldest + WINDOW,
        })
}

/// Deletes at most `limit` rows whose failures no longer count, and returns how many.
pub fn delete_stale(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let stale: Vec<Vec<u8>> = dsl::sign_in_failures
        .filter(dsl::last_failed_at.lt(now - WINDOW))
        .select(dsl::account)
        .limit(limit)
        .load(conn)?;
    // Checked again, because a failure may have been counted meanwhile.
    let still = dsl::last_failed_at.lt(now - WINDOW);
    let stale = dsl::sign_in_failures.filter(dsl::account.eq_any(stale));
    diesel::delete(stale.filter(still)).execute(conn)
}
