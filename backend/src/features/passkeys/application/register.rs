//! Adding a passkey to an account.

use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
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
use crate::state::AppState;

/// Why no passkey was added.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The challenge is used or too old, or belongs to another ceremony.
    #[error("the challenge is used or too old, or belongs to another ceremony")]
    Expired,
    /// What the authenticator made does not verify.
    #[error("the passkey is refused: {0}")]
    Refused(#[from] Refusal),
    /// There is a passkey with this credential id.
    #[error("the passkey is registered already")]
    Taken,
    /// The account has as many passkeys as it may have.
    #[error("the account has as many passkeys as it may have")]
    TooMany,
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for RegisterError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Consumes the challenge of a registration, verifies what the authenticator made of it and adds the
/// passkey. The audit event names `session_id`.
pub async fn register(
    app: &AppState,
    ceremony: Ceremony,
    flow: Uuid,
    credential: &Value,
    name: Option<Name>,
    session_id: Option<Uuid>,
    cause: Cause,
) -> Result<Passkey, RegisterError> {
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
    let name = name.unwrap_or_else(|| Name::of_provider(registered.aaguid));
    let state = app.clone();
    let added = app.db.transaction(move |conn| {
        let now = time::now(conn, &state.clock)?;
        if !passkey_users::lock_handle(conn, user_id, &handle)? {
            return Err(RegisterError::Expired);
        }
        if passkeys::count(conn, user_id)? >= MAX_PASSKEYS {
            return Err(RegisterError::TooMany);
        }
        let event = Event {
            kind: Kind::PasskeyAdded,
            user_id: Some(user_id),
            session_id,
            cause: &cause,
            at: now,
        };
        audit::record(conn, &event)?;
        let rp_id = &state.config.passkeys.rp_id;
        insert(conn, user_id, &registered, rp_id, &name, now)
    });
    added.await
}

fn insert(
    conn: &mut PgConnection,
    user_id: i64,
    registered: &Registered,
    rp_id: &str,
    name: &Name,
    created_at: chrono::DateTime<chrono::Utc>,
) -> Result<Passkey, RegisterError> {
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
        rp_id,
        name: name.as_str(),
        created_at,
    };
    passkeys::insert(conn, &new)?.ok_or(RegisterError::Taken)
}
