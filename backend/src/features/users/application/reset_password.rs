//! What the word of whoever reads an account's mail does to it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::authority::Author;
use super::change::{self, Change, Former};
use crate::features::audit::domain::Cause;
use crate::features::sessions::application::Ended;
use crate::features::users::domain::Email;
use crate::features::users::infrastructure::sign_in_failures::{self, Budget};
use crate::features::users::infrastructure::users;
use crate::state::App;

/// Gives an active account a password, if `consume` consumes the proof of that; it runs with the
/// account's row locked, so that whatever ends proofs came before or comes after.
///
/// The proof may have begun for the address that the account had while that was being changed, and so
/// have missed its end: it counts only for the address that the account has.
///
/// Failed sign-ins are forgotten, which were guesses of a password that is no more. Where this returns
/// `None`, the transaction is to be rolled back.
pub fn reset_password(
    conn: &mut PgConnection,
    app: &App,
    (user_id, address): (i64, &str),
    hash: &str,
    cause: &Cause,
    now: DateTime<Utc>,
    consume: impl FnOnce(&mut PgConnection) -> QueryResult<bool>,
) -> QueryResult<Option<Ended>> {
    if let Ok(email) = Email::parse(address) {
        let budgets = [
            Budget::of_strangers(&email),
            Budget::of_known_devices(&email),
        ];
        sign_in_failures::delete(conn, &budgets)?;
    }
    let user = users::find_for_update(conn, user_id)?;
    let Some(user) = user.filter(|user| user.is_active && user.email == address) else {
        return Ok(None);
    };
    if !consume(conn)? {
        return Ok(None);
    }
    let change = Change {
        app,
        author: &Author::Mailbox,
        cause,
        now,
    };
    change::reset_password(conn, &user, hash, change).map(|(_, ended)| Some(ended))
}

/// Gives an account back what it had before the change that its owner undoes, ends its sessions and locks it until a reset, if
/// `consume` consumes the proof of that; it runs with the account's row locked.
pub fn lock_account(
    conn: &mut PgConnection,
    app: &App,
    user_id: i64,
    former: Former<'_>,
    cause: &Cause,
    now: DateTime<Utc>,
    consume: impl FnOnce(&mut PgConnection) -> QueryResult<bool>,
) -> QueryResult<Option<Ended>> {
    let Some(user) = users::find_for_update(conn, user_id)? else {
        return Ok(None);
    };
    if !consume(conn)? {
        return Ok(None);
    }
    let change = Change {
        app,
        author: &Author::Mailbox,
        cause,
        now,
    };
    change::lock(conn, &user, former, change).map(Some)
}
