//! Recognises devices that have signed in before.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::features::devices::domain::Mark;
use crate::features::devices::infrastructure::known_devices;
use crate::security::random;

/// Stands for an address without an account: ids begin with 1.
const NOBODY: i64 = 0;

/// A device that is signing in.
#[derive(Clone, Copy, Debug)]
pub struct SigningIn<'a> {
    /// The account.
    pub user_id: i64,
    /// The new session.
    pub session_id: Uuid,
    /// What the user recognises the device by.
    pub name: &'a str,
    /// The database's time.
    pub now: DateTime<Utc>,
}

/// Whether a device is known for an account. The database does the same work if there is no
/// account, so that the timing does not reveal it.
pub fn is_known(conn: &mut PgConnection, mark: &Mark, user_id: Option<i64>) -> QueryResult<bool> {
    if mark.is_empty() {
        return Ok(false);
    }
    known_devices::has(conn, &mark.ids(), user_id.unwrap_or(NOBODY))
}

/// A device that is known from now on.
pub struct Remembered {
    /// Its id.
    pub id: Uuid,
    /// Its new mark.
    pub mark: Mark,
    /// Whether it was not known before, to an account that others are known to.
    pub is_another: bool,
}

/// Marks a device as known, as part of the sign-in's transaction.
pub fn remember(
    conn: &mut PgConnection,
    mark: &Mark,
    device: SigningIn<'_>,
) -> QueryResult<Remembered> {
    let SigningIn {
        user_id,
        session_id,
        name,
        now,
    } = device;
    let ids = mark.ids();
    let known = known_devices::update_used(conn, &ids, user_id, session_id, name, now)?;
    if let Some(id) = known {
        return Ok(Remembered {
            id,
            mark: mark.clone().with(user_id, id),
            is_another: false,
        });
    }
    let id = random::uuid();
    known_devices::insert(conn, id, user_id, session_id, name, now)?;
    known_devices::delete_surplus(conn, user_id)?;
    Ok(Remembered {
        id,
        mark: mark.clone().with(user_id, id),
        is_another: known_devices::has_other(conn, user_id, id)?,
    })
}
