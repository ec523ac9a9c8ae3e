//! What changes of an account's factors do to the account.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::authority::Author;
use super::change::{self, Change};
use crate::features::audit::domain::Cause;
use crate::features::sessions::application::Ended;
use crate::features::users::domain::User;
use crate::state::App;

/// Turns the second factor of a locked account on, and ends the other sessions.
pub fn turn_second_factor_on(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    author: &Author,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<(User, Ended)> {
    let change = Change {
        app,
        author,
        cause,
        now,
    };
    change::second_factor_on(conn, user, change)
}

/// Turns the second factor of a locked account off.
pub fn turn_second_factor_off(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    author: &Author,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<User> {
    let change = Change {
        app,
        author,
        cause,
        now,
    };
    change::second_factor_off(conn, user, change)
}

/// Begins to remove the factors of a locked account at `at`, and tells its owner.
pub fn begin_factors_reset(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    at: DateTime<Utc>,
    author: &Author,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<User> {
    let change = Change {
        app,
        author,
        cause,
        now,
    };
    change::begin_factors_reset(conn, user, at, change)
}

/// Cancels that.
pub fn cancel_factors_reset(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    author: &Author,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<User> {
    let change = Change {
        app,
        author,
        cause,
        now,
    };
    change::cancel_factors_reset(conn, user, change)
}

/// Removes all factors of a locked account for good, and ends its sessions.
pub fn reset_factors(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Ended> {
    let change = Change {
        app,
        author: &Author::Operator,
        cause,
        now,
    };
    change::reset_factors(conn, user, change)
}
