//! Converts addresses that earlier releases stored with a domain in Unicode.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::{Connection, QueryResult};

use crate::clock::Clock;
use crate::db::time;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::users::domain::{Email, User};
use crate::features::users::infrastructure::reserved_addresses;
use crate::features::users::infrastructure::users::{self, Columns};

/// Why an account keeps an address in Unicode, with which nobody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// Another account has the address in ASCII.
    #[error("account {by} has the same address in ASCII")]
    Taken {
        /// The id of the other account.
        by: i64,
    },
    /// Another account left the address lately and may take it back.
    #[error("the same address in ASCII is kept for the account that left it")]
    Reserved,
    /// The address is not valid.
    #[error("the address is not valid")]
    Invalid,
}

/// The accounts whose addresses were not in ASCII.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// The ids of those whose addresses are now, or can be.
    pub converted: Vec<i64>,
    /// The ids of the others, with the reason.
    pub left: Vec<(i64, ConvertError)>,
}

/// Converts the domains of all addresses to ASCII. Reads only the accounts that need it. Among
/// accounts with the same address in ASCII, one that is verified comes before the others, then the
/// oldest.
pub fn convert_domains(conn: &mut PgConnection, clock: &Clock) -> QueryResult<Conversion> {
    let mut done = Conversion::default();
    for id in users::list_beyond_ascii(conn)? {
        match conn.transaction(|conn| convert(conn, id, clock))? {
            Ok(()) => done.converted.push(id),
            Err(error) => done.left.push((id, error)),
        }
    }
    Ok(done)
}

/// Tells what [`convert_domains`] would do; changes nothing.
pub fn list_unconverted(conn: &mut PgConnection, clock: &Clock) -> QueryResult<Conversion> {
    let mut found = Conversion::default();
    let now = time::now(conn, clock)?;
    for id in users::list_beyond_ascii(conn)? {
        let Some(user) = users::find(conn, id)? else {
            continue;
        };
        match in_ascii(conn, &user, now)? {
            Ok(_) => found.converted.push(id),
            Err(error) => found.left.push((id, error)),
        }
    }
    Ok(found)
}

/// A conversion whose address was taken meanwhile violates the unique constraint.
fn convert(
    conn: &mut PgConnection,
    id: i64,
    clock: &Clock,
) -> QueryResult<Result<(), ConvertError>> {
    let now = time::now(conn, clock)?;
    let Some(user) = users::find_for_update(conn, id)? else {
        return Ok(Ok(()));
    };
    let email = match in_ascii(conn, &user, now)? {
        Ok(email) => email,
        Err(error) => return Ok(Err(error)),
    };
    // Another instance may have converted it meanwhile.
    if email.as_str() != user.email {
        let columns = Columns {
            email: Some(email.as_str()),
            updated_at: Some(now),
            ..Columns::default()
        };
        users::update(conn, id, &columns)?;
        let cause = Cause {
            user_agent: concat!("latchkey migration ", env!("CARGO_PKG_VERSION")).into(),
            ..Cause::default()
        };
        let event = Event {
            kind: Kind::EmailChanged,
            user_id: Some(id),
            session_id: None,
            cause: &cause,
            at: now,
        };
        audit::record(conn, &event)?;
    }
    Ok(Ok(()))
}

/// The account's address in ASCII, if the account can have it.
fn in_ascii(
    conn: &mut PgConnection,
    user: &User,
    now: DateTime<Utc>,
) -> QueryResult<Result<Email, ConvertError>> {
    let Ok(email) = Email::parse(&user.email) else {
        return Ok(Err(ConvertError::Invalid));
    };
    let other = users::find_by_email(conn, &email)?.filter(|other| other.id != user.id);
    if let Some(other) = other {
        return Ok(Err(ConvertError::Taken { by: other.id }));
    }
    if reserved_addresses::is_reserved(conn, email.as_str(), Some(user.id), now)? {
        return Ok(Err(ConvertError::Reserved));
    }
    Ok(Ok(email))
}
