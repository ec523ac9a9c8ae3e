//! Checking at the start that the passkeys still belong to this site.

use crate::db::DbError;
use crate::features::passkeys::infrastructure::passkeys;
use crate::state::AppState;

/// Finds a domain, other than `PASSKEY_RP_ID`, that passkeys belong to: browsers offer none of them here.
/// Called before the database is open for requests.
pub async fn check_rp_id(app: &AppState) -> Result<Option<String>, DbError> {
    let rp_id = app.config.passkeys.rp_id.clone();
    app.db
        .beside(move |conn| passkeys::find_other_rp_id(conn, &rp_id))
        .await
}
