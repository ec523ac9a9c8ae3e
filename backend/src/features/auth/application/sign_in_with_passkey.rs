//! Signs in with nothing but a passkey.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::door::{Admission, Entrance, enter};
use super::factor::{PasskeyRefused, use_passkey, verify};
use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::factors::domain::{Method, Methods};
use crate::features::passkeys::domain::{Ceremony, Signed};
use crate::features::users::application::find_open;
use crate::state::{App, AppState};

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum PasskeySignInError {
    /// The passkey proves nothing.
    #[error(transparent)]
    Refused(#[from] PasskeyRefused),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Verifies what a passkey signed, then opens a session of the account that it belongs to.
pub async fn sign_in_with_passkey(
    app: &AppState,
    signed: Signed,
    entrance: Entrance,
    cause: Cause,
) -> Result<Admission, PasskeySignInError> {
    let admission = try_passkey(app, signed, entrance, cause).await;
    app.metrics.sign_ins.count(match &admission {
        Ok(_) => "succeeded",
        Err(PasskeySignInError::Refused(_)) => "refused",
        Err(PasskeySignInError::Database(DbError::Overloaded | DbError::Contended(_))) => {
            "overloaded"
        }
        Err(PasskeySignInError::Database(_)) => "failed",
    });
    admission
}

async fn try_passkey(
    app: &AppState,
    signed: Signed,
    entrance: Entrance,
    cause: Cause,
) -> Result<Admission, PasskeySignInError> {
    let state = app.clone();
    let verified = match verify(app, Ceremony::sign_in(), &signed).await? {
        Ok(verified) => verified,
        Err(refused) => {
            let failed = app
                .db
                .run(move |conn| record_failure(conn, &state, None, &cause).map_err(DbError::from));
            failed.await?;
            return Err(refused.into());
        }
    };
    let user_id = verified.user_id;
    let turn = app.turns.take(user_id).await.map_err(DbError::from)?;
    // Commits also when the account is closed, because that is recorded.
    let entered = app.db.transaction(move |conn| {
        let _held = &turn;
        patience::wait_briefly(conn)?;
        let Some(user) = find_open(conn, user_id)? else {
            record_failure(conn, &state, Some(user_id), &cause)?;
            return Ok(Err(PasskeyRefused::Invalid));
        };
        let now = time::now(conn, &state.clock)?;
        if !use_passkey(conn, &state, &user, &verified, &cause, now)? {
            return Ok(Err(PasskeyRefused::Unknown));
        }
        let methods = Methods::new(Method::Passkey);
        let entered = enter(conn, &state, user, &methods, &entrance, &cause, now)?;
        Ok::<_, DbError>(Ok(entered))
    });
    Ok(entered.await??.finish(app))
}

fn record_failure(
    conn: &mut PgConnection,
    app: &App,
    user_id: Option<i64>,
    cause: &Cause,
) -> QueryResult<()> {
    let event = Event {
        kind: Kind::SignInFailed,
        user_id,
        session_id: None,
        cause,
        at: time::now(conn, &app.clock)?,
    };
    audit::record(conn, &event)
}
