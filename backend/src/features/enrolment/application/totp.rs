//! Authenticator apps.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::owner::{EnrolError, Refusal, as_owner};
use super::recovery_codes::make_recovery_codes;
use crate::features::audit::domain::{Cause, Kind};
use crate::features::devices::application::distrust_all;
use crate::features::factors::application::{
    confirm_totp as confirm, delete_pending, find_pending_totp, find_totp, insert_pending_totp,
    open_totp, place, remove_totp as remove,
};
use crate::features::factors::domain::{Method, TotpCode, TotpSecret};
use crate::features::passkeys::application::count as count_passkeys;
use crate::features::sessions::application::{Asker, Ended};
use crate::features::users::application::{Happened, notify, second_factor_off, second_factor_on};
use crate::features::users::domain::User;
use crate::security::random;
use crate::state::{App, AppState};

/// How long somebody may take to set an app up.
const PENDING_FOR: TimeDelta = TimeDelta::hours(1);

/// What an app needs to know.
pub struct Offer {
    /// In base32, to be typed.
    pub secret: String,
    /// To be scanned.
    pub uri: String,
}

/// Makes a secret for an app. It counts for nothing until one of its codes was right; an app that is in use
/// stays in use until then (CVE-2026-9047).
pub async fn begin_totp(app: &AppState, asker: Asker, cause: Cause) -> Result<Offer, EnrolError> {
    as_owner(app, asker, cause, move |conn, user, making| {
        offer_totp(conn, making.app, &user, making.now).map(Ok)
    })
    .await
}

/// Makes a secret for an app of an account.
pub fn offer_totp(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    now: DateTime<Utc>,
) -> QueryResult<Offer> {
    let (id, secret) = (random::uuid(), TotpSecret::from_random(random::bytes()));
    let sealed = app.sealer.seal(&place(id), secret.as_bytes());
    insert_pending_totp(conn, id, user.id, &sealed, now)?;
    Ok(Offer {
        uri: secret.to_uri(&app.config.brand.name, &user.email),
        secret: secret.to_base32(),
    })
}

/// Uses the app from now on, in place of the one that was in use. If that turns the second factor on,
/// returns the account's recovery codes, and ends its other sessions.
pub async fn confirm_totp(
    app: &AppState,
    asker: Asker,
    code: TotpCode,
    cause: Cause,
) -> Result<Option<Vec<String>>, EnrolError> {
    let confirmed = as_owner(app, asker, cause, move |conn, user, making| {
        if let Err(refusal) = use_pending_totp(conn, making.app, user.id, &code, making.now)? {
            return Ok(Err(refusal));
        }
        making.record(conn, Kind::TotpAdded)?;
        making.note_used(conn, Method::Totp)?;
        if user.second_factor_at.is_some() {
            distrust_all(conn, user.id)?;
            let happened = Happened::FactorAdded;
            notify(conn, making.app, &user, happened, making.cause, making.now)?;
            return Ok(Ok((None, None)));
        }
        let (_, ended) = second_factor_on(conn, &user, making.change())?;
        let codes = make_recovery_codes(conn, making)?;
        Ok(Ok((Some(codes), Some(ended))))
    });
    let (codes, ended): (Option<Vec<String>>, Option<Ended>) = confirmed.await?;
    if let Some(sessions) = ended {
        sessions.take_effect(app);
    }
    Ok(codes)
}

/// Uses the app that is being set up in place of the one that was in use, if this is its code.
pub fn use_pending_totp(
    conn: &mut PgConnection,
    app: &App,
    user_id: i64,
    code: &TotpCode,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Refusal>> {
    let Some(pending) = find_pending_totp(conn, user_id, now - PENDING_FOR)? else {
        return Ok(Err(Refusal::NothingPending));
    };
    let secret = open_totp(app, &pending);
    let Some(step) = secret.and_then(|secret| secret.find_step(code, now)) else {
        return Ok(Err(Refusal::WrongCode));
    };
    remove(conn, user_id, now)?;
    confirm(conn, pending.id, step, now)?;
    Ok(Ok(()))
}

/// Removes the app that is in use, and what was being set up. Without a passkey that can replace it, the
/// second factor is off then.
pub async fn remove_totp(app: &AppState, asker: Asker, cause: Cause) -> Result<(), EnrolError> {
    as_owner(app, asker, cause, move |conn, user, making| {
        delete_pending(conn, user.id)?;
        if find_totp(conn, user.id)?.is_some() && making.must_stay_on(&user) {
            return Ok(Err(Refusal::IsRequired));
        }
        if !remove(conn, user.id, making.now)? {
            return Ok(Ok(()));
        }
        making.record(conn, Kind::TotpRemoved)?;
        if count_passkeys(conn, user.id)? > 0 {
            distrust_all(conn, user.id)?;
            let happened = Happened::FactorRemoved;
            notify(conn, making.app, &user, happened, making.cause, making.now)?;
            return Ok(Ok(()));
        }
        second_factor_off(conn, &user, making.change())?;
        Ok(Ok(()))
    })
    .await
}
