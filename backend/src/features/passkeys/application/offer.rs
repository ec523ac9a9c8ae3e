//! Beginning a ceremony: a challenge is kept, and the client gets the options for its authenticator.

use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{DbError, time};
use crate::features::passkeys::domain::{
    Accepted, Account, Ceremony, creation_options, request_options,
};
use crate::features::passkeys::infrastructure::{passkey_challenges, passkey_users, passkeys};
use crate::security::random;
use crate::state::{App, AppState};

/// The most passkeys of one account.
pub(super) const MAX_PASSKEYS: i64 = 50;

const CHALLENGE_BYTES: usize = 32;
const HANDLE_BYTES: usize = 64;

/// A ceremony that has begun.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Names the challenge when the answer comes.
    pub flow: Uuid,
    /// What the client hands to `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    pub options: Value,
}

/// Why no ceremony begins.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The account has as many passkeys as it may have.
    #[error("the account has as many passkeys as it may have")]
    TooMany,
    /// The account has no passkey to answer with.
    #[error("the account has no passkey")]
    NoPasskey,
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for OfferError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Begins the registration of a passkey for the account of `ceremony`, which has this address.
pub async fn registration_options(
    app: &AppState,
    ceremony: Ceremony,
    email: &str,
) -> Result<Offer, OfferError> {
    let Some(user_id) = ceremony.user_id() else {
        return Err(OfferError::NoPasskey);
    };
    let (state, email) = (app.clone(), email.to_owned());
    let work = move |conn: &mut PgConnection| {
        let now = time::now(conn, &state.clock)?;
        let existing = passkeys::list_descriptors(conn, user_id)?;
        if i64::try_from(existing.len()).is_ok_and(|count| count >= MAX_PASSKEYS) {
            return Err(OfferError::TooMany);
        }
        let fresh = random::bytes::<HANDLE_BYTES>();
        let handle = passkey_users::find_or_insert(conn, user_id, &fresh, now)?;
        let (flow, challenge) = (random::uuid(), random::bytes::<CHALLENGE_BYTES>());
        passkey_challenges::insert(conn, flow, ceremony, &challenge, now)?;
        let account = Account {
            handle: &handle,
            email: &email,
        };
        let (rp_id, name) = (&state.config.passkeys.rp_id, &state.config.brand.name);
        let options = creation_options(rp_id, name, account, &challenge, &existing);
        Ok(Offer { flow, options })
    };
    app.db.run(work).await
}

/// Begins a ceremony that a passkey ends: any passkey of the site, or one of the account's.
pub async fn assertion_options(app: &AppState, ceremony: Ceremony) -> Result<Offer, OfferError> {
    let state = app.clone();
    let work = move |conn: &mut PgConnection| {
        let now = time::now(conn, &state.clock)?;
        let allowed = match ceremony.user_id() {
            Some(user_id) => {
                let own = passkeys::list_descriptors(conn, user_id)?;
                if own.is_empty() {
                    return Err(OfferError::NoPasskey);
                }
                own
            }
            None => Vec::new(),
        };
        let (flow, challenge) = (random::uuid(), random::bytes::<CHALLENGE_BYTES>());
        passkey_challenges::insert(conn, flow, ceremony, &challenge, now)?;
        let options = request_options(&state.config.passkeys.rp_id, &challenge, &allowed);
        Ok(Offer { flow, options })
    };
    app.db.run(work).await
}

/// Lists the passkeys that an account has, for the client to tell its devices; `None` if it never had any.
pub fn accepted(conn: &mut PgConnection, app: &App, user_id: i64) -> QueryResult<Option<Accepted>> {
    let Some(handle) = passkey_users::find_handle(conn, user_id)? else {
        return Ok(None);
    };
    let passkeys = passkeys::list_descriptors(conn, user_id)?;
    let rp_id = &app.config.passkeys.rp_id;
    Ok(Some(Accepted::new(rp_id, &handle, &passkeys)))
}
