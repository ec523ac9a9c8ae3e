//! Doing without a password.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::owner::{EnrolError, Refusal, as_owner};
use crate::features::audit::domain::Cause;
use crate::features::factors::application::count_recovery_codes;
use crate::features::factors::domain::suffices_without_password;
use crate::features::passkeys::application::count as count_passkeys;
use crate::features::sessions::application::Asker;
use crate::features::users::application::{find_credentials, no_password};
use crate::state::AppState;

/// Removes the password of an account that its owner can sign in to by passkeys; without a password it does
/// nothing.
pub async fn remove_password(app: &AppState, asker: Asker, cause: Cause) -> Result<(), EnrolError> {
    let removed = as_owner(app, asker, cause, move |conn, user, making| {
        if !has_password(conn, user.id)? {
            return Ok(Ok(None));
        }
        let passkeys = count_passkeys(conn, user.id)?;
        let recovery_codes = count_recovery_codes(conn, user.id)?;
        if !suffices_without_password(passkeys, recovery_codes) {
            return Ok(Err(Refusal::LastMethod));
        }
        let (_, ended) = no_password(conn, &user, making.change())?;
        Ok(Ok(Some(ended)))
    });
    if let Some(sessions) = removed.await? {
        sessions.take_effect(app);
    }
    Ok(())
}

/// Whether an account has a password.
pub(super) fn has_password(conn: &mut PgConnection, user_id: i64) -> QueryResult<bool> {
    let found = find_credentials(conn, user_id)?;
    Ok(found.is_some_and(|found| found.password_hash.is_some()))
}
