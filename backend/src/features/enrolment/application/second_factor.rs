//! Turning the second factor on and off, and ending the trust in a device.

use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use super::owner::{EnrolError, Making, Refusal, as_owner};
use super::recovery_codes::make_recovery_codes;
use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::application::distrust;
use crate::features::factors::application::find_totp;
use crate::features::sessions::application::Asker;
use crate::features::users::application::{
    UpdateError, turn_second_factor_off, turn_second_factor_on,
};
use crate::features::users::domain::User;
use crate::state::AppState;

/// Turns the second factor on with the passkeys that the account has, or off. Returns the recovery codes
/// if it was off.
pub async fn set_second_factor(
    app: &AppState,
    asker: Asker,
    is_on: bool,
    cause: Cause,
) -> Result<Option<Vec<String>>, EnrolError> {
    let set = as_owner(app, asker, cause, move |conn, user, making| {
        if is_on == user.second_factor_at.is_some() {
            return Ok(Ok((None, None)));
        }
        let has_app = find_totp(conn, user.id)?.is_some();
        if is_on {
            if !has_app {
                return Ok(Err(Refusal::NoFactor));
            }
            let (app, author, cause) = (making.app, making.author, making.cause);
            let (_, ended) = turn_second_factor_on(conn, app, &user, author, cause, making.now)?;
            let codes = make_recovery_codes(conn, making)?;
            return Ok(Ok((Some(codes), Some(ended))));
        }
        if has_app {
            return Ok(Err(Refusal::HasApp));
        }
        turn_off(conn, &user, making)?;
        Ok(Ok((None, None)))
    });
    let (codes, ended) = set.await?;
    if let Some(sessions) = ended {
        sessions.take_effect(app);
    }
    Ok(codes)
}

/// Turns the second factor of an account off.
pub(super) fn turn_off(
    conn: &mut PgConnection,
    user: &User,
    making: &Making<'_>,
) -> QueryResult<User> {
    let (app, author, cause) = (making.app, making.author, making.cause);
    turn_second_factor_off(conn, app, user, author, cause, making.now)
}

/// Asks for a second factor again on a device.
pub async fn distrust_device(
    app: &AppState,
    asker: Asker,
    id: Uuid,
    cause: Cause,
) -> Result<(), EnrolError> {
    let clock = app.clock.clone();
    let ended = app.db.transaction(move |conn| {
        let now = time::now(conn, &clock)?;
        let was_trusted = distrust(conn, asker.user_id, id)?;
        if was_trusted {
            let event = Event {
                kind: Kind::DeviceDistrusted,
                user_id: Some(asker.user_id),
                session_id: Some(asker.session_id),
                cause: &cause,
                at: now,
            };
            audit::record(conn, &event)?;
        }
        Ok::<_, DbError>(was_trusted)
    });
    let ended = ended.await.map_err(UpdateError::from)?;
    app.db.catch_up().await;
    if ended {
        Ok(())
    } else {
        Err(Refusal::NotFound.into())
    }
}
