//! Another mail of a flow that is under way.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use crate::db::{DbError, patience, time};
use crate::features::devices::application::is_known;
use crate::features::devices::domain::Mark;
use crate::features::mail::application::post;
use crate::features::mail::domain::{Letter, Locale, Outgoing};
use crate::features::proofs::application::{Begun, Budget, RenewError, find, renew, spend};
use crate::features::proofs::domain::{Proof, Purpose, Secrets};
use crate::features::users::application::wait_for;
use crate::state::{App, AppState};

/// Why no other mail was sent.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// The flow is over, or is none that mails are sent again for.
    #[error("the flow is over")]
    Over,
    /// The last mail was asked for a moment ago, or there were too many.
    #[error("there were too many mails lately")]
    TooManyMails {
        /// How long until the next one.
        wait: Duration,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for ResendError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

impl From<RenewError> for ResendError {
    fn from(error: RenewError) -> Self {
        match error {
            RenewError::Over => Self::Over,
            RenewError::TooSoon { wait } => Self::TooManyMails { wait },
            RenewError::Database(error) => Self::Database(error),
        }
    }
}

/// Mails new secrets for a flow, a decoy's alike.
pub async fn resend(app: &AppState, flow: Uuid, mark: Mark) -> Result<Begun, ResendError> {
    let state = app.clone();
    let begun = app
        .db
        .transaction(move |conn| {
            patience::wait_briefly(conn)?;
            let now = time::now(conn, &state.clock)?;
            send_again(conn, &state, flow, &mark, now)
        })
        .await?;
    app.mail_wanted.notify_one();
    Ok(begun)
}

fn send_again(
    conn: &mut PgConnection,
    app: &App,
    flow: Uuid,
    mark: &Mark,
    now: DateTime<Utc>,
) -> Result<Begun, ResendError> {
    let found = find(conn, flow)?.ok_or(ResendError::Over)?;
    let is_closed = found.purpose == Purpose::SignUp && !app.config.is_signup_enabled;
    if is_closed || letter(found.purpose, Secrets::default()).is_none() {
        return Err(ResendError::Over);
    }
    let (proof, begun, secrets) = renew(conn, app, flow, now)?;
    // An address that an account is to have is somebody else's until it is proved.
    let owner = proof.user_id.filter(|_| proof.purpose == Purpose::Reset);
    let budget = if is_known(conn, mark, owner)? {
        Budget::of_known_devices(&proof.address)
    } else {
        Budget::of_strangers(&proof.address)
    };
    if let Err(exhausted) = spend(conn, &budget, now)? {
        let wait = wait_for(exhausted, now);
        return Err(ResendError::TooManyMails { wait });
    }
    let letter = letter(proof.purpose, secrets).ok_or(ResendError::Over)?;
    post(conn, app, &outgoing(proof, letter), now)?;
    Ok(begun)
}

/// Returns what a mail says that is sent again; `None` where none is.
fn letter(purpose: Purpose, secrets: Secrets) -> Option<Letter> {
    match purpose {
        Purpose::SignUp => Some(Letter::SignUp(secrets)),
        Purpose::Reset => Some(Letter::Reset(secrets)),
        Purpose::Address => Some(Letter::ProveAddress(secrets)),
        // An administrator's, a notice's, and those that have a route of their own.
        Purpose::Invitation
        | Purpose::Undo
        | Purpose::Enrolment
        | Purpose::GrantedEnrolment
        | Purpose::Unknown => None,
    }
}

fn outgoing(proof: Proof, letter: Letter) -> Outgoing {
    let locale = proof.locale.as_deref().and_then(Locale::read);
    Outgoing {
        recipient: proof.address,
        locale: locale.unwrap_or_default(),
        letter,
        is_decoy: proof.is_decoy,
        proof: Some((proof.id, proof.mails)),
        expires_at: proof.expires_at,
    }
}
