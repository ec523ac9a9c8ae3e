//! Counts the cost of the accounts' password hashes, so that unknown addresses cost the same.

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

/// How often the hashes are counted. After a change of `ARGON2_*`, many are replaced in a short
/// time.
const EVERY: TimeDelta = TimeDelta::minutes(5);

/// How old the count must be before an instance with weaker parameters counts.
const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Counts accounts by the parameters of their hashes if a count is due, and returns whether it was.
pub async fn count_costs(app: &AppState) -> Result<bool, DbError> {
    let (clock, today) = (app.clock.clone(), app.passwords.today().clone());
    app.db
        .transaction(move |conn| Ok(count_if_due(conn, &clock, &today)?))
        .await
}

/// Does the same as [`count_costs`] before the service accepts requests, so that the first sign-in
/// already finds a count. Fails if it takes longer than a second.
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
    // Another instance may be doing the same.
    password_costs::insert(conn, &costs, today, now)
}

/// Whether an instance whose current parameters are `today` should count. During a rolling update
/// the parameters of instances differ. The stronger ones win, so that the costs do not alternate.
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
