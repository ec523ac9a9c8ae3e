//! Passkeys.

use uuid::Uuid;

use super::owner::{EnrolError, Refusal, as_owner};
use super::password::has_password;
use crate::features::audit::domain::Cause;
use crate::features::devices::application::distrust_all;
use crate::features::factors::application::{count_recovery_codes, find_totp};
use crate::features::factors::domain::{Method, suffices_without_password};
use crate::features::passkeys::application::{
    NotAdded, Offer, OfferError, RegisterError, add, list, registration_options, remove, rename,
    verify_registration,
};
use crate::features::passkeys::domain::{Ceremony, Name, Signed, Summary};
use crate::features::sessions::application::Asker;
use crate::features::users::application::{Happened, notify, second_factor_off};
use crate::state::AppState;

/// Why no passkey was added.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// No registration begins.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// What the authenticator made is no passkey.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The owner may not add one.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
}

/// Begins to add a passkey, for this session alone to go on with.
pub async fn begin_passkey(
    app: &AppState,
    asker: Asker,
    cause: Cause,
) -> Result<Offer, PasskeyError> {
    let email = as_owner(app, asker, cause, |_, user, _| Ok(Ok(user.email))).await?;
    let ceremony = Ceremony::registration(asker.user_id, asker.session_id);
    Ok(registration_options(app, ceremony, &email).await?)
}

/// Adds the passkey that an authenticator made, whose user it has just verified.
pub async fn add_passkey(
    app: &AppState,
    asker: Asker,
    made: Signed,
    name: Option<Name>,
    cause: Cause,
) -> Result<Summary, PasskeyError> {
    let ceremony = Ceremony::registration(asker.user_id, asker.session_id);
    let candidate = verify_registration(app, ceremony, made.flow, &made.credential).await?;
    let added = as_owner(app, asker, cause, move |conn, user, making| {
        let (session_id, cause, now) = (Some(asker.session_id), making.cause, making.now);
        let name = name.as_ref();
        let added = add(conn, making.app, &candidate, name, session_id, cause, now)?;
        let passkey = match added {
            Ok(passkey) => passkey,
            Err(not_added) => return Ok(Err(not_added.into())),
        };
        making.note_used(conn, Method::Passkey)?;
        distrust_all(conn, user.id)?;
        notify(conn, making.app, &user, Happened::FactorAdded, cause, now)?;
        Ok(Ok(Summary::from(passkey)))
    });
    Ok(added.await?)
}

/// Renames a passkey.
pub async fn rename_passkey(
    app: &AppState,
    asker: Asker,
    id: Uuid,
    name: Name,
    cause: Cause,
) -> Result<Summary, EnrolError> {
    as_owner(app, asker, cause, move |conn, user, _| {
        let renamed = rename(conn, user.id, id, &name)?;
        Ok(renamed.map(Summary::from).ok_or(Refusal::NotFound))
    })
    .await
}

/// Removes a passkey. Without another one or an app, the second factor is off then. An account without a
/// password keeps what it needs to do without.
pub async fn remove_passkey(
    app: &AppState,
    asker: Asker,
    id: Uuid,
    cause: Cause,
) -> Result<(), EnrolError> {
    as_owner(app, asker, cause, move |conn, user, making| {
        let (session_id, cause, now) = (Some(asker.session_id), making.cause, making.now);
        let own = list(conn, user.id)?;
        let left = own.iter().filter(|passkey| passkey.id != id).count();
        if left == own.len() {
            return Ok(Err(Refusal::NotFound));
        }
        let recovery_codes = count_recovery_codes(conn, user.id)?;
        let suffices =
            i64::try_from(left).is_ok_and(|left| suffices_without_password(left, recovery_codes));
        if !suffices && !has_password(conn, user.id)? {
            return Ok(Err(Refusal::LastMethod));
        }
        remove(conn, user.id, id, session_id, cause, now)?;
        let has_factor = left > 0 || find_totp(conn, user.id)?.is_some();
        if user.second_factor_at.is_some() && !has_factor {
            second_factor_off(conn, &user, making.change())?;
            return Ok(Ok(()));
        }
        distrust_all(conn, user.id)?;
        notify(conn, making.app, &user, Happened::FactorRemoved, cause, now)?;
        Ok(Ok(()))
    })
    .await
}

impl From<NotAdded> for Refusal {
    fn from(not_added: NotAdded) -> Self {
        match not_added {
            NotAdded::Ended => Self::PasskeysEnded,
            NotAdded::Taken => Self::PasskeyTaken,
            NotAdded::TooMany => Self::TooManyPasskeys,
        }
    }
}
