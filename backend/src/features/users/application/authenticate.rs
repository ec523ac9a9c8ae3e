//! Checking a password, in the same time and with the same answer whether the address is unknown,
//! the password wrong, the account deactivated, without a password or with a hash of any age.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

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

/// Why nobody was authenticated.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// There is no active account with this address and password.
    #[error("address and password do not belong to an active account")]
    InvalidCredentials,
    /// The address has had too many failures lately.
    #[error("too many failed sign-ins lately")]
    Throttled {
        /// How long until the next attempt is looked at.
        wait: Duration,
    },
    /// The password was not compared.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for AuthenticateError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Somebody who knew the password, a moment ago.
#[derive(Clone)]
pub struct Authenticated {
    /// The account, which may have been changed since: [`admit`] returns it as it is.
    pub user_id: i64,
    credentials_version: i32,
    budget: Budget,
}

impl Authenticated {
    /// Returns what the person's failures count in, and who takes turns with whom: strangers keep no
    /// known device waiting.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }
}

/// Checks a password, counting failures; [`admit`] has the last word.
///
/// A throttled sign-in does all that a failed one does, whatever its password, so that nobody goes
/// on guessing by the clock. The failures are looked at here for that alone: guesses sent at once
/// all pass, and are judged one after the other where they are counted or admitted.
///
/// A device that is known for the account has a budget of its own and goes ahead of strangers. Being
/// known gives nothing else.
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
    let overtakes = app.limits.overtaking.admits_device(&mark.ids());
    let place = if overtakes {
        app.passwords.enter_ahead()?
    } else {
        app.passwords.enter()?
    };
    let (wanted, marked, now) = (email.clone(), mark.clone(), app.clock.now());
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
                sign_in_failures::find_exhausted_and_costs(conn, &budget, now)?;
            Ok((found, is_known, budget, exhausted, costs))
        })
        .await?;
    // The mark may be of another account, or the account too busy.
    let known_id = found.as_ref().filter(|_| overtakes && is_known);
    let known_id = known_id.map(|found| found.user.id);
    let place = if known_id.is_some_and(|id| app.limits.overtaking.admits_account(id)) {
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
        tracing::warn!(%error, "a password keeps its old hash until the next sign-in");
    }
    Ok(person)
}

/// The hash to compare with, also of a deactivated account, which goes on to cost what it did. A damaged
/// one counts as none: a failure would tell that there is an account.
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

/// Lets an authenticated person in, within the transaction of what they do, and returns the account as
/// it is now: its role may have been changed while the password was hashed. Comes after the lock of
/// the person's budget.
///
/// # Errors
///
/// When the account was changed or throttled since, or the database fails.
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

/// Completes what was refused within a transaction: of many guesses sent at once, [`admit`] turns away
/// some that [`authenticate`] let pass, and they are counted and recorded as all others are.
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

/// Counts a sign-in that is refused, unless its budget is used up already, and records it.
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
    let now = app.clock.now();
    let counted = app.db.transaction(move |conn| {
        let _held = &turn;
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
        Ok::<_, DbError>(counted)
    });
    match counted.await {
        Ok(Ok(())) => AuthenticateError::InvalidCredentials,
        Ok(Err(exhausted)) => throttled(exhausted, now),
        Err(error) => error.into(),
    }
}

fn throttled(exhausted: Exhausted, now: DateTime<Utc>) -> AuthenticateError {
    AuthenticateError::Throttled {
        wait: (exhausted.until - now).to_std().unwrap_or_default(),
    }
}

/// Replaces a hash made with weaker parameters; put off to the next sign-in while cores are scarce.
/// Nobody is refused for it: another device may have replaced the hash meanwhile.
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
