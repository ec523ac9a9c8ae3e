//! Moving what is sealed to the newest key.

use uuid::Uuid;

use crate::db::DbError;
use crate::features::mail::infrastructure::outbox;
use crate::security::sealing::OpenError;
use crate::state::AppState;

const BATCH: i64 = 500;

/// Something cannot be sealed anew.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// It cannot be opened.
    #[error("mail {0} cannot be opened: {1}")]
    Sealed(Uuid, OpenError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Seals mails that wait under the newest key, and returns how many were not.
///
/// # Errors
///
/// [`ResealError`]; what was done before stays done.
pub async fn reseal(app: &AppState) -> Result<usize, ResealError> {
    let (mut after, mut count) = (Uuid::nil(), 0);
    loop {
        let batch = list(app, after).await?;
        let Some((last, _)) = batch.last() else {
            return Ok(count);
        };
        after = *last;
        for (id, former) in batch {
            if app.sealer.is_newest(&former) {
                continue;
            }
            let place = outbox::place(id);
            let text = (app.sealer.open(&place, &former))
                .map_err(|error| ResealError::Sealed(id, error))?;
            let sealed = app.sealer.seal(&place, &text);
            let updated = app.db.run(move |conn| {
                outbox::update_sealed(conn, id, &former, &sealed).map_err(DbError::from)
            });
            count += updated.await?;
        }
    }
}

/// Tells whether mails wait that none of the keys opens.
pub async fn has_lost_keys(app: &AppState) -> Result<bool, DbError> {
    let mut after = Uuid::nil();
    loop {
        let batch = list_beside(app, after).await?;
        let Some((last, _)) = batch.last() else {
            return Ok(false);
        };
        after = *last;
        if batch.iter().any(|(_, sealed)| !app.sealer.knows(sealed)) {
            return Ok(true);
        }
    }
}

async fn list(app: &AppState, after: Uuid) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    let list = move |conn: &mut _| outbox::list_sealed(conn, after, BATCH);
    app.db.read(list).await
}

/// As [`list`], before the database is open for requests.
async fn list_beside(app: &AppState, after: Uuid) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    let list = move |conn: &mut _| outbox::list_sealed(conn, after, BATCH);
    app.db.beside(list).await
}
