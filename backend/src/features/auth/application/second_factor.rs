//! Going on with a sign-in, or a reset, by a second factor.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use super::door::{Admission, Entering, Entrance, SignedIn, enter};
use super::factor::{Checked, Given, PasskeyRefused};
use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::factors::application::{
    Answer, consume_flow, find_flow, find_waiting, note_failure, note_proved,
};
use crate::features::factors::domain::{Client, Flow, Method, Methods, Purpose};
use crate::features::passkeys::domain::Ceremony;
use crate::features::users::application::{Happened, find_credentials, find_unchanged, notify};
use crate::features::users::domain::User;
use crate::state::{App, AppState};

/// Why a second factor did not help.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// The flow is over, or another client's.
    #[error("the flow is over, or another client's")]
    FlowOver,
    /// The factor is wrong, or was used before.
    #[error("the second factor is wrong, or was used before")]
    Wrong,
    /// The passkey is refused.
    #[error(transparent)]
    Passkey(#[from] PasskeyRefused),
    /// Too many were wrong.
    #[error("too many second factors of the account were wrong")]
    Throttled {
        /// How long until the next one is tried.
        wait: Duration,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for SecondFactorError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// What a flow came to.
#[derive(Clone, Debug)]
pub enum Completed {
    /// The user is signed in.
    SignedIn(Box<SignedIn>),
    /// The reset by mail can go on, with this flow.
    ResetAllowed,
}

/// What the transaction of an attempt came to; it commits in any case.
enum Attempt {
    Entered(Entering),
    ResetAllowed,
    Refused(SecondFactorError),
}

/// Tries a second factor, and goes on with what its flow waits to do. Wrong ones count for the flow, which
/// ends after five, and for the account.
pub async fn go_on(
    app: &AppState,
    id: Uuid,
    client: Client,
    given: Given,
    entrance: Entrance,
    cause: Cause,
) -> Result<Completed, SecondFactorError> {
    let checked = match given {
        Given::Code(presented) => Checked::Code(presented),
        Given::Passkey(signed) => {
            let ceremony = ceremony_of(app, id, client.clone()).await?;
            Checked::of_passkey(app, ceremony, &signed).await?
        }
    };
    let refused = checked.passkey_refused();
    let turn = app.turns.take(id.to_string().as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let state = app.clone();
    let attempt = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            patience::wait_briefly(conn)?;
            let now = time::now(conn, &state.clock)?;
            // The account before the flow, like all that changes an account.
            let Some((user, flow)) = find(conn, id, &client, now)? else {
                return Ok(Attempt::Refused(SecondFactorError::FlowOver));
            };
            let try_of = Try {
                app: &state,
                cause: &cause,
                now,
            };
            match checked.present(conn, &state, &user, &cause, now)? {
                Answer::Right(method) => try_of.succeed(conn, user, &flow, method, &entrance),
                Answer::Wrong => {
                    try_of.fail(conn, &user, &flow)?;
                    let wrong = refused.map_or(SecondFactorError::Wrong, Into::into);
                    Ok(Attempt::Refused(wrong))
                }
                Answer::UsedUp { until } => {
                    let wait = (until - now).to_std().unwrap_or_default();
                    Ok(Attempt::Refused(SecondFactorError::Throttled { wait }))
                }
            }
            .map_err(DbError::from)
        })
        .await?;
    app.mail_wanted.notify_one();
    match attempt {
        Attempt::Refused(error) => Err(error),
        Attempt::ResetAllowed => Ok(Completed::ResetAllowed),
        Attempt::Entered(entering) => match entering.finish(app) {
            Admission::SignedIn(signed_in) => {
                app.metrics.sign_ins.count("succeeded");
                Ok(Completed::SignedIn(signed_in))
            }
            // A second factor was just right, so that none can be missing.
            Admission::Waiting(_) => Err(SecondFactorError::FlowOver),
        },
    }
}

/// What a passkey has to sign to go on with a flow that waits for a second factor of this client.
pub(super) async fn ceremony_of(
    app: &AppState,
    id: Uuid,
    client: Client,
) -> Result<Ceremony, SecondFactorError> {
    let clock = app.clock.clone();
    let found = app.db.run(move |conn| {
        let now = time::now(conn, &clock)?;
        let found = find_flow(conn, id)?;
        Ok::<_, DbError>(found.filter(|flow| flow.waits_for(&client, now)))
    });
    let flow = found.await?.ok_or(SecondFactorError::FlowOver)?;
    Ok(Ceremony::second_factor(flow.user_id, flow.id))
}

/// Finds the flow and its account, if nothing has changed the account's credentials since it began.
fn find(
    conn: &mut PgConnection,
    id: Uuid,
    client: &Client,
    now: DateTime<Utc>,
) -> QueryResult<Option<(User, Flow)>> {
    let Some(found) = find_flow(conn, id)? else {
        return Ok(None);
    };
    // A reset also opens an account that its owner has locked.
    let user = match found.purpose {
        Purpose::SignIn => find_unchanged(conn, found.user_id, found.credentials_version)?,
        Purpose::Reset => find_unlocked_or_not(conn, &found)?,
        Purpose::Enrolment | Purpose::Unknown => None,
    };
    let Some(user) = user else {
        return Ok(None);
    };
    let flow = find_waiting(conn, id, client, now)?;
    Ok(flow.map(|flow| (user, flow)))
}

fn find_unlocked_or_not(conn: &mut PgConnection, flow: &Flow) -> QueryResult<Option<User>> {
    let found = find_credentials(conn, flow.user_id)?;
    let unchanged = found.filter(|found| {
        found.user.is_active && found.credentials_version == flow.credentials_version
    });
    Ok(unchanged.map(|found| found.user))
}

/// One attempt.
struct Try<'a> {
    app: &'a App,
    cause: &'a Cause,
    now: DateTime<Utc>,
}

impl Try<'_> {
    fn succeed(
        &self,
        conn: &mut PgConnection,
        user: User,
        flow: &Flow,
        method: Method,
        entrance: &Entrance,
    ) -> QueryResult<Attempt> {
        if method == Method::RecoveryCode {
            self.record(conn, Kind::RecoveryCodeUsed, user.id)?;
            let happened = Happened::RecoveryCodeUsed;
            notify(conn, self.app, &user, happened, self.cause, self.now)?;
        }
        if flow.purpose == Purpose::Reset {
            note_proved(conn, flow.id, self.now)?;
            return Ok(Attempt::ResetAllowed);
        }
        consume_flow(conn, flow.id, self.now)?;
        if entrance.trusts_device {
            self.record(conn, Kind::DeviceTrusted, user.id)?;
        }
        let methods = Methods::continued(&flow.amr, method);
        let mut entrance = entrance.clone();
        entrance.device.name.clone_from(&flow.device_name);
        let (app, cause, now) = (self.app, self.cause, self.now);
        enter(conn, app, user, &methods, &entrance, cause, now).map(Attempt::Entered)
    }

    /// Records a wrong factor. Who ends a flow with them has the password, which the owner is told.
    fn fail(&self, conn: &mut PgConnection, user: &User, flow: &Flow) -> QueryResult<()> {
        self.record(conn, Kind::SecondFactorFailed, user.id)?;
        let is_over = note_failure(conn, flow)?;
        if is_over && flow.purpose == Purpose::SignIn {
            let happened = Happened::SecondFactorFailed;
            notify(conn, self.app, user, happened, self.cause, self.now)?;
        }
        Ok(())
    }

    fn record(&self, conn: &mut PgConnection, kind: Kind, user_id: i64) -> QueryResult<()> {
        let event = Event {
            kind,
            user_id: Some(user_id),
            session_id: None,
            cause: self.cause,
            at: self.now,
        };
        audit::record(conn, &event)
    }
}
