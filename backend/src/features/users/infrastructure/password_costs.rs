//! Queries on `password_costs`, and on the hashes in `users` that it describes.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::db::schema::password_costs::dsl;
use crate::features::users::domain::{Counted, DecoyCosts};
use crate::security::password_cost::Cost;

/// The id of the only row.
const ID: i16 = 1;

/// Up to this number, all accounts are counted; above it, a sample of at most this size.
const MAX_COUNTED: i64 = 10_000;

/// The costs, when they were counted, and with which parameters.
pub struct Row {
    /// The costs; `None` if the row is damaged.
    pub costs: Option<DecoyCosts>,
    /// When they were counted.
    pub counted_at: DateTime<Utc>,
    /// The current parameters of the instance that counted.
    pub counted_by: String,
}

/// The result of a count.
pub struct Count {
    /// The most frequent sets of parameters.
    pub counted: Vec<Counted>,
    /// Whether it is a sample of the accounts.
    pub is_sample: bool,
}

type Columns = (Vec<u8>, Vec<String>, Vec<i64>, DateTime<Utc>, String);

/// Finds the row and locks it until the transaction ends; `None` also if another transaction has
/// locked it.
pub fn find_for_update(conn: &mut PgConnection) -> QueryResult<Option<Row>> {
    let row: Option<Columns> = dsl::password_costs
        .find(ID)
        .select((
            dsl::key,
            dsl::parameters,
            dsl::bounds,
            dsl::counted_at,
            dsl::counted_by,
        ))
        .for_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    Ok(
        row.map(|(key, parameters, bounds, counted_at, counted_by)| Row {
            costs: DecoyCosts::restore(key, parameters, &bounds),
            counted_at,
            counted_by,
        }),
    )
}

/// Inserts the row if there is none, and returns whether it did.
pub fn insert(
    conn: &mut PgConnection,
    costs: &DecoyCosts,
    by: &Cost,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::insert_into(dsl::password_costs)
        .values((
            dsl::id.eq(ID),
            dsl::key.eq(costs.key()),
            dsl::parameters.eq(costs.parameters()),
            dsl::bounds.eq(costs.bounds()),
            dsl::counted_at.eq(now),
            dsl::counted_by.eq(by.as_str()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .map(|added| added == 1)
}

/// Updates the row.
pub fn update(
    conn: &mut PgConnection,
    costs: &DecoyCosts,
    by: &Cost,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(dsl::password_costs.find(ID))
        .set((
            dsl::key.eq(costs.key()),
            dsl::parameters.eq(costs.parameters()),
            dsl::bounds.eq(costs.bounds()),
            dsl::counted_at.eq(now),
            dsl::counted_by.eq(by.as_str()),
        ))
        .execute(conn)
        .map(drop)
}

#[derive(QueryableByName)]
struct Extent {
    #[diesel(sql_type = Bool)]
    is_large: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
}

#[derive(QueryableByName)]
struct Group {
    #[diesel(sql_type = Text)]
    parameters: String,
    #[diesel(sql_type = BigInt)]
    accounts: i64,
}

/// Counts accounts by the parameters of their hashes. If there are many accounts, it reads the
/// first one of each of at most 10,000 equal ranges of ids. The sample stays the same while the
/// number of ranges does.
pub fn count(conn: &mut PgConnection) -> QueryResult<Count> {
    let extent: Extent = diesel::sql_query(
        "SELECT min(id) AS first, max(id) AS last,
             (SELECT count(*) > $1 FROM (SELECT FROM users LIMIT $1 + 1) AS few) AS is_large
         FROM users",
    )
    .bind::<BigInt, _>(MAX_COUNTED)
    .get_result(conn)?;
    let step = step(extent.first.unwrap_or(0), extent.last.unwrap_or(0));
    let hashes = if extent.is_large {
        "SELECT hash FROM generate_series($1, $2, $3) AS start
         CROSS JOIN LATERAL (
             SELECT password_hash AS hash FROM users
             WHERE id >= start AND id < start + $3 ORDER BY id LIMIT 1
         ) AS one"
    } else {
        // Takes the same parameters as the other query.
        "SELECT password_hash AS hash FROM users WHERE id BETWEEN $1 AND $2 AND $3 > 0"
    };
    let groups: Vec<Group> = diesel::sql_query(format!(
        "SELECT parameters, count(*) AS accounts
         FROM (SELECT substring(hash FROM '^(.*[$])[^$]*[$][^$]*$') AS parameters
             FROM ({hashes}) AS hashes) AS found
         WHERE parameters IS NOT NULL GROUP BY parameters ORDER BY accounts DESC, parameters LIMIT 32"
    ))
    .bind::<BigInt, _>(extent.first.unwrap_or(0) / step * step)
    .bind::<BigInt, _>(extent.last.unwrap_or(0))
    .bind::<BigInt, _>(step)
    .load(conn)?;
    let counted = groups.into_iter().map(|group| Counted {
        parameters: group.parameters,
        accounts: group.accounts,
    });
    Ok(Count {
        counted: counted.collect(),
        is_sample: extent.is_large,
    })
}

/// The smallest power of two such that at most [`MAX_COUNTED`] ranges of it cover the ids.
fn step(first: i64, last: i64) -> i64 {
    let mut step = 1;
    while last / step - first / step >= MAX_COUNTED {
        step *= 2;
    }
    step
}
