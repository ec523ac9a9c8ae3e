//! Recognises devices that have signed in before.

use chrono::{DateTime, TimeDelta, Utc};
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
    /// The new session; nil where none begins.
    pub session_id: Uuid,
    /// What the user recognises the device by.
    pub name: &'a str,
    /// Whether its user wants no second factor to be asked for on it from now on.
    pub is_trusted: bool,
    /// The database's time.
    pub now: DateTime<Utc>,
}

/// How long a second factor is not asked for on a trusted device.
const TRUST: TimeDelta = TimeDelta::days(30);

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

/// Tells whether no second factor is to be asked for on a device.
pub fn is_trusted(
    conn: &mut PgConnection,
    mark: &Mark,
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if mark.is_empty() {
        return Ok(false);
    }
    known_devices::has_trusted(conn, &mark.ids(), user_id, now)
}

/// Marks a device as known, as part of the sign-in's transaction.
///
/// A trusted device gets a new row at each sign-in, which takes the trust along: a copy of its mark is
/// trusted until then and no longer. The former row stays known, in case the answer is lost.
pub fn remember(
    conn: &mut PgConnection,
    mark: &Mark,
    device: SigningIn<'_>,
) -> QueryResult<Remembered> {
    let SigningIn {
        user_id,
        session_id,
        name,
        is_trusted,
        now,
    } = device;
    let ids = mark.ids();
    let known = known_devices::update_used(conn, &ids, user_id, session_id, name, now)?;
    let is_known = known.is_some();
    let mut trust = is_trusted.then_some((now, now + TRUST));
    if let Some(known) = known {
        trust = trust.or(known.trust(now));
        if trust.is_none() {
            return Ok(Remembered {
                id: known.id,
                mark: mark.clone().with(user_id, known.id),
                is_another: false,
            });
        }
        known_devices::update_untrusted(conn, user_id, known.id)?;
    }
    let id = random::uuid();
    let new = known_devices::New {
        id,
        user_id,
        session_id,
        name,
        created_at: now,
        last_used_at: now,
        trusted_at: trust.map(|(at, _)| at),
        trusted_until: trust.map(|(_, until)| until),
    };
    known_devices::insert(conn, &new)?;
    known_devices::delete_surplus(conn, user_id)?;
    Ok(Remembered {
        id,
        mark: mark.clone().with(user_id, id),
        is_another: !is_known && known_devices::has_other(conn, user_id, id)?,
    })
}
