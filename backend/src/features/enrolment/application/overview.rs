//! An account's factors.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{DbError, time};
use crate::features::devices::application::{TrustedDevice, list_trusted};
use crate::features::factors::application::{count_recovery_codes, find_totp};
use crate::features::passkeys::application as passkeys;
use crate::features::passkeys::domain::{Accepted, Summary};
use crate::features::users::application::find_credentials;
use crate::state::AppState;

/// The factors of an account, as its owner sees them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overview {
    /// Whether signing in takes a second factor.
    pub second_factor: bool,
    /// Whether the account has a password.
    pub password: bool,
    /// The authenticator app, if there is one.
    pub totp: Option<Totp>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<Summary>,
    /// For the client to tell its device which passkeys remain; null if the account never had any.
    pub accepted: Option<Accepted>,
    /// How many recovery codes are left.
    pub recovery_codes_left: i64,
    /// The devices on which no second factor is asked for.
    pub trusted_devices: Vec<TrustedDevice>,
    /// When all of it is removed, because an administrator began that; cancel it if you did not ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_pending: Option<DateTime<Utc>>,
}

/// An authenticator app.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Totp {
    /// When it was set up.
    pub confirmed_at: DateTime<Utc>,
    /// When one of its codes was used last.
    pub last_used_at: DateTime<Utc>,
}

/// Finds the factors of an account; `None` if there is no such account.
pub async fn find_overview(app: &AppState, user_id: i64) -> Result<Option<Overview>, DbError> {
    let state = app.clone();
    app.db
        .read(move |conn| {
            let now = time::now(conn, &state.clock)?;
            let Some(credentials) = find_credentials(conn, user_id)? else {
                return Ok(None);
            };
            let totp = find_totp(conn, user_id)?;
            let own = passkeys::list(conn, user_id)?;
            Ok(Some(Overview {
                second_factor: credentials.user.second_factor_at.is_some(),
                password: credentials.password_hash.is_some(),
                totp: totp.and_then(|kept| {
                    Some(Totp {
                        confirmed_at: kept.confirmed_at?,
                        last_used_at: kept.last_used_at?,
                    })
                }),
                passkeys: own.into_iter().map(Summary::from).collect(),
                accepted: passkeys::accepted(conn, &state, user_id)?,
                recovery_codes_left: count_recovery_codes(conn, user_id)?,
                trusted_devices: list_trusted(conn, user_id, now)?,
                reset_pending: credentials.user.factors_reset_at,
            }))
        })
        .await
}
