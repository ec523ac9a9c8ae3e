//! Turns an account's second factor on and off.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Change, Happened};
use crate::features::audit::domain::Kind;
use crate::features::devices::application::distrust_all;
use crate::features::factors::application::{end_flows, remove_recovery_codes, wipe};
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::Columns;

/// Asks for a second factor at each sign-in from now on, and ends the sessions that were opened without
/// one but the owner's requesting one.
pub fn second_factor_on(
    conn: &mut PgConnection,
    user: &User,
    change: Change<'_>,
) -> QueryResult<(User, Ended)> {
    let columns = Columns {
        second_factor_at: Some(Some(change.now)),
        ..Columns::default()
    };
    let user = change.write(conn, user, columns, Kind::SecondFactorOn)?;
    let user_id = user.id;
    let ended = change.end(conn, change.others(user_id), EndReason::FactorsChanged)?;
    distrust_all(conn, user_id)?;
    change.notify(conn, &user, Happened::SecondFactorOn)?;
    Ok((user, ended))
}

/// Asks for no second factor any more. Recovery codes and trusted devices go with it.
pub fn second_factor_off(
    conn: &mut PgConnection,
    user: &User,
    change: Change<'_>,
) -> QueryResult<User> {
    let columns = Columns {
        second_factor_at: Some(None),
        factors_reset_at: Some(None),
        ..Columns::default()
    };
    let user = change.write(conn, user, columns, Kind::SecondFactorOff)?;
    remove_recovery_codes(conn, user.id, change.now)?;
    distrust_all(conn, user.id)?;
    end_flows(conn, user.id, change.now)?;
    change.notify(conn, &user, Happened::SecondFactorOff)?;
    Ok(user)
}

/// Removes the factors at `at`, unless the owner cancels that, who is told.
pub fn begin_factors_reset(
    conn: &mut PgConnection,
    user: &User,
    at: DateTime<Utc>,
    change: Change<'_>,
) -> QueryResult<User> {
    let columns = Columns {
        factors_reset_at: Some(Some(at)),
        ..Columns::default()
    };
    let user = change.write(conn, user, columns, Kind::FactorsResetStarted)?;
    change.notify(conn, &user, Happened::FactorsReset)?;
    Ok(user)
}

/// Cancels that.
pub fn cancel_factors_reset(
    conn: &mut PgConnection,
    user: &User,
    change: Change<'_>,
) -> QueryResult<User> {
    let columns = Columns {
        factors_reset_at: Some(None),
        ..Columns::default()
    };
    change.write(conn, user, columns, Kind::FactorsResetCancelled)
}

/// Removes all factors for good, and ends all sessions, whose devices stop being known.
pub fn reset_factors(
    conn: &mut PgConnection,
    user: &User,
    change: Change<'_>,
) -> QueryResult<Ended> {
    let columns = Columns {
        second_factor_at: Some(None),
        factors_reset_at: Some(None),
        ..Columns::default()
    };
    let user = change.write(conn, user, columns, Kind::FactorsReset)?;
    wipe(conn, user.id, change.now)?;
    let which = Which::All { user_id: user.id };
    let ended = change.end(conn, which, EndReason::FactorsChanged)?;
    change.notify(conn, &user, Happened::SecondFactorOff)?;
    Ok(ended)
}
