//! Turning the second factor on and off, and ending the trust in a device.

use uuid::Uuid;

use super::owner::{EnrolError, Refusal, as_owner};
use super::password::has_password;
use super::recovery_codes::make_recovery_codes;
use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::application::distrust;
use crate::features::factors::application::find_totp;
use crate::features::factors::domain::suffices_without_password;
use crate::features::passkeys::application::count as count_passkeys;
use crate::features::sessions::application::Asker;
use crate::features::users::application::{UpdateError, second_factor_off, second_factor_on};
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
            if !has_app && count_passkeys(conn, user.id)? == 0 {
                return Ok(Err(Refusal::NoFactor));
            }
            let (_, ended) = second_factor_on(conn, &user, making.change())?;
            let codes = make_recovery_codes(conn, making)?;
            return Ok(Ok((Some(codes), Some(ended))));
        }
        if has_app {
            return Ok(Err(Refusal::HasApp));
        }
        if making.must_stay_on(&user) {
            return Ok(Err(Refusal::IsRequired));
        }
        // Its recovery codes go with it.
        let suffices = suffices_without_password(count_passkeys(conn, user.id)?, 0);
        if !suffices && !has_password(conn, user.id)? {
            return Ok(Err(Refusal::LastMethod));
        }
        second_factor_off(conn, &user, making.change())?;
        Ok(Ok((None, None)))
    });
    let (codes, ended) = set.await?;
    if let Some(sessions) = ended {
        sessions.take_effect(app);
    }
    Ok(codes)
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
