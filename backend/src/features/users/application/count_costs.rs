//! Counting what the hashes of accounts cost, so that addresses without an account cost the same.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::{Connection, QueryResult};

use crate::clock::Clock;
use crate::db::{DbError, time};
use crate::features::users::domain::DecoyCosts;
use crate::features::users::infrastructure::password_costs::{self, Row};
use crate::security::password_cost::Cost;
use crate::security::random;
use crate::state::AppState;

/// How old the count becomes. After a change of `ARGON2_*` many accounts are hashed anew in little time.
const EVERY: TimeDelta = TimeDelta::minutes(5);

/// How old the count becomes before an instance with weaker parameters counts.
const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Counts accounts by the parameters of their hashes if that is due, and tells whether it was.
///
/// # Errors
///
/// [`DbError`].
pub async fn count_costs(app: &AppState) -> Result<bool, DbError> {
    let (clock, today) = (app.clock.clone(), app.passwords.today().clone());
    app.db
        .transaction(move |conn| Ok(count_if_due(conn, &clock, &today)?))
        .await
}

/// As [`count_costs`], before the database is open for requests: the first sign-in already finds what
/// it needs.
///
/// # Errors
///
/// [`DbError`], also when it takes longer than a second.
pub async fn count_costs_first(app: &AppState) -> Result<bool, DbError> {
    let (clock, today) = (app.clock.clone(), app.passwords.today().clone());
    app.db
        .beside(move |conn| conn.transaction(|conn| count_if_due(conn, &clock, &today)))
        .await
}

fn count_if_due(conn: &mut PgConnection, clock: &Clock, today: &Cost) -> QueryResult<bool> {
    let now = time::now(conn, clock)?;
    let found = password_costs::find_for_update(conn)?;
    if found.as_ref().is_some_and(|row| !is_due(row, today, now)) {
        return Ok(false);
    }
    let is_there = found.is_some();
    let costs = found
        .and_then(|row| row.costs)
        .unwrap_or_else(|| DecoyCosts::new(&random::bytes::<32>(), today));
    let count = password_costs::count(conn)?;
    let costs = costs.follow(&count.counted, count.is_sample, today);
    if is_there {
        return password_costs::update(conn, &costs, today, now).map(|()| true);
    }
    // Another instance may be at it.
    password_costs::insert(conn, &costs, today, now)
}

/// Whether an instance with the parameters of `today` is to count. While an update rolls out, the
/// parameters of two instances differ: the stronger ones win, so that the costs do not go to and fro.
fn is_due(row: &Row, today: &Cost, now: DateTime<Utc>) -> bool {
    let last = Cost::parse(&row.counted_by);
    let is_raised = last.is_none_or(|last| last.is_weaker_than(today));
    let after = if row.counted_by == today.as_str() {
        EVERY
    } else {
        ABANDONED_AFTER
    };
    is_raised || row.costs.is_none() || now - row.counted_at >= after
}
