//! The caller. The signature of a handler says who may call it.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::problem::Problem;
use crate::features::audit::domain::Cause;
use crate::features::sessions::application::Asker;
use crate::features::sessions::memory::awareness::Standing;
use crate::features::sessions::memory::revocations::Holder;
use crate::features::sessions::memory::sightings::Sighting;
use crate::features::users::application::require_second_factor;
use crate::features::users::domain::Role;
use crate::security::jwt::TokenError;
use crate::state::{App, AppState};
use crate::telemetry;

/// A signed-in user.
#[derive(Clone, Copy, Debug)]
pub struct CurrentUser {
    /// The account.
    pub id: i64,
    /// The session that the access token belongs to.
    pub session_id: Uuid,
    /// The session's epoch when the access token was issued.
    pub epoch: i32,
    /// The role in the access token; a change of role ends the session.
    pub role: Role,
}

impl CurrentUser {
    /// Fails if the session has ended. This is checked with the token, and again after the whole
    /// body has arrived, because a client may hold it back.
    ///
    /// # Errors
    ///
    /// `session_revoked`, and with `REVOCATION_STRICT` `database_unavailable` while ended sessions
    /// cannot be known.
    pub fn require_session(self, app: &App) -> Result<(), Code> {
        if app.config.is_revocation_strict && app.awareness.standing() == Standing::Unaware {
            return Err(Code::DatabaseUnavailable);
        }
        let holder = Holder {
            user_id: self.id,
            session_id: self.session_id,
            epoch: self.epoch,
        };
        if app.revocations.has_ended(holder) {
            return Err(Code::SessionRevoked);
        }
        Ok(())
    }

    /// The user and session that request a change.
    pub fn asker(self) -> Asker {
        Asker {
            user_id: self.id,
            session_id: self.session_id,
        }
    }

    /// Fails unless the user may do what only administrators may.
    ///
    /// # Errors
    ///
    /// `forbidden`, and `step_up_required` while `SECOND_FACTOR` asks for a second factor that the session
    /// lacks.
    pub async fn require_admin(self, app: &AppState) -> Result<(), Problem> {
        if !self.is_admin() {
            return Err(Code::Forbidden.into());
        }
        Ok(require_second_factor(app, self.asker()).await?)
    }

    /// Whether the user is an administrator.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentUser
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = AppState::from_ref(state);
        let transport = Transport::from_request_parts(parts, state).await?;
        let user = find_user(&app, transport, &parts.headers)?;
        telemetry::note_user(user.id);
        parts.extensions.insert(user);
        Ok(user)
    }
}

/// Finds the access token that counts. A cookie with an invalid signature belongs to another
/// program and is ignored.
fn find_user(app: &App, transport: Transport, headers: &HeaderMap) -> Result<CurrentUser, Code> {
    let mut refusal = Code::AccessTokenMissing;
    for token in transport.access_tokens(headers, app.config.cookies) {
        match read_access_token(app, token) {
            Ok(user) => return Ok(user),
            Err(Code::AccessTokenInvalid) if transport == Transport::Web => {}
            // An expired token takes precedence over one whose session has ended.
            Err(_) if refusal == Code::AccessTokenExpired => {}
            Err(code) => refusal = code,
        }
    }
    Err(refusal)
}

/// Checks an access token without querying the database.
fn read_access_token(app: &App, token: &str) -> Result<CurrentUser, Code> {
    let now = app.clock.now();
    let claims = app
        .jwt
        .read_access(token, now)
        .map_err(|error| match error {
            TokenError::Expired => Code::AccessTokenExpired,
            TokenError::Invalid => Code::AccessTokenInvalid,
        })?;
    let user = CurrentUser {
        id: claims.sub.parse().map_err(|_| Code::AccessTokenInvalid)?,
        session_id: claims.sid,
        epoch: claims.epoch,
        role: Role::read(&claims.role),
    };
    user.require_session(app)?;
    app.sightings.note(Sighting {
        session_id: claims.sid,
        generation: claims.generation,
        at: now,
    });
    Ok(user)
}

/// A signed-in administrator.
#[derive(Clone, Copy, Debug)]
pub struct Administrator(pub CurrentUser);

impl<S: Sync> FromRequestParts<S> for Administrator
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        user.require_admin(&AppState::from_ref(state)).await?;
        Ok(Self(user))
    }
}

/// Anyone while `SIGNUP_ENABLED` is true, identified if signed in; otherwise an administrator.
#[derive(Clone, Copy, Debug)]
pub struct Registrar(Option<CurrentUser>);

impl Registrar {
    /// Returns the administrator who registers somebody.
    pub fn administrator(self) -> Option<CurrentUser> {
        self.0.filter(CurrentUser::is_admin)
    }

    /// The cause for the audit trail.
    pub fn cause(self, source: RequestSource) -> Cause {
        source.cause(self.0.map(|user| user.id))
    }
}

impl<S: Sync> FromRequestParts<S> for Registrar
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if AppState::from_ref(state).config.is_signup_enabled {
            // An invalid or expired token must not prevent a registration.
            let user = CurrentUser::from_request_parts(parts, state).await.ok();
            return Ok(Self(user));
        }
        let Administrator(user) = Administrator::from_request_parts(parts, state).await?;
        Ok(Self(Some(user)))
    }
}
