//! Signing in with address and password.

use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::auth::application::Grant;
use crate::features::devices::application::{SigningIn, remember};
use crate::features::devices::domain::Mark;
use crate::features::sessions::application::{Opening, open};
use crate::features::sessions::domain::{ClientType, Device};
use crate::features::users::application::{
    AuthenticateError, admit, authenticate, count_if_refused,
};
use crate::features::users::domain::{Attempt, Email};
use crate::security::random;
use crate::state::AppState;

/// Who wants to sign in, and on what.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The address.
    pub email: Email,
    /// The password as typed.
    pub password: Attempt,
    /// How the client carries tokens.
    pub client_type: ClientType,
    /// What the session will be recognised by.
    pub device: Device,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's tokens.
    pub grant: Grant,
    /// What the device carries from now on.
    pub mark: Mark,
}

/// Signs in: checks the password and opens a session.
///
/// # Errors
///
/// [`AuthenticateError`].
pub async fn sign_in(
    app: &AppState,
    wanted: SignIn,
    mark: Mark,
    cause: Cause,
) -> Result<SignedIn, AuthenticateError> {
    let SignIn {
        email,
        password,
        client_type,
        device,
    } = wanted;
    let person = authenticate(app, &email, password, &mark, &cause).await?;
    let user_id = person.user_id;
    let opening = Opening {
        id: random::uuid(),
        user_id,
        client_type,
        device,
    };
    let (admitted, signed_in) = (person.clone(), cause.clone());
    let (clock, tokens) = (app.clock.clone(), app.config.tokens.clone());
    let turn = app.turns.take(person.budget()).await;
    let turn = turn.map_err(DbError::from)?;
    let opened = app.db.transaction(move |conn| {
        let _held = &turn;
        let user = admit(conn, &admitted, clock.now())?;
        let now = time::now(conn, &clock)?;
        let event = Event {
            kind: Kind::SignedIn,
            user_id: Some(user_id),
            session_id: Some(opening.id),
            cause: &signed_in,
            at: now,
        };
        audit::record(conn, &event)?;
        let (session, ended) = open(conn, &opening, &tokens, &signed_in, now)?;
        let device = SigningIn {
            user_id,
            session_id: opening.id,
            name: &opening.device.name,
            now,
        };
        let mark = remember(conn, &mark, device)?;
        Ok::<_, AuthenticateError>((user, session, ended, mark, now))
    });
    match opened.await {
        Ok((user, session, ended, mark, now)) => {
            for sessions in ended {
                sessions.take_effect(app);
            }
            let grant = Grant::new(app, user, &session, now);
            Ok(SignedIn { grant, mark })
        }
        Err(error) => Err(count_if_refused(app, error, person, cause).await),
    }
}
