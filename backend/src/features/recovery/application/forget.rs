//! Asking for a new password.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::application::is_known;
use crate::features::devices::domain::Mark;
use crate::features::mail::application::post;
use crate::features::mail::domain::{Letter, Locale, Outgoing};
use crate::features::proofs::application::{Begun, Budget, New, begin, spend};
use crate::features::proofs::domain::Purpose;
use crate::features::users::application::{find_by_email, mail_locale, wait_for};
use crate::features::users::domain::{Email, User};
use crate::state::{App, AppState};

/// Why no mail was sent.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The address was sent too many mails lately.
    #[error("the address was sent too many mails lately")]
    TooManyMails {
        /// How long until the next one.
        wait: Duration,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for ForgetError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Mails a code and a link by which a new password can be set, if the address has an active account.
/// The answer, the work and the limits are the same for every address. An account's known devices have
/// a share of the mails that strangers cannot use up.
pub async fn forget(
    app: &AppState,
    email: Email,
    locale: Locale,
    mark: Mark,
    cause: Cause,
) -> Result<Begun, ForgetError> {
    let turn = app.turns.take(email.as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let state = app.clone();
    let begun = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            patience::wait_briefly(conn)?;
            let now = time::now(conn, &state.clock)?;
            let user = find_by_email(conn, &email)?;
            let is_known = is_known(conn, &mark, user.as_ref().map(|user| user.id))?;
            let budget = if is_known {
                Budget::of_known_devices(email.as_str())
            } else {
                Budget::of_strangers(email.as_str())
            };
            if let Err(exhausted) = spend(conn, &budget, now)? {
                let wait = wait_for(exhausted, now);
                return Err(ForgetError::TooManyMails { wait });
            }
            Ok(ask(
                conn,
                &state,
                &email,
                user.as_ref(),
                locale,
                &cause,
                now,
            )?)
        })
        .await?;
    app.mail_wanted.notify_one();
    Ok(begun)
}

fn ask(
    conn: &mut PgConnection,
    app: &App,
    email: &Email,
    user: Option<&User>,
    locale: Locale,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Begun> {
    let is_decoy = !user.is_some_and(|user| user.is_active);
    let locale = user.map_or(locale, mail_locale);
    let new = New {
        purpose: Purpose::Reset,
        user_id: user.map(|user| user.id),
        address: email.as_str(),
        is_decoy,
        password_hash: None,
        locale: locale.as_str(),
    };
    let (begun, secrets) = begin(conn, app, &new, now)?;
    let event = Event {
        kind: Kind::ResetRequested,
        user_id: new.user_id,
        session_id: None,
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    let outgoing = Outgoing {
        recipient: email.as_str().to_owned(),
        locale,
        letter: Letter::Reset(secrets),
        is_decoy,
        proof: Some((begun.flow, 1)),
        expires_at: now + Purpose::Reset.lifetime(),
    };
    post(conn, app, &outgoing, now)?;
    Ok(begun)
}
