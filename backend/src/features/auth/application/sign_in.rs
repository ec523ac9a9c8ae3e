//! Signs in with address and password.

use super::door::{Entrance, SignedIn, enter};
use crate::db::DbError;
use crate::features::audit::domain::Cause;
use crate::features::users::application::{AuthenticateError, Claim, Claimant, with_password};
use crate::features::users::domain::{Attempt, Email};
use crate::security::password::HashError;
use crate::state::AppState;

/// Checks the password and opens a session.
pub async fn sign_in(
    app: &AppState,
    email: Email,
    password: Attempt,
    entrance: Entrance,
    cause: Cause,
) -> Result<SignedIn, AuthenticateError> {
    let claim = Claim {
        email,
        password,
        mark: entrance.mark.clone(),
        claimant: Claimant::Stranger,
    };
    let (entering, state) = (cause.clone(), app.clone());
    let entered = with_password(app, claim, cause, move |conn, user, now| {
        enter(conn, &state, user, &entrance, &entering, now).map_err(AuthenticateError::from)
    });
    let signed_in = entered.await.map(|entered| entered.finish(app));
    app.metrics.sign_ins.count(outcome(&signed_in));
    signed_in
}

/// The outcome of an attempt, for the metrics.
fn outcome(attempt: &Result<SignedIn, AuthenticateError>) -> &'static str {
    use AuthenticateError::{Database, Hash, InvalidCredentials, Throttled};
    match attempt {
        Ok(_) => "succeeded",
        Err(InvalidCredentials) => "refused",
        Err(Throttled { .. }) => "throttled",
        Err(
            Hash(HashError::Overloaded) | Database(DbError::Overloaded | DbError::Contended(_)),
        ) => "overloaded",
        Err(Hash(HashError::Failed(_)) | Database(_)) => "failed",
    }
}
