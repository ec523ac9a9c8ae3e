//! Confirming generations: once one of its tokens has been used, its client is known to have it,
//! and its parent is no longer answered.

use crate::db::DbError;
use crate::features::sessions::infrastructure::sessions;
use crate::features::sessions::memory::sightings::Sighting;
use crate::state::AppState;

/// How many sessions one statement writes.
const BATCH: usize = 1000;

/// Writes what requests have noted since the last time; what fails is tried again with the next
/// batch, and losing it to a crash only leaves lost answers to be forgiven for longer.
pub async fn confirm(app: &AppState) -> Result<(), DbError> {
    let taken = app.sightings.take();
    for (index, batch) in taken.chunks(BATCH).enumerate() {
        let seen: Vec<Sighting> = batch.to_vec();
        let written = app
            .db
            .run(move |conn| sessions::update_seen(conn, &seen).map_err(DbError::from))
            .await;
        if let Err(error) = written {
            app.sightings.put_back(&taken[index * BATCH..]);
            return Err(error);
        }
    }
    Ok(())
}
