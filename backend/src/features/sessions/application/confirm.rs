//! Confirms generations. Once a token of a generation has been used, the client is known to have
//! received it, and the parent generation no longer gets it again.

use crate::db::DbError;
use crate::features::sessions::infrastructure::sessions;
use crate::features::sessions::memory::sightings::Sighting;
use crate::state::AppState;

/// How many sessions one statement updates.
const BATCH: usize = 1000;

/// Writes the sightings that requests noted since the last call. Sightings that cannot be written
/// are tried again with the next batch. If a crash loses them, the parent generation stays valid
/// for longer.
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
