//! An address that the account is to have, once its owner has proved to read mail there.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::Change;
use crate::features::audit::domain::Kind;
use crate::features::mail::application::post;
use crate::features::mail::domain::{Letter, Outgoing};
use crate::features::proofs::application::{Budget, New, begin, end_all, spend};
use crate::features::proofs::domain::Purpose;
use crate::features::users::application::notify::mail_locale;
use crate::features::users::application::sign_up::wait_for;
use crate::features::users::application::update::UpdateError;
use crate::features::users::domain::{Email, User};
use crate::features::users::infrastructure::users::{Columns, PendingEmail};
use crate::features::users::infrastructure::{reserved_addresses, users};

/// Mails a code and a link to the address. It stays with whoever has it: an owner of another account is
/// told that it was wanted, and the answer is the same.
///
/// # Errors
///
/// [`UpdateError::TooManyMails`], or when the database fails.
pub fn pending_email(
    conn: &mut PgConnection,
    user: &User,
    email: &Email,
    change: Change<'_>,
) -> Result<User, UpdateError> {
    let now = change.now;
    let budget = Budget::of_account(user.id, email.as_str());
    if let Err(exhausted) = spend(conn, &budget, now)? {
        let wait = wait_for(exhausted, now);
        return Err(UpdateError::TooManyMails { wait });
    }
    let owner = users::find_by_email(conn, email)?;
    let owner = owner.filter(|owner| owner.id != user.id);
    let is_reserved = reserved_addresses::is_reserved(conn, email.as_str(), Some(user.id), now)?;
    end_all(conn, user.id, &[Purpose::Address], now)?;
    let new = New {
        purpose: Purpose::Address,
        user_id: Some(user.id),
        address: email.as_str(),
        is_decoy: owner.is_some() || is_reserved,
        password_hash: None,
        locale: mail_locale(user).as_str(),
    };
    let (begun, secrets) = begin(conn, change.app, &new, now)?;
    let expires_at = now + begun.expires_in;
    let is_told = owner.as_ref().is_none_or(|owner| owner.is_active);
    let outgoing = Outgoing {
        recipient: email.as_str().to_owned(),
        locale: mail_locale(owner.as_ref().unwrap_or(user)),
        letter: match owner {
            Some(_) => Letter::AddressWanted,
            None => Letter::ProveAddress(secrets),
        },
        is_decoy: is_reserved || !is_told,
        proof: Some((begun.flow, 1)),
        expires_at,
    };
    post(conn, change.app, &outgoing, now)?;
    let columns = Columns {
        pending: Some(PendingEmail {
            pending_email: Some(email.as_str()),
            pending_email_flow: Some(begun.flow),
            pending_email_expires_at: Some(expires_at),
        }),
        ..Columns::default()
    };
    Ok(change.write(conn, user, columns, Kind::EmailChangeRequested)?)
}

/// Withdraws the address that the account was to have.
pub fn no_pending_email(
    conn: &mut PgConnection,
    user: &User,
    change: Change<'_>,
) -> QueryResult<User> {
    end_all(conn, user.id, &[Purpose::Address], change.now)?;
    let columns = Columns::default().without_pending_email();
    change.write(conn, user, columns, Kind::EmailChangeCancelled)
}

/// Gives the account an address that its owner has just proved. The former address is told, can undo
/// that and is kept for as long.
///
/// # Errors
///
/// A taken address, or when the database fails.
pub fn proved_email(
    conn: &mut PgConnection,
    user: &User,
    email: &str,
    change: Change<'_>,
) -> Result<User, UpdateError> {
    let is_other = email != user.email;
    let columns = Columns {
        email: is_other.then_some(email),
        email_verified_at: Some(Some(change.now)),
        email_bounced_at: Some(None),
        invited_at: Some(None),
        ..Columns::default().without_pending_email()
    };
    if !is_other {
        return Ok(change.write(conn, user, columns, Kind::EmailVerified)?);
    }
    let changed = change.write(conn, user, columns, Kind::EmailChanged)?;
    if reserved_addresses::is_reserved(conn, email, Some(user.id), change.now)? {
        return Err(UpdateError::EmailTaken);
    }
    end_all(conn, user.id, &super::DIE_WITH_CREDENTIALS, change.now)?;
    reserve(conn, user, change.now)?;
    let former = &user.email;
    change.notify(conn, &changed, super::Happened::AddressChanged { former })?;
    Ok(changed)
}

/// Keeps the account's address for it while a notice can still bring it back.
pub(super) fn reserve(conn: &mut PgConnection, user: &User, now: DateTime<Utc>) -> QueryResult<()> {
    let until = now + Purpose::Undo.lifetime();
    reserved_addresses::upsert(conn, &user.email, user.id, until)
}
