//! The pair of tokens that stands for a session's newest generation.

use chrono::{DateTime, TimeDelta, Utc};

use crate::features::sessions::domain::Session;
use crate::features::users::domain::User;
use crate::security::jwt::Subject;
use crate::security::random;
use crate::state::App;

/// What a client gets at sign-in and at each refresh.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Who signed in.
    pub user: User,
    /// For every request.
    pub access_token: String,
    /// How long the access token lives.
    pub access_expires_in: TimeDelta,
    /// For the next refresh.
    pub refresh_token: String,
    /// How long the refresh token lives.
    pub refresh_expires_in: TimeDelta,
}

impl Grant {
    /// Makes the tokens of the session's newest generation; `now` is the database's time. The refresh
    /// token follows from the row alone, so that every instance makes the same one however often it is
    /// asked.
    pub(super) fn new(app: &App, user: User, session: &Session, now: DateTime<Utc>) -> Self {
        let generation = session.generation();
        let subject = Subject {
            user_id: user.id,
            role: user.role.as_str(),
            session_id: session.id,
            generation: generation.number,
            epoch: session.epoch,
        };
        let refresh_token =
            app.jwt
                .issue_refresh(subject, generation.rotated_at, session.expires_at);
        // Never beyond what the row says: by that the session's end is remembered for long enough.
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
