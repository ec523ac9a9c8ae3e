//! What every change of one's own factors has in common.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::domain::Mark;
use crate::features::factors::domain::{Method, Methods};
use crate::features::sessions::application::{Asker, find_proved_at, note_proved};
use crate::features::users::application::{Author, Change, UpdateError, with_authority};
use crate::features::users::domain::{Role, User};
use crate::state::{App, AppState};

/// Why factors did not change.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// It is not possible as things are.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The session may not do it.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// Why factors cannot change as things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The code is wrong.
    #[error("the code is wrong")]
    WrongCode,
    /// Nothing is being set up, or it was begun too long ago.
    #[error("nothing is being set up")]
    NothingPending,
    /// There is nothing to turn on: no authenticator app and no passkey.
    #[error("there is no factor")]
    NoFactor,
    /// The second factor is off.
    #[error("the second factor is off")]
    IsOff,
    /// An authenticator app keeps it on.
    #[error("an authenticator app keeps the second factor on")]
    HasApp,
    /// The passkeys of the account were removed since the registration began.
    #[error("the passkeys of the account were removed meanwhile")]
    PasskeysEnded,
    /// The passkey is registered already.
    #[error("the passkey is registered already")]
    PasskeyTaken,
    /// The account has as many passkeys as it may have.
    #[error("the account has as many passkeys as it may have")]
    TooManyPasskeys,
    /// The account would be left without a safe way to sign in.
    #[error("the account would be left without a safe way to sign in")]
    LastMethod,
    /// `SECOND_FACTOR` asks the account for a second factor.
    #[error("the account needs a second factor")]
    IsRequired,
    /// There is no such thing.
    #[error("there is no such factor or device")]
    NotFound,
}

/// What a change is made with.
pub(super) struct Making<'a> {
    pub app: &'a App,
    pub author: &'a Author,
    pub asker: Asker,
    pub cause: &'a Cause,
    pub now: DateTime<Utc>,
}

impl Making<'_> {
    /// The same, for what changes the account's row.
    pub fn change(&self) -> Change<'_> {
        Change {
            app: self.app,
            author: self.author,
            cause: self.cause,
            now: self.now,
        }
    }

    /// Whether `SECOND_FACTOR` asks the account for a second factor.
    pub fn must_stay_on(&self, user: &User) -> bool {
        let is_admin = user.role == Role::Admin;
        self.app.config.second_factor.is_required(is_admin)
    }

    /// Records what changed.
    pub fn record(&self, conn: &mut PgConnection, kind: Kind) -> QueryResult<()> {
        let event = Event {
            kind,
            user_id: Some(self.asker.user_id),
            session_id: Some(self.asker.session_id),
            cause: self.cause,
            at: self.now,
        };
        audit::record(conn, &event)
    }

    /// Notes that the owner has just used a factor.
    pub fn note_used(&self, conn: &mut PgConnection, method: Method) -> QueryResult<()> {
        let Some(proved_at) = find_proved_at(conn, self.asker)? else {
            return Ok(());
        };
        let methods = Methods::continued(&proved_at.amr, method);
        note_proved(conn, self.asker.session_id, true, methods.amr(), self.now)
    }
}

/// Runs `work` in a transaction with the owner's locked account, if they proved lately who they are.
pub(super) async fn as_owner<T: Send + 'static>(
    app: &AppState,
    asker: Asker,
    cause: Cause,
    mut work: impl FnMut(&mut PgConnection, User, &Making<'_>) -> QueryResult<Result<T, Refusal>>
    + Send
    + 'static,
) -> Result<T, EnrolError> {
    let author = Author::Owner {
        password: None,
        session_id: asker.session_id,
        mark: Mark::default(),
    };
    let (by, recorded, state) = (author.clone(), cause.clone(), app.clone());
    let work = move |conn: &mut PgConnection, user: User, now| {
        let making = Making {
            app: &state,
            author: &by,
            asker,
            cause: &recorded,
            now,
        };
        work(conn, user, &making).map_err(UpdateError::from)
    };
    let done = with_authority(app, asker.user_id, &author, true, cause, work).await?;
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    Ok(done?)
}
