//! Proving again who one is, within a session.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use super::factor::{Checked, Given};
use super::second_factor::SecondFactorError;
use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::domain::Mark;
use crate::features::factors::application::Answer;
use crate::features::factors::domain::{Method, Methods};
use crate::features::passkeys::domain::Ceremony;
use crate::features::sessions::application::{Asker, find_proved_at, note_proved};
use crate::features::users::application::{
    AuthenticateError, AuthorError, Claim, Claimant, Happened, find, find_for_update, list_factors,
    notify, with_password,
};
use crate::features::users::domain::{Attempt, Email};
use crate::state::AppState;

/// What somebody proves who they are by.
#[derive(Clone)]
pub enum Proof {
    /// The password, where no second factor is on.
    Password(Attempt),
    /// A code or a passkey.
    Factor(Given),
}

/// Why nothing was proved.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// The session has ended, or a password alone proves nothing.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The password is wrong.
    #[error(transparent)]
    Password(#[from] AuthenticateError),
    /// The code or the passkey is wrong.
    #[error(transparent)]
    Factor(#[from] SecondFactorError),
}

impl From<DbError> for StepUpError {
    fn from(error: DbError) -> Self {
        Self::Author(error.into())
    }
}

impl From<DieselError> for StepUpError {
    fn from(error: DieselError) -> Self {
        Self::Author(error.into())
    }
}

/// Notes that the owner of a session proved who they are, which counts for ten minutes.
pub async fn step_up(
    app: &AppState,
    asker: Asker,
    proof: Proof,
    mark: Mark,
    cause: Cause,
) -> Result<(), StepUpError> {
    match proof {
        Proof::Password(password) => by_password(app, asker, password, mark, cause).await,
        Proof::Factor(given) => by_factor(app, asker, given, cause).await,
    }
}

async fn by_password(
    app: &AppState,
    asker: Asker,
    password: Attempt,
    mark: Mark,
    cause: Cause,
) -> Result<(), StepUpError> {
    let id = asker.user_id;
    let found = app.db.read(move |conn| find(conn, id)).await?;
    let found = found.ok_or(AuthorError::SignedOut)?;
    let claim = Claim {
        email: Email::parse(&found.email).map_err(|_| AuthorError::SignedOut)?,
        password,
        mark,
        claimant: Claimant::Owner,
    };
    let recorded = cause.clone();
    with_password(app, claim, cause, move |conn, user, now| {
        let proved_at = find_proved_at(conn, asker)?.ok_or(AuthorError::SignedOut)?;
        if user.second_factor_at.is_some() {
            let factors = list_factors(conn, user.id)?;
            return Err(AuthorError::StepUpNeeded { factors }.into());
        }
        let methods = Methods::continued(&proved_at.amr, Method::Password);
        note_proved(conn, asker.session_id, false, methods.amr(), now)?;
        record(conn, Kind::SteppedUp, asker, &recorded, now).map_err(StepUpError::from)
    })
    .await
}

async fn by_factor(
    app: &AppState,
    asker: Asker,
    given: Given,
    cause: Cause,
) -> Result<(), StepUpError> {
    let checked = match given {
        Given::Code(presented) => Checked::Code(presented),
        Given::Passkey(signed) => {
            let ceremony = Ceremony::step_up(asker.user_id, asker.session_id);
            Checked::of_passkey(app, ceremony, &signed).await?
        }
    };
    let refused = checked.passkey_refused();
    let turn = app.turns.take(asker.user_id).await.map_err(DbError::from)?;
    let state = app.clone();
    // Commits also when the factor is wrong, because that is counted.
    let answer = app.db.transaction(move |conn| {
        let _held = &turn;
        patience::wait_briefly(conn)?;
        let now = time::now(conn, &state.clock)?;
        let user = find_for_update(conn, asker.user_id)?.ok_or(AuthorError::SignedOut)?;
        let proved_at = find_proved_at(conn, asker)?.ok_or(AuthorError::SignedOut)?;
        let answer = checked.present(conn, &state, &user, &cause, now)?;
        match answer {
            Answer::Right(method) => {
                let methods = Methods::continued(&proved_at.amr, method);
                note_proved(conn, asker.session_id, true, methods.amr(), now)?;
                record(conn, Kind::SteppedUp, asker, &cause, now)?;
                if method == Method::RecoveryCode {
                    record(conn, Kind::RecoveryCodeUsed, asker, &cause, now)?;
                    notify(conn, &state, &user, Happened::RecoveryCodeUsed, &cause, now)?;
                }
            }
            Answer::Wrong => record(conn, Kind::SecondFactorFailed, asker, &cause, now)?,
            Answer::UsedUp { .. } => {}
        }
        Ok::<_, StepUpError>((answer, now))
    });
    match answer.await? {
        (Answer::Right(_), _) => {
            app.mail_wanted.notify_one();
            Ok(())
        }
        (Answer::Wrong, _) => Err(refused
            .map_or(SecondFactorError::Wrong, SecondFactorError::from)
            .into()),
        (Answer::UsedUp { until }, now) => {
            let wait = (until - now).to_std().unwrap_or_default();
            Err(SecondFactorError::Throttled { wait }.into())
        }
    }
}

fn record(
    conn: &mut PgConnection,
    kind: Kind,
    asker: Asker,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let event = Event {
        kind,
        user_id: Some(asker.user_id),
        session_id: Some(asker.session_id),
        cause,
        at: now,
    };
    audit::record(conn, &event)
}
