//! Authenticator apps.

use chrono::TimeDelta;

use super::owner::{EnrolError, Refusal, as_owner};
use super::recovery_codes::make_recovery_codes;
use crate::features::audit::domain::{Cause, Kind};
use crate::features::devices::application::distrust_all;
use crate::features::factors::application::{
    confirm_totp as confirm, delete_pending, find_pending_totp, insert_pending_totp, open_totp,
    place, remove_totp as remove,
};
use crate::features::factors::domain::{Method, TotpCode, TotpSecret};
use crate::features::passkeys::application::count as count_passkeys;
use crate::features::sessions::application::{Asker, Ended};
use crate::features::users::application::{Happened, notify, second_factor_off, second_factor_on};
use crate::security::random;
use crate::state::AppState;

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
        let (id, secret) = (random::uuid(), TotpSecret::from_random(random::bytes()));
        let sealed = making.app.sealer.seal(&place(id), secret.as_bytes());
        insert_pending_totp(conn, id, user.id, &sealed, making.now)?;
        let issuer = &making.app.config.brand.name;
        Ok(Ok(Offer {
            uri: secret.to_uri(issuer, &user.email),
            secret: secret.to_base32(),
        }))
    })
    .await
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
        let since = making.now - PENDING_FOR;
        let Some(pending) = find_pending_totp(conn, user.id, since)? else {
            return Ok(Err(Refusal::NothingPending));
        };
        let secret = open_totp(making.app, &pending);
        let step = secret.and_then(|secret| secret.find_step(&code, making.now));
        let Some(step) = step else {
            return Ok(Err(Refusal::WrongCode));
        };
        remove(conn, user.id, making.now)?;
        confirm(conn, pending.id, step, making.now)?;
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

/// Removes the app that is in use, and what was being set up. Without a passkey that can replace it, the
/// second factor is off then.
pub async fn remove_totp(app: &AppState, asker: Asker, cause: Cause) -> Result<(), EnrolError> {
    as_owner(app, asker, cause, move |conn, user, making| {
        delete_pending(conn, user.id)?;
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
