//! Moving what is sealed to the newest key.

use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::db::DbError;
use crate::features::{factors, mail};
use crate::security::sealing::OpenError;
use crate::state::AppState;

const BATCH: i64 = 500;

/// The ids of rows, and what is sealed in them.
type Rows = Vec<(Uuid, Vec<u8>)>;

/// A column of sealed values.
#[derive(Clone, Copy)]
struct Column {
    /// What is sealed, for a person.
    what: &'static str,
    /// What the value of a row is sealed for.
    place: fn(Uuid) -> String,
    /// Lists at most so many rows after an id.
    list: fn(&mut PgConnection, Uuid, i64) -> QueryResult<Rows>,
    /// Replaces a row's value, unless that changed meanwhile, and returns the number of rows.
    update: fn(&mut PgConnection, Uuid, &[u8], &[u8]) -> QueryResult<usize>,
}

/// Every column of sealed values.
const COLUMNS: [Column; 2] = [
    Column {
        what: "mail",
        place: mail::application::place,
        list: mail::application::list_sealed,
        update: mail::application::update_sealed,
    },
    Column {
        what: "authenticator app",
        place: factors::application::place,
        list: factors::application::list_sealed,
        update: factors::application::update_sealed,
    },
];

/// Something cannot be sealed anew.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// It cannot be opened.
    #[error("{0} {1} cannot be opened: {2}")]
    Sealed(&'static str, Uuid, OpenError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Seals everything under the newest key, and returns how much was not.
///
/// # Errors
///
/// [`ResealError`]; what was done before stays done.
pub async fn reseal(app: &AppState) -> Result<usize, ResealError> {
    let mut count = 0;
    for column in COLUMNS {
        count += reseal_column(app, column).await?;
    }
    Ok(count)
}

async fn reseal_column(app: &AppState, column: Column) -> Result<usize, ResealError> {
    let (mut after, mut count) = (Uuid::nil(), 0);
    loop {
        let batch = app.db.read(move |conn| (column.list)(conn, after, BATCH));
        let batch = batch.await?;
        let Some((last, _)) = batch.last() else {
            return Ok(count);
        };
        after = *last;
        for (id, former) in batch {
            if app.sealer.is_newest(&former) {
                continue;
            }
            let place = (column.place)(id);
            let text = (app.sealer.open(&place, &former))
                .map_err(|error| ResealError::Sealed(column.what, id, error))?;
            let sealed = app.sealer.seal(&place, &text);
            let updated = app.db.run(move |conn| {
                (column.update)(conn, id, &former, &sealed).map_err(DbError::from)
            });
            count += updated.await?;
        }
    }
}

/// Finds what none of the keys opens, if there is such a thing, before the database is open for requests.
pub async fn find_lost_keys(app: &AppState) -> Result<Option<&'static str>, DbError> {
    for column in COLUMNS {
        let mut after = Uuid::nil();
        loop {
            let batch = app.db.beside(move |conn| (column.list)(conn, after, BATCH));
            let batch = batch.await?;
            let Some((last, _)) = batch.last() else {
                break;
            };
            after = *last;
            if batch.iter().any(|(_, sealed)| !app.sealer.knows(sealed)) {
                return Ok(Some(column.what));
            }
        }
    }
    Ok(None)
}
