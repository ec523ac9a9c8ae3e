//! Queries on `proof_budgets`: how many mails one address is sent.

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Timestamptz};

use crate::db::schema::proof_budgets::dsl;

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);
const MAX_PER_HOUR: i32 = 5;
const MAX_PER_DAY: i32 = 20;

/// A budget is used up until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// When the next mail can be asked for.
    pub until: DateTime<Utc>,
}

/// Mails to one address that count together.
#[derive(Clone)]
pub struct Budget(Vec<u8>);

impl Budget {
    /// What anybody can ask for.
    pub fn of_strangers(address: &str) -> Self {
        Self::new("", address)
    }

    /// What the account's known devices can ask for; strangers cannot use it up.
    pub fn of_known_devices(address: &str) -> Self {
        // No address has a zero byte, so the three never meet.
        Self::new("known devices\0", address)
    }

    /// Notices of what happened to the account.
    pub fn of_notices(address: &str) -> Self {
        Self::new("notices\0", address)
    }

    fn new(prefix: &str, address: &str) -> Self {
        let name = [prefix, address].concat();
        Self(
            digest::digest(&digest::SHA256, name.as_bytes())
                .as_ref()
                .to_vec(),
        )
    }
}

/// Counts a mail, unless the budget is used up; one atomic step.
pub fn spend(
    conn: &mut PgConnection,
    budget: &Budget,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Exhausted>> {
    let spent = diesel::sql_query(
        "INSERT INTO proof_budgets AS kept (address, sent_at, last_sent_at)
         VALUES ($1, ARRAY[$2], $2)
         ON CONFLICT (address) DO UPDATE
         SET sent_at = ARRAY(SELECT t FROM unnest(kept.sent_at) AS t WHERE t > $3 ORDER BY t) || $2,
             last_sent_at = $2
         WHERE (SELECT count(*) FROM unnest(kept.sent_at) AS t WHERE t > $3) < $5
           AND (SELECT count(*) FROM unnest(kept.sent_at) AS t WHERE t > $4) < $6",
    )
    .bind::<Binary, _>(&budget.0)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(now - DAY)
    .bind::<Timestamptz, _>(now - HOUR)
    .bind::<Integer, _>(MAX_PER_DAY)
    .bind::<Integer, _>(MAX_PER_HOUR)
    .execute(conn)?;
    if spent == 1 {
        return Ok(Ok(()));
    }
    let sent_at: Vec<DateTime<Utc>> = dsl::proof_budgets
        .find(&budget.0)
        .select(dsl::sent_at)
        .first(conn)?;
    Ok(Err(Exhausted {
        until: free_again(sent_at, now),
    }))
}

/// Returns when the next mail is within both limits.
fn free_again(mut sent_at: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    sent_at.sort_unstable_by(|one, other| other.cmp(one));
    let after = |limit: i32, window: TimeDelta| {
        let oldest = sent_at.get(usize::try_from(limit).unwrap_or(usize::MAX) - 1);
        oldest.map_or(now, |oldest| *oldest + window)
    };
    after(MAX_PER_HOUR, HOUR)
        .max(after(MAX_PER_DAY, DAY))
        .max(now)
}

/// Deletes what no longer counts, at most `limit` rows, and tells how many.
pub fn delete_stale(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let stale: Vec<Vec<u8>> = dsl::proof_budgets
        .filter(dsl::last_sent_at.lt(now - DAY))
        .select(dsl::address)
        .limit(limit)
        .load(conn)?;
    // A mail may have been counted meanwhile.
    let still = dsl::last_sent_at.lt(now - DAY);
    let stale = dsl::proof_budgets.filter(dsl::address.eq_any(stale));
    diesel::delete(stale.filter(still)).execute(conn)
}
