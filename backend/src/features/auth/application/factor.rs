//! Trying the factor that somebody presents, be it a code or a passkey.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::second_factor::SecondFactorError;
use crate::db::DbError;
use crate::features::audit::domain::Cause;
use crate::features::factors::application::{Answer, Presented, check};
use crate::features::factors::domain::Method;
use crate::features::passkeys::application::{
    AssertionError, Verified, record_use, verify_assertion,
};
use crate::features::passkeys::domain::{Ceremony, Signed};
use crate::features::users::application::{Happened, notify};
use crate::features::users::domain::User;
use crate::state::{App, AppState};

/// A factor as somebody presents it.
#[derive(Clone)]
pub enum Given {
    /// A code.
    Code(Presented),
    /// A passkey.
    Passkey(Signed),
}

/// Why a passkey proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefused {
    /// Its challenge is used or too old, or was for something else.
    #[error("the challenge is used or too old, or was for something else")]
    Expired,
    /// No account has it.
    #[error("no account has the passkey")]
    Unknown,
    /// What it signed does not verify, or it may not sign in.
    #[error("the passkey is refused")]
    Invalid,
}

/// Consumes the challenge of a ceremony, and verifies what a passkey made of it.
pub(super) async fn verify(
    app: &AppState,
    ceremony: Ceremony,
    signed: &Signed,
) -> Result<Result<Verified, PasskeyRefused>, DbError> {
    match verify_assertion(app, ceremony, signed.flow, &signed.credential).await {
        Ok(verified) => Ok(Ok(verified)),
        Err(AssertionError::Expired) => Ok(Err(PasskeyRefused::Expired)),
        Err(AssertionError::UnknownPasskey) => Ok(Err(PasskeyRefused::Unknown)),
        Err(AssertionError::Refused(_)) => Ok(Err(PasskeyRefused::Invalid)),
        Err(AssertionError::Database(error)) => Err(error),
    }
}

/// Records the use of a passkey in the transaction that relies on it, and tells its owner if a copy may
/// exist. Returns whether the account still has the passkey; `now` is the database's time.
pub(super) fn use_passkey(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    verified: &Verified,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let Some(passkey) = record_use(conn, verified, cause, now)? else {
        return Ok(false);
    };
    if passkey.counter_stalled_at == passkey.last_used_at {
        notify(conn, app, user, Happened::PasskeyCopied, cause, now)?;
    }
    Ok(true)
}

/// A factor, verified as far as that needs no transaction.
#[derive(Clone)]
pub(super) enum Checked {
    Code(Presented),
    Passkey(Result<Verified, PasskeyRefused>),
}

impl Checked {
    /// Consumes the challenge of a ceremony, and verifies what a passkey made of it. A challenge that is
    /// no more is no failure.
    pub async fn of_passkey(
        app: &AppState,
        ceremony: Ceremony,
        signed: &Signed,
    ) -> Result<Self, SecondFactorError> {
        match verify(app, ceremony, signed).await? {
            Err(PasskeyRefused::Expired) => Err(PasskeyRefused::Expired.into()),
            result => Ok(Self::Passkey(result)),
        }
    }

    /// Tries it, in the transaction of what it is for, which must commit also when it is wrong. Wrong codes
    /// count for the account; nobody guesses a passkey.
    pub fn present(
        &self,
        conn: &mut PgConnection,
        app: &App,
        user: &User,
        cause: &Cause,
        now: DateTime<Utc>,
    ) -> QueryResult<Answer> {
        match self {
            Self::Code(presented) => check(conn, app, user.id, presented, now),
            Self::Passkey(Ok(verified)) => {
                let is_used = use_passkey(conn, app, user, verified, cause, now)?;
                Ok(if is_used {
                    Answer::Right(Method::Passkey)
                } else {
                    Answer::Wrong
                })
            }
            Self::Passkey(Err(_)) => Ok(Answer::Wrong),
        }
    }

    /// Says why a passkey was wrong; `None` for a code.
    pub fn passkey_refused(&self) -> Option<PasskeyRefused> {
        match self {
            Self::Code(_) => None,
            // It was removed meanwhile.
            Self::Passkey(Ok(_)) => Some(PasskeyRefused::Unknown),
            Self::Passkey(Err(refused)) => Some(*refused),
        }
    }
}
