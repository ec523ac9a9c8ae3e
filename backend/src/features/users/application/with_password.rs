//! The protocol of every password check.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use super::authenticate::{
    AuthenticateError, Authenticated, admit, authenticate, count_if_refused,
};
use crate::clock::Clock;
use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::devices::domain::Mark;
use crate::features::users::domain::{Attempt, Email, User};
use crate::features::users::infrastructure::{sign_in_failures, users};
use crate::state::AppState;

/// A password and the account it is for.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The account's address.
    pub email: Email,
    /// The password as typed.
    pub password: Attempt,
    /// The mark of the device on which it was typed.
    pub mark: Mark,
    /// Who sends it.
    pub claimant: Claimant,
}

/// Who sends a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimant {
    /// Anyone. Waits only briefly for locks, so that strangers hold no connections.
    Stranger,
    /// The signed-in owner. The account's row is locked for a change.
    Owner,
}

/// Checks a password, then runs `work` in a transaction with the current account and the database's
/// time. `work` does not run if the account was changed or throttled meanwhile.
///
/// Failures are counted and recorded, even those that only the transaction detects: of guesses sent
/// at the same time, each is judged after all before it were counted. Errors of `work` roll the
/// transaction back.
pub async fn with_password<T, E>(
    app: &AppState,
    claim: Claim,
    cause: Cause,
    mut work: impl FnMut(&mut PgConnection, User, DateTime<Utc>) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<AuthenticateError> + From<DbError> + Send + 'static,
{
    let Claim {
        email,
        password,
        mark,
        claimant,
    } = claim;
    let person = authenticate(app, &email, password, &mark, &cause).await?;
    let turn = match claimant {
        Claimant::Stranger => app.turns.take(person.budget()).await,
        Claimant::Owner => app.turns.take(person.user_id).await,
    };
    let turn = turn.map_err(DbError::from)?;
    let (admitted, clock) = (person.clone(), app.clock.clone());
    let done = app.db.transaction(move |conn| {
        let _held = &turn;
        let now = lock(conn, &admitted, claimant, &clock)?;
        let user = admit(conn, &admitted, now).map_err(Stopped::Refused)?;
        work(conn, user, now).map_err(Stopped::Failed)
    });
    match done.await {
        Ok(done) => Ok(done),
        Err(Stopped::Refused(error)) => {
            Err(count_if_refused(app, error, person, cause).await.into())
        }
        Err(Stopped::Failed(error)) => Err(error),
    }
}

/// Locks the person's budget, then for an owner the account's row: always in this order. Returns the
/// database's time once they are locked.
fn lock(
    conn: &mut PgConnection,
    person: &Authenticated,
    claimant: Claimant,
    clock: &Clock,
) -> QueryResult<DateTime<Utc>> {
    match claimant {
        Claimant::Stranger => sign_in_failures::lock_briefly(conn, person.budget(), clock),
        Claimant::Owner => {
            sign_in_failures::lock(conn, person.budget())?;
            users::find_for_update(conn, person.user_id)?;
            time::now(conn, clock)
        }
    }
}

/// Why the transaction was rolled back.
enum Stopped<E> {
    Refused(AuthenticateError),
    Failed(E),
}

impl<E> From<DieselError> for Stopped<E> {
    fn from(error: DieselError) -> Self {
        Self::Refused(error.into())
    }
}

impl<E> From<DbError> for Stopped<E> {
    fn from(error: DbError) -> Self {
        Self::Refused(error.into())
    }
}
