//! Checks a password, with the same time and response whether the address is unknown, the password
//! is wrong, or the account is deactivated, has no password or has an old hash.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use super::queue;
use crate::db::DbError;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::application::is_known;
use crate::features::devices::domain::Mark;
use crate::features::users::domain::{Attempt, Credentials, Email, User};
use crate::features::users::infrastructure::sign_in_failures::{self, Budget, Exhausted};
use crate::features::users::infrastructure::users;
use crate::security::password::{Comparison, HashError};
use crate::security::password_cost::Cost;
use crate::state::AppState;

/// Why a password check failed.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// No active account has this address and password.
    #[error("no active account has this address and password")]
    InvalidCredentials,
    /// The address has had too many failures recently.
    #[error("too many recent failed sign-ins")]
    Throttled {
        /// How long until the next attempt is accepted.
        wait: Duration,
    },
    /// The password could not be compared.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for AuthenticateError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// The result of a successful password check.
#[derive(Clone)]
pub struct Authenticated {
    /// The account. It may have changed since; [`admit`] returns its current state.
    pub user_id: i64,
    credentials_version: i32,
    budget: Budget,
}

impl Authenticated {
    /// The budget that failures count in. It also decides whom the request queues with: unknown
    /// devices never delay known ones.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }
}

/// Checks a password and counts failures; [`admit`] makes the final decision.
///
/// A throttled sign-in does everything that a failed one does, whatever its password, so that an
/// attacker cannot continue guessing by timing. The failures are only read here: guesses sent at
/// the same time all pass this check, and are judged one after the other when they are counted or
/// admitted.
///
/// A device that is known for the account has a budget of its own and goes ahead of strangers. Being
/// known gives nothing else. Whoever is signed in goes ahead too.
///
/// # Errors
///
/// [`AuthenticateError`].
pub async fn authenticate(
    app: &AppState,
    email: &Email,
    password: Attempt,
    mark: &Mark,
    cause: &Cause,
) -> Result<Authenticated, AuthenticateError> {
    let is_signed_in = cause.actor_id.is_some();
    let overtakes = !is_signed_in && app.limits.overtaking.admits_device(&mark.ids());
    let place = if overtakes {
        app.passwords.enter_ahead()?
    } else {
        queue::enter(app, cause.actor_id)?
    };
    let (wanted, marked, clock) = (email.clone(), mark.clone(), app.clock.clone());
    let (found, is_known, budget, exhausted, costs) = app
        .db
        .read(move |conn| {
            let found = users::find_credentials_by_email(conn, &wanted)?;
            let user_id = found.as_ref().map(|found| found.user.id);
            let is_known = is_known(conn, &marked, user_id)?;
            let budget = if is_known {
                Budget::of_known_devices(&wanted)
            } else {
                Budget::of_strangers(&wanted)
            };
            let (exhausted, costs) =
                sign_in_failures::find_exhausted_and_costs(conn, &budget, &clock)?;
            Ok((found, is_known, budget, exhausted, costs))
        })
        .await?;
    // The mark may belong to another account, or the account may be too busy.
    let known_id = found.as_ref().filter(|_| overtakes && is_known);
    let known_id = known_id.map(|found| found.user.id);
    let stays_ahead = known_id.is_some_and(|id| app.limits.overtaking.admits_account(id));
    let place = if stays_ahead || is_signed_in {
        place
    } else {
        place.fall_behind()?
    };
    let decoy = costs.and_then(|costs| costs.at(email));
    let decoy = decoy.unwrap_or_else(|| app.passwords.today().clone());
    let hash = found.as_ref().and_then(readable_hash);
    let verdict = place
        .verify(hash, decoy, password.clone().into_secret())
        .await?;
    let known = found.clone().filter(Credentials::is_open);
    let (Some(known), Comparison::Match { is_outdated }, None) = (known, verdict, exhausted) else {
        let user_id = found.map(|found| found.user.id);
        return Err(count_failure(app, budget, user_id, cause.clone()).await);
    };
    let person = Authenticated {
        user_id: known.user.id,
        credentials_version: known.credentials_version,
        budget,
    };
    if is_outdated && let Err(error) = rehash(app, known, password).await {
        tracing::warn!(%error, "a password hash was not upgraded; the next sign-in will try again");
    }
    Ok(person)
}

/// The hash to compare with, even for a deactivated account, whose cost must not change. A damaged
/// hash counts as none, because an error would reveal that there is an account.
fn readable_hash(found: &Credentials) -> Option<String> {
    let hash = found.password_hash.clone()?;
    if Cost::of(&hash).is_none() {
        let user_id = found.user.id;
        tracing::error!(
            user_id,
            "an account's hash is damaged or too costly; nobody can sign in"
        );
        return None;
    }
    Some(hash)
}

/// Completes an authentication as part of a transaction, and returns the current account: its role
/// may have changed while the password was hashed. Requires the lock of the budget. Fails if the
/// account was changed or throttled since.
pub fn admit(
    conn: &mut PgConnection,
    person: &Authenticated,
    now: DateTime<Utc>,
) -> Result<User, AuthenticateError> {
    if let Some(exhausted) = sign_in_failures::find_exhausted(conn, &person.budget, now)? {
        return Err(throttled(exhausted, now));
    }
    users::find_unchanged(conn, person.user_id, person.credentials_version)?
        .ok_or(AuthenticateError::InvalidCredentials)
}

/// Counts and records a refusal by [`admit`], which rejects some guesses that [`authenticate`]
/// accepted because they were sent at the same time.
pub(super) async fn count_if_refused(
    app: &AppState,
    error: AuthenticateError,
    person: Authenticated,
    cause: Cause,
) -> AuthenticateError {
    match error {
        AuthenticateError::Throttled { .. } | AuthenticateError::InvalidCredentials => {
            count_failure(app, person.budget, Some(person.user_id), cause).await
        }
        failed => failed,
    }
}

/// Counts and records a failed sign-in, unless its budget is already exhausted.
async fn count_failure(
    app: &AppState,
    budget: Budget,
    user_id: Option<i64>,
    cause: Cause,
) -> AuthenticateError {
    let turn = match app.turns.take(&budget).await {
        Ok(turn) => turn,
        Err(busy) => return AuthenticateError::Database(busy.into()),
    };
    let clock = app.clock.clone();
    let counted = app.db.transaction(move |conn| {
        let _held = &turn;
        let now = sign_in_failures::lock_briefly(conn, &budget, &clock)?;
        let counted = sign_in_failures::insert(conn, &budget, now)?;
        let kind = match counted {
            Ok(()) => Kind::SignInFailed,
            Err(_) => Kind::SignInThrottled,
        };
        audit::record(
            conn,
            &Event {
                kind,
                user_id,
                session_id: None,
                cause: &cause,
                at: now,
            },
        )?;
        Ok::<_, DbError>(counted.map_err(|exhausted| throttled(exhausted, now)))
    });
    match counted.await {
        Ok(Ok(())) => AuthenticateError::InvalidCredentials,
        Ok(Err(throttled)) => throttled,
        Err(error) => error.into(),
    }
}

fn throttled(exhausted: Exhausted, now: DateTime<Utc>) -> AuthenticateError {
    AuthenticateError::Throttled {
        wait: (exhausted.until - now).to_std().unwrap_or_default(),
    }
}

/// Replaces a hash made with weaker parameters, or leaves it to the next sign-in if no core is
/// free. Failing to do so never refuses the sign-in: another device may have replaced the hash
/// meanwhile.
async fn rehash(
    app: &AppState,
    known: Credentials,
    password: Attempt,
) -> Result<(), AuthenticateError> {
    let (Ok(place), Some(old)) = (app.passwords.enter(), known.password_hash) else {
        return Ok(());
    };
    let (id, new) = (known.user.id, place.hash(password.into_secret()).await?);
    let turn = app.turns.take(id).await.map_err(DbError::from)?;
    app.db
        .run(move |conn| {
            let _held = &turn;
            users::update_hash(conn, id, &old, &new).map_err(DbError::from)
        })
        .await?;
    Ok(())
}
