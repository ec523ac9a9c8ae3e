//! Whether a second factor is right.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::features::factors::domain::{Factor, Method, RecoveryCode, TotpCode, TotpSecret};
use crate::features::factors::infrastructure::{
    factor_failures, recovery_codes, sign_in_flows, totp_secrets,
};
use crate::features::passkeys::application as passkeys;
use crate::state::App;

/// A code as somebody typed it.
#[derive(Clone)]
pub enum Presented {
    /// Of an authenticator app.
    Totp(TotpCode),
    /// Of the list that the account was given.
    RecoveryCode(RecoveryCode),
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was right, and is consumed.
    Right(Method),
    /// It is wrong, or was used before; that is counted.
    Wrong,
    /// Too many were wrong: 10 in an hour or 30 in a day.
    UsedUp {
        /// When the next one is tried.
        until: DateTime<Utc>,
    },
}

/// Tries a code of an account, whose failures of all flows count together. Runs in the transaction of
/// what the code is for, which must commit also when the code is wrong.
pub fn check(
    conn: &mut PgConnection,
    app: &App,
    user_id: i64,
    presented: &Presented,
    now: DateTime<Utc>,
) -> QueryResult<Answer> {
    if let Some(until) = factor_failures::lock(conn, user_id, now)? {
        return Ok(Answer::UsedUp { until });
    }
    let (method, is_right) = match presented {
        Presented::Totp(code) => (Method::Totp, use_totp(conn, app, user_id, code, now)?),
        Presented::RecoveryCode(code) => (
            Method::RecoveryCode,
            recovery_codes::consume(conn, user_id, &code.digest())?,
        ),
    };
    if is_right {
        return Ok(Answer::Right(method));
    }
    factor_failures::insert(conn, user_id, now)?;
    Ok(Answer::Wrong)
}

fn use_totp(
    conn: &mut PgConnection,
    app: &App,
    user_id: i64,
    code: &TotpCode,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let Some(kept) = totp_secrets::find(conn, user_id)? else {
        return Ok(false);
    };
    let step = open_totp(app, &kept).and_then(|secret| secret.find_step(code, now));
    match step {
        Some(step) => totp_secrets::consume(conn, kept.id, step, now),
        None => Ok(false),
    }
}

/// Opens the secret of an app. None if no key opens it, which the log says.
pub fn open_totp(app: &App, kept: &totp_secrets::Kept) -> Option<TotpSecret> {
    match app.sealer.open(&place(kept.id), &kept.sealed) {
        Ok(bytes) => TotpSecret::from_bytes(&bytes),
        Err(error) => {
            tracing::error!(%error, "the secret of an authenticator app cannot be opened");
            None
        }
    }
}

/// What the secret of an app is sealed for.
pub fn place(id: Uuid) -> String {
    format!("totp {id}")
}

/// Lists the second factors that an account can present, the best first.
pub fn list_own(conn: &mut PgConnection, user_id: i64) -> QueryResult<Vec<Factor>> {
    let mut factors = Vec::new();
    if passkeys::count(conn, user_id)? > 0 {
        factors.push(Factor::Passkey);
    }
    if totp_secrets::has(conn, user_id)? {
        factors.push(Factor::Totp);
    }
    if recovery_codes::count(conn, user_id)? > 0 {
        factors.push(Factor::RecoveryCode);
    }
    Ok(factors)
}

/// Brings an account's factors back to what they were at `at`, as far as they are kept, and tells whether
/// a second factor was on then: one that is on `since` before was.
pub fn restore(
    conn: &mut PgConnection,
    user_id: i64,
    since: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    passkeys::restore(conn, user_id, at, now)?;
    recovery_codes::restore(conn, user_id, at, now)?;
    sign_in_flows::end_all(conn, user_id, now)?;
    let had_app = totp_secrets::restore(conn, user_id, at, now)?;
    let was_on = since.is_some_and(|since| since < at);
    Ok(was_on || had_app || recovery_codes::count(conn, user_id)? > 0)
}

/// Deletes every trace of an account's factors, so that nothing can bring them back.
pub fn wipe(conn: &mut PgConnection, user_id: i64, now: DateTime<Utc>) -> QueryResult<()> {
    passkeys::end_all(conn, user_id)?;
    totp_secrets::delete_all(conn, user_id)?;
    recovery_codes::delete_all(conn, user_id)?;
    factor_failures::delete(conn, user_id)?;
    sign_in_flows::end_all(conn, user_id, now)
}
