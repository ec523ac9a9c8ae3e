//! Setting a password on the strength of a proof.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::devices::application::{SigningIn, remember};
use crate::features::devices::domain::Mark;
use crate::features::factors::application::{Asked, Waiting, consume_flow, find_proved, wait};
use crate::features::factors::domain::Purpose as FlowPurpose;
use crate::features::proofs::application::{ProofError, check, consume};
use crate::features::proofs::domain::{Presented, Proof, Purpose};
use crate::features::users::application::{find, find_credentials, hash_new, reset_password};
use crate::features::users::domain::{Email, NewPassword, User};
use crate::security::password::HashError;
use crate::state::AppState;

/// Why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// Code or link prove nothing.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The account's second factor is asked for first.
    #[error("a second factor is needed")]
    SecondFactorNeeded(Box<Waiting>),
    /// The password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for ResetError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// A proof that holds, but is not consumed yet.
pub struct Checked(Proof);

impl Checked {
    /// Returns the address, for the rules of the new password.
    pub fn email(&self) -> Option<Email> {
        Email::parse(&self.0.address).ok()
    }
}

/// Checks a code or a link. A link may also be an invitation's.
pub async fn check_reset(app: &AppState, presented: Presented) -> Result<Checked, ProofError> {
    const BY_CODE: &[Purpose] = &[Purpose::Reset];
    const BY_LINK: &[Purpose] = &[Purpose::Reset, Purpose::Invitation];
    let purposes = match presented {
        Presented::Link(_) => BY_LINK,
        _ => BY_CODE,
    };
    check(app, purposes, presented).await.map(Checked)
}

/// Who asks for a reset.
#[derive(Clone, Debug)]
pub struct Resetter {
    /// The flow by which they gave the account's second factor.
    pub second_factor_flow: Option<Uuid>,
    /// Whether the client is a browser.
    pub is_browser: bool,
    /// The mark of their device.
    pub mark: Mark,
    /// What they recognise the device by.
    pub device_name: String,
}

/// Consumes the proof and sets the password, once the account's second factor was given. All sessions of
/// the account end and all its devices are forgotten; nobody is signed in.
///
/// Returns the new mark of the device that proved to read the account's mail, the only one that is known
/// from now on: else whoever guesses at the password would keep its owner from signing in with the new one.
pub async fn reset(
    app: &AppState,
    Checked(proof): Checked,
    password: NewPassword,
    resetter: Resetter,
    cause: Cause,
) -> Result<Mark, ResetError> {
    let user_id = proof.user_id.ok_or(ProofError::Invalid)?;
    // Before the password is hashed, which is expensive.
    require_factor(app, user_id, resetter.clone()).await?;
    let hash = hash_new(app, password, Some(user_id)).await?;
    let turn = app.turns.take(user_id).await.map_err(DbError::from)?;
    let state = app.clone();
    let (ended, mark) = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            let now = time::now(conn, &state.clock)?;
            let account = (user_id, proof.address.as_str());
            let consume = |conn: &mut PgConnection| {
                Ok(consume_factor(conn, user_id, &resetter, now)? && consume(conn, proof.id, now)?)
            };
            let ended = reset_password(conn, &state, account, &hash, &cause, now, consume);
            let ended = ended?.ok_or(ResetError::Proof(ProofError::Invalid))?;
            let device = SigningIn {
                user_id,
                session_id: Uuid::nil(),
                name: &resetter.device_name,
                is_trusted: false,
                now,
            };
            let remembered = remember(conn, &resetter.mark, device)?;
            Ok::<_, ResetError>((ended, remembered.mark))
        })
        .await?;
    ended.take_effect(app);
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    Ok(mark)
}

/// Begins a flow for the second factor, unless none is needed or it was given.
async fn require_factor(
    app: &AppState,
    user_id: i64,
    resetter: Resetter,
) -> Result<(), ResetError> {
    let clock = app.clock.clone();
    let waiting = app.db.transaction(move |conn| {
        let now = time::now(conn, &clock)?;
        let Some(found) = find_credentials(conn, user_id)? else {
            return Ok(None);
        };
        if !is_factor_missing(conn, &found.user, &resetter, now)? {
            return Ok(None);
        }
        let asked = Asked {
            purpose: FlowPurpose::Reset,
            user_id,
            credentials_version: found.credentials_version,
            amr: "",
            device_name: "",
            is_owner: false,
            is_browser: resetter.is_browser,
        };
        wait(conn, asked, now).map(Some).map_err(DbError::from)
    });
    match waiting.await? {
        Some(waiting) => Err(ResetError::SecondFactorNeeded(Box::new(waiting))),
        None => Ok(()),
    }
}

/// Consumes the flow of the second factor, and tells whether there was one or none is needed.
fn consume_factor(
    conn: &mut PgConnection,
    user_id: i64,
    resetter: &Resetter,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let Some(user) = find(conn, user_id)? else {
        return Ok(false);
    };
    if !needs_factor(&user) {
        return Ok(true);
    }
    if is_factor_missing(conn, &user, resetter, now)? {
        return Ok(false);
    }
    match resetter.second_factor_flow {
        Some(flow) => consume_flow(conn, flow, now),
        None => Ok(false),
    }
}

/// Whether a reset asks for a second factor. Where nobody has proved the address before, the factors may be
/// those of whoever took the address without owning it: they go with the reset.
fn needs_factor(user: &User) -> bool {
    user.second_factor_at.is_some() && user.email_verified_at.is_some()
}

fn is_factor_missing(
    conn: &mut PgConnection,
    user: &User,
    resetter: &Resetter,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if !needs_factor(user) {
        return Ok(false);
    }
    let Some(flow) = resetter.second_factor_flow else {
        return Ok(true);
    };
    let proved = find_proved(conn, flow, FlowPurpose::Reset, user.id, now)?;
    Ok(proved.is_none())
}
