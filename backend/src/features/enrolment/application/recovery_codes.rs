//! Recovery codes.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::owner::{EnrolError, Making, Refusal, as_owner};
use crate::features::audit::domain::{Cause, Kind};
use crate::features::factors::application::replace_recovery_codes;
use crate::features::factors::domain::RecoveryCode;
use crate::features::sessions::application::Asker;
use crate::security::random;
use crate::state::AppState;

/// Replaces the codes of an account whose second factor is on, and returns the new ones, which are never
/// shown again.
pub async fn renew_recovery_codes(
    app: &AppState,
    asker: Asker,
    cause: Cause,
) -> Result<Vec<String>, EnrolError> {
    as_owner(app, asker, cause, move |conn, user, making| {
        if user.second_factor_at.is_none() {
            return Ok(Err(Refusal::IsOff));
        }
        make_recovery_codes(conn, making).map(Ok)
    })
    .await
}

/// Gives an account ten new codes.
pub(super) fn make_recovery_codes(
    conn: &mut PgConnection,
    making: &Making<'_>,
) -> QueryResult<Vec<String>> {
    let codes = new_recovery_codes(conn, making.asker.user_id, making.now)?;
    making.record(conn, Kind::RecoveryCodesMade)?;
    Ok(codes)
}

/// Replaces the codes of an account, and records nothing.
pub fn new_recovery_codes(
    conn: &mut PgConnection,
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let codes: [RecoveryCode; RecoveryCode::COUNT] =
        std::array::from_fn(|_| RecoveryCode::from_random(random::bytes()));
    let digests: Vec<_> = codes.iter().map(RecoveryCode::digest).collect();
    replace_recovery_codes(conn, user_id, &digests, now)?;
    Ok(codes.iter().map(ToString::to_string).collect())
}
