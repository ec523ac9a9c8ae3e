//! Signing up where an account begins with a proof of its address.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use super::notify::mail_locale;
use super::register::{RegisterError, create};
use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::mail::application::post;
use crate::features::mail::domain::{Letter, Locale, Outgoing};
use crate::features::proofs::application::{Begun, Budget, Exhausted, New, begin, spend};
use crate::features::proofs::domain::{Proof, Purpose};
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::features::users::infrastructure::users::Created;
use crate::features::users::infrastructure::{reserved_addresses, users};
use crate::security::password::HashError;
use crate::state::{App, AppState};

/// Why no mail was sent.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The address was sent too many mails lately.
    #[error("the address was sent too many mails lately")]
    TooManyMails {
        /// How long until the next one.
        wait: Duration,
    },
    /// The password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for SignUpError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Returns how long until a budget has room again.
pub fn wait_for(exhausted: Exhausted, now: DateTime<Utc>) -> Duration {
    (exhausted.until - now).to_std().unwrap_or_default()
}

/// Mails a code and a link to the address. The account begins when they come back, and nothing is kept
/// that anybody could sign in to until then.
///
/// An address that has an account is told so by mail, and nowhere else: the answer, the work and the
/// limits are the same for every address.
pub async fn sign_up(
    app: &AppState,
    email: Email,
    password: NewPassword,
    locale: Locale,
    cause: Cause,
) -> Result<Begun, SignUpError> {
    let hash = app.passwords.enter()?.hash(password.into_secret()).await?;
    let turn = app.turns.take(email.as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let state = app.clone();
    let begun = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            patience::wait_briefly(conn)?;
            let now = time::now(conn, &state.clock)?;
            if let Err(exhausted) = spend(conn, &Budget::of_strangers(email.as_str()), now)? {
                let wait = wait_for(exhausted, now);
                return Err(SignUpError::TooManyMails { wait });
            }
            let begun = ask(conn, &state, &email, &hash, locale, &cause, now)?;
            Ok(begun)
        })
        .await?;
    app.mail_wanted.notify_one();
    Ok(begun)
}

fn ask(
    conn: &mut PgConnection,
    app: &App,
    email: &Email,
    hash: &str,
    locale: Locale,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Begun> {
    let owner = users::find_by_email(conn, email)?;
    let is_reserved = reserved_addresses::is_reserved(conn, email.as_str(), None, now)?;
    let is_decoy = owner.is_some() || is_reserved;
    let new = New {
        purpose: Purpose::SignUp,
        user_id: None,
        address: email.as_str(),
        is_decoy,
        // People who forgot that they have an account type its password.
        password_hash: Some(hash).filter(|_| !is_decoy),
        locale: locale.as_str(),
    };
    let (begun, secrets) = begin(conn, app, &new, now)?;
    let event = Event {
        kind: Kind::VerificationSent,
        user_id: owner.as_ref().map(|owner| owner.id),
        session_id: None,
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    let is_told = owner.as_ref().is_none_or(|owner| owner.is_active);
    let outgoing = Outgoing {
        recipient: email.as_str().to_owned(),
        locale: owner.as_ref().map_or(locale, mail_locale),
        letter: match owner {
            Some(_) => Letter::AlreadyRegistered,
            None => Letter::SignUp(secrets),
        },
        is_decoy: is_reserved || !is_told,
        proof: Some((begun.flow, 1)),
        expires_at: now + Purpose::SignUp.lifetime(),
    };
    post(conn, app, &outgoing, now)?;
    Ok(begun)
}

/// Adds the account of a sign-up whose proof was consumed in this transaction.
///
/// # Errors
///
/// As [`super::register()`]: the address may have been taken since.
pub fn create_proved(
    conn: &mut PgConnection,
    proof: &Proof,
    cause: &Cause,
    now: DateTime<Utc>,
) -> Result<User, RegisterError> {
    let created = Created {
        email: &proof.address,
        password_hash: proof.password_hash.as_deref(),
        role: Role::User,
        locale: proof.locale.as_deref(),
        is_proved: true,
        is_invited: false,
    };
    let user = create(conn, created, cause, now)?;
    let event = Event {
        kind: Kind::EmailVerified,
        user_id: Some(user.id),
        session_id: None,
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    Ok(user)
}

/// Adds an account without a password, for somebody who is invited.
///
/// # Errors
///
/// As [`super::register()`].
pub fn create_invited(
    conn: &mut PgConnection,
    email: &Email,
    locale: Locale,
    cause: &Cause,
    now: DateTime<Utc>,
) -> Result<User, RegisterError> {
    let created = Created {
        email: email.as_str(),
        password_hash: None,
        role: Role::User,
        locale: Some(locale.as_str()),
        is_proved: false,
        is_invited: true,
    };
    create(conn, created, cause, now)
}
