//! Places in the queue for a core.

use crate::features::users::domain::NewPassword;
use crate::security::password::{HashError, Place};
use crate::state::App;

/// Hashes a new password; `user_id` is whoever is signed in or has proved to read an account's mail.
///
/// # Errors
///
/// [`HashError`].
pub async fn hash_new(
    app: &App,
    password: NewPassword,
    user_id: Option<i64>,
) -> Result<String, HashError> {
    let place = enter(app, user_id)?;
    place.hash(password.into_secret()).await
}

/// Takes a place in the queue: ahead of strangers for somebody whose account is certain, as often as
/// that account's known devices may go ahead.
pub(super) fn enter(app: &App, user_id: Option<i64>) -> Result<Place, HashError> {
    if user_id.is_some_and(|id| app.limits.overtaking.admits_account(id)) {
        app.passwords.enter_ahead()
    } else {
        app.passwords.enter()
    }
}
