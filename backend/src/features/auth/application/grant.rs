//! The pair of tokens of a session's newest generation.

use chrono::{DateTime, TimeDelta, Utc};

use crate::features::sessions::domain::Session;
use crate::features::users::domain::User;
use crate::security::jwt::Subject;
use crate::security::random;
use crate::state::App;

/// What a client receives at sign-in and at each refresh.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The user.
    pub user: User,
    /// The access token, for every request.
    pub access_token: String,
    /// The remaining lifetime of the access token.
    pub access_expires_in: TimeDelta,
    /// The refresh token, for the next refresh.
    pub refresh_token: String,
    /// The remaining lifetime of the refresh token.
    pub refresh_expires_in: TimeDelta,
}

impl Grant {
    /// Signs the tokens of the session's newest generation; `now` is the database's time. The
    /// refresh token depends on the row alone, so every instance produces the same one each time.
    pub(super) fn new(app: &App, user: User, session: &Session, now: DateTime<Utc>) -> Self {
        let generation = session.generation();
        let subject = Subject {
            user_id: user.id,
            role: user.role.as_str(),
            session_id: session.id,
            generation: generation.number,
            epoch: session.epoch,
            auth_time: session.auth_time(),
            amr: &session.amr,
            aal: session.aal(),
        };
        let refresh_token =
            app.jwt
                .issue_refresh(subject, generation.rotated_at, session.expires_at);
        // Never later than the row says, because the end of the session is remembered only until
        // then.
        let access_until = session
            .access_until
            .min(session.expires_at)
            .min(now + app.config.tokens.access_ttl);
        Self {
            access_token: app
                .jwt
                .issue_access(subject, random::uuid(), now, access_until),
            access_expires_in: access_until - now,
            refresh_token,
            refresh_expires_in: session.expires_at - now,
            user,
        }
    }
}
