//! Verifying what a passkey signed.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::passkeys::domain::{
    Asserted, Assertion, Ceremony, Passkey, Refusal, RelyingParty,
};
use crate::features::passkeys::infrastructure::{passkey_challenges, passkey_users, passkeys};
use crate::state::AppState;

/// Why nobody is identified.
#[derive(Debug, thiserror::Error)]
pub enum AssertionError {
    /// The challenge is used or too old, or belongs to another ceremony.
    #[error("the challenge is used or too old, or belongs to another ceremony")]
    Expired,
    /// No account has this passkey: the client may tell the device that it was removed. Credential ids
    /// cannot be guessed, so this says nothing about other accounts.
    #[error("no account has this passkey")]
    UnknownPasskey,
    /// What was signed does not verify, or not for this account.
    #[error("the passkey is refused: {0}")]
    Refused(#[from] Refusal),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// A passkey that has answered its challenge. It counts once [`record_use`] has recorded it.
#[derive(Clone, Copy, Debug)]
#[must_use = "call `record_use` in the transaction that relies on it"]
pub struct Verified {
    /// The account.
    pub user_id: i64,
    /// The passkey.
    pub passkey_id: Uuid,
    asserted: Asserted,
}

/// Consumes the challenge of a ceremony and verifies its answer. The account may have been deactivated or
/// locked: whoever lets it in must look.
pub async fn verify_assertion(
    app: &AppState,
    ceremony: Ceremony,
    flow: Uuid,
    credential: &Value,
) -> Result<Verified, AssertionError> {
    let parsed = Assertion::parse(credential);
    let credential_id = parsed.as_ref().ok().map(|it| it.credential_id.clone());
    let state = app.clone();
    // No transaction: the challenge is consumed whatever becomes of its answer.
    let found = app.db.run(move |conn| {
        let now = time::now(conn, &state.clock)?;
        let challenge = passkey_challenges::consume(conn, flow, ceremony, now)?;
        let Some((challenge, credential_id)) = challenge.zip(credential_id.as_ref()) else {
            return Ok(None);
        };
        let passkey = passkeys::find_by_credential(conn, credential_id)?;
        let handle = match &passkey {
            Some(passkey) => passkey_users::find_handle(conn, passkey.user_id)?,
            None => None,
        };
        Ok::<_, DbError>(Some((challenge, passkey.zip(handle))))
    });
    let found = found.await?;
    let assertion = parsed.inspect_err(log)?;
    let (challenge, passkey) = found.ok_or(AssertionError::Expired)?;
    let (passkey, handle) = passkey.ok_or(AssertionError::UnknownPasskey)?;
    let asserted = check_owner(ceremony, &assertion, &passkey, &handle).and_then(|()| {
        RelyingParty::new(&app.config.passkeys).verify(&challenge, &assertion, &passkey)
    });
    let asserted = asserted.inspect_err(log)?;
    Ok(Verified {
        user_id: passkey.user_id,
        passkey_id: passkey.id,
        asserted,
    })
}

/// Checks that the passkey belongs to whom the ceremony is for. A passkey says whose it is; it may leave
/// that out only if the ceremony says it.
fn check_owner(
    ceremony: Ceremony,
    assertion: &Assertion,
    passkey: &Passkey,
    handle: &[u8],
) -> Result<(), Refusal> {
    let is_expected = ceremony.user_id().is_none_or(|id| id == passkey.user_id);
    let is_own = match &assertion.user_handle {
        Some(given) => given == handle,
        None => ceremony.user_id().is_some(),
    };
    if is_expected && is_own {
        return Ok(());
    }
    Err(Refusal::WrongAccount)
}

fn log(refusal: &Refusal) {
    tracing::info!(%refusal, "a passkey is refused");
}

/// Records the use of a passkey, in the transaction that relies on it, and returns the passkey; `None` if
/// it was removed meanwhile, and then it proves nothing. `now` is the database's time.
///
/// A counter that does not rise is recorded, not refused: it is a signal that a copy exists, but no proof
/// (WebAuthn Level 3, §6.1.1).
pub fn record_use(
    conn: &mut PgConnection,
    verified: &Verified,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Option<Passkey>> {
    let Verified {
        user_id,
        passkey_id,
        asserted,
    } = *verified;
    let Some(passkey) = passkeys::find_for_update(conn, user_id, passkey_id)? else {
        return Ok(None);
    };
    let is_stalled = passkey.is_stalled_at(asserted.counter);
    if is_stalled {
        let (was, is) = (passkey.sign_count, asserted.counter);
        tracing::warn!(user_id, %passkey_id, was, is, "the counter of a passkey did not rise");
        let event = Event {
            kind: Kind::PasskeyCounterStalled,
            user_id: Some(user_id),
            session_id: None,
            cause,
            at: now,
        };
        audit::record(conn, &event)?;
    }
    let used = passkeys::Used {
        sign_count: passkey.sign_count.max(asserted.counter.into()),
        is_backed_up: asserted.is_backed_up,
        last_used_at: now,
        counter_stalled_at: is_stalled.then_some(now),
    };
    passkeys::update_used(conn, passkey_id, &used).map(Some)
}
