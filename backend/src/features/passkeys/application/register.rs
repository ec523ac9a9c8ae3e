//! Adding a passkey to an account.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use serde_json::Value;
use uuid::Uuid;

use super::offer::MAX_PASSKEYS;
use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::passkeys::domain::{
    Ceremony, Name, Passkey, Refusal, Registered, Registration, RelyingParty,
};
use crate::features::passkeys::infrastructure::{passkey_challenges, passkey_users, passkeys};
use crate::security::random;
use crate::state::{App, AppState};

/// Why what an authenticator made is no passkey.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The challenge is used or too old, or belongs to another ceremony.
    #[error("the challenge is used or too old, or belongs to another ceremony")]
    Expired,
    /// What the authenticator made does not verify.
    #[error("the passkey is refused: {0}")]
    Refused(#[from] Refusal),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Why a passkey was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// The passkeys of the account were removed since the registration began.
    Ended,
    /// There is a passkey with this credential id.
    Taken,
    /// The account has as many passkeys as it may have.
    TooMany,
}

/// What an authenticator made for an account. It is a passkey once [`add`] has added it.
#[derive(Clone, Debug)]
#[must_use = "call `add`"]
pub struct Candidate {
    user_id: i64,
    handle: Vec<u8>,
    registered: Registered,
}

/// Consumes the challenge of a registration, and verifies what the authenticator made of it.
pub async fn verify_registration(
    app: &AppState,
    ceremony: Ceremony,
    flow: Uuid,
    credential: &Value,
) -> Result<Candidate, RegisterError> {
    let Some(user_id) = ceremony.user_id() else {
        return Err(RegisterError::Expired);
    };
    let state = app.clone();
    // No transaction: the challenge is consumed whatever becomes of its answer.
    let consumed = app.db.run(move |conn| {
        let now = time::now(conn, &state.clock)?;
        // Before the challenge is consumed, which a reset deletes: a handle that a reset has replaced
        // is never taken for the one that the challenge was made for.
        let handle = passkey_users::find_handle(conn, user_id)?;
        let challenge = passkey_challenges::consume(conn, flow, ceremony, now)?;
        Ok::<_, DbError>(challenge.zip(handle))
    });
    let (challenge, handle) = consumed.await?.ok_or(RegisterError::Expired)?;
    let registered = Registration::parse(credential)
        .and_then(|it| RelyingParty::new(&app.config.passkeys).register(&challenge, &it));
    let registered = registered.inspect_err(|refusal| {
        tracing::info!(user_id, %refusal, "a new passkey is refused");
    })?;
    Ok(Candidate {
        user_id,
        handle,
        registered,
    })
}

/// Adds a passkey, in the transaction that decides whether its owner may. Without a name it is named after
/// what keeps it. The audit event names `session_id`; `now` is the database's time.
pub fn add(
    conn: &mut PgConnection,
    app: &App,
    candidate: &Candidate,
    name: Option<&Name>,
    session_id: Option<Uuid>,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Result<Passkey, NotAdded>> {
    let Candidate {
        user_id,
        handle,
        registered,
    } = candidate;
    let user_id = *user_id;
    if !passkey_users::lock_handle(conn, user_id, handle)? {
        return Ok(Err(NotAdded::Ended));
    }
    if passkeys::count(conn, user_id)? >= MAX_PASSKEYS {
        return Ok(Err(NotAdded::TooMany));
    }
    let named = Name::of_provider(registered.aaguid);
    let new = passkeys::New {
        id: random::uuid(),
        user_id,
        credential_id: &registered.credential_id,
        public_key: &registered.public_key,
        algorithm: registered.algorithm,
        sign_count: registered.counter.into(),
        is_backup_eligible: registered.is_backup_eligible,
        is_backed_up: registered.is_backed_up,
        transports: &registered.transports,
        aaguid: registered.aaguid,
        rp_id: &app.config.passkeys.rp_id,
        name: name.unwrap_or(&named).as_str(),
        created_at: now,
    };
    let Some(passkey) = passkeys::insert(conn, &new)? else {
        return Ok(Err(NotAdded::Taken));
    };
    let event = Event {
        kind: Kind::PasskeyAdded,
        user_id: Some(user_id),
        session_id,
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    Ok(Ok(passkey))
}
