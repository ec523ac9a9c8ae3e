//! What a passkey has to sign, in a sign-in and in a step-up.

use uuid::Uuid;

use super::second_factor::{SecondFactorError, ceremony_of};
use crate::features::factors::domain::Client;
use crate::features::passkeys::application::{Offer, OfferError, assertion_options};
use crate::features::passkeys::domain::Ceremony;
use crate::features::sessions::application::Asker;
use crate::state::AppState;

/// Why there is nothing to sign.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyOptionsError {
    /// The sign-in does not wait for a second factor of this client.
    #[error(transparent)]
    Flow(#[from] SecondFactorError),
    /// No ceremony begins.
    #[error(transparent)]
    Offer(#[from] OfferError),
}

/// Begins a sign-in with any passkey, or goes on with the sign-in that waits for a second factor of this
/// client with one of its account.
pub async fn passkey_options(
    app: &AppState,
    waiting: Option<(Uuid, Client)>,
) -> Result<Offer, PasskeyOptionsError> {
    let ceremony = match waiting {
        Some((flow, client)) => ceremony_of(app, flow, client).await?,
        None => Ceremony::sign_in(),
    };
    Ok(assertion_options(app, ceremony).await?)
}

/// Begins a step-up of a session with a passkey of its account.
pub async fn step_up_options(app: &AppState, asker: Asker) -> Result<Offer, OfferError> {
    let ceremony = Ceremony::step_up(asker.user_id, asker.session_id);
    assertion_options(app, ceremony).await
}
