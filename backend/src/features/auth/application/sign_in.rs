//! Signs in with address and password.

use super::door::{Admission, Entrance, enter};
use crate::db::DbError;
use crate::features::audit::domain::Cause;
use crate::features::factors::domain::{Method, Methods};
use crate::features::users::application::{AuthenticateError, Claim, Claimant, with_password};
use crate::features::users::domain::{Attempt, Email};
use crate::security::password::HashError;
use crate::state::AppState;

/// Checks the password, then opens a session or asks for a second factor.
pub async fn sign_in(
    app: &AppState,
    email: Email,
    password: Attempt,
    entrance: Entrance,
    cause: Cause,
) -> Result<Admission, AuthenticateError> {
    let claim = Claim {
        email,
        password,
        mark: entrance.mark.clone(),
        claimant: Claimant::Stranger,
    };
    let (entering, state) = (cause.clone(), app.clone());
    let entered = with_password(app, claim, cause, move |conn, user, now| {
        let methods = Methods::new(Method::Password);
        let entered = enter(conn, &state, user, &methods, &entrance, &entering, now);
        entered.map_err(AuthenticateError::from)
    });
    let admission = entered.await.map(|entered| entered.finish(app));
    app.metrics.sign_ins.count(outcome(&admission));
    admission
}

/// The outcome of an attempt, for the metrics.
fn outcome(attempt: &Result<Admission, AuthenticateError>) -> &'static str {
    use AuthenticateError::{Database, Hash, InvalidCredentials, Throttled};
    match attempt {
        Ok(Admission::SignedIn(_)) => "succeeded",
        Ok(Admission::Waiting(_)) => "second_factor_required",
        Err(InvalidCredentials) => "refused",
        Err(Throttled { .. }) => "throttled",
        Err(
            Hash(HashError::Overloaded) | Database(DbError::Overloaded | DbError::Contended(_)),
        ) => "overloaded",
        Err(Hash(HashError::Failed(_)) | Database(_)) => "failed",
    }
}
