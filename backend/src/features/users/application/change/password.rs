//! Changes the password of an account.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Author, Change, DIE_WITH_CREDENTIALS, Happened, UpdateError, end_all};
use crate::features::audit::domain::Kind;
use crate::features::factors::application::{end_flows, wipe};
use crate::features::proofs::application::{Budget, spend};
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::application::sign_up::wait_for;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::Columns;

/// Replaces the password hash, and ends all sessions except the owner's requesting one. Where no mail can
/// be sent, nobody could reset the password of an account that its owner locked: there this unlocks it.
/// Where it can, each change is told: one account must not use up the mails of all others by that.
///
/// # Errors
///
/// [`UpdateError::TooManyMails`], or when the database fails.
pub fn password(
    conn: &mut PgConnection,
    user: &User,
    hash: &str,
    change: Change<'_>,
) -> Result<(User, Ended), UpdateError> {
    if matches!(change.author, Author::Owner { .. })
        && change.app.config.mail.is_on()
        && let Err(exhausted) = spend(conn, &Budget::of_passwords(user.id), change.now)?
    {
        let wait = wait_for(exhausted, change.now);
        return Err(UpdateError::TooManyMails { wait });
    }
    let columns = Columns {
        password_hash: Some(Some(hash)),
        invited_at: Some(None),
        locked_at: (!change.app.config.mail.is_on()).then_some(None),
        ..Columns::default().without_pending_email()
    };
    let user = change.write(conn, user, columns, Kind::PasswordChanged)?;
    let user_id = user.id;
    let ended = change.end(conn, change.others(user_id), EndReason::PasswordChanged)?;
    end_all(conn, user_id, &DIE_WITH_CREDENTIALS, change.now)?;
    end_flows(conn, user_id, change.now)?;
    change.notify(conn, &user, Happened::PasswordChanged)?;
    Ok((user, ended))
}

/// Removes the password, and ends all sessions except the owner's requesting one. Whether the account can do
/// without is for the caller to decide.
pub fn no_password(
    conn: &mut PgConnection,
    user: &User,
    change: Change<'_>,
) -> QueryResult<(User, Ended)> {
    let columns = Columns {
        password_hash: Some(None),
        ..Columns::default().without_pending_email()
    };
    let user = change.write(conn, user, columns, Kind::PasswordRemoved)?;
    let ended = change.end(conn, change.others(user.id), EndReason::PasswordChanged)?;
    end_all(conn, user.id, &DIE_WITH_CREDENTIALS, change.now)?;
    end_flows(conn, user.id, change.now)?;
    change.notify(conn, &user, Happened::PasswordRemoved)?;
    Ok((user, ended))
}

/// Gives the account a password on the word of whoever reads its mail, and removes everything that
/// somebody else may have put there: sessions, known devices, a lock, other proofs. At the first proof of
/// the address, factors too.
pub fn reset_password(
    conn: &mut PgConnection,
    user: &User,
    hash: &str,
    change: Change<'_>,
) -> QueryResult<(User, Ended)> {
    // Nobody had proved the address: what stands on the account may be somebody else's.
    let is_first_proof = user.email_verified_at.is_none();
    if is_first_proof {
        wipe(conn, user.id, change.now)?;
    }
    let columns = Columns {
        password_hash: Some(Some(hash)),
        second_factor_at: is_first_proof.then_some(None),
        factors_reset_at: is_first_proof.then_some(None),
        email_verified_at: Some(user.email_verified_at.or(Some(change.now))),
        email_bounced_at: Some(None),
        invited_at: Some(None),
        locked_at: Some(None),
        ..Columns::default().without_pending_email()
    };
    let user = change.write(conn, user, columns, Kind::PasswordReset)?;
    let which = Which::All { user_id: user.id };
    let ended = change.end(conn, which, EndReason::PasswordReset)?;
    end_all(conn, user.id, &DIE_WITH_CREDENTIALS, change.now)?;
    end_flows(conn, user.id, change.now)?;
    change.notify(conn, &user, Happened::PasswordChanged)?;
    Ok((user, ended))
}
