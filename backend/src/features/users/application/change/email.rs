//! Changes the address of an account.

use diesel::pg::PgConnection;

use super::{Change, DIE_WITH_CREDENTIALS, Happened, UpdateError, end_all};
use crate::features::audit::domain::Kind;
use crate::features::proofs::domain::Purpose;
use crate::features::users::domain::{Email, User};
use crate::features::users::infrastructure::reserved_addresses;
use crate::features::users::infrastructure::users::Columns;

/// Changes the address without a proof, for administrators. The former and the new address are told,
/// without an undo, unless nobody has accepted the account's invitation yet. A taken address violates
/// the unique constraint.
pub fn email(
    conn: &mut PgConnection,
    user: &User,
    email: &Email,
    change: Change<'_>,
) -> Result<User, UpdateError> {
    let columns = Columns {
        email: Some(email.as_str()),
        email_verified_at: Some(None),
        email_bounced_at: Some(None),
        ..Columns::default().without_pending_email()
    };
    let changed = change.write(conn, user, columns, Kind::EmailChanged)?;
    if reserved_addresses::is_reserved(conn, email.as_str(), Some(user.id), change.now)? {
        return Err(UpdateError::EmailTaken);
    }
    end_all(conn, user.id, &DIE_WITH_CREDENTIALS, change.now)?;
    end_all(conn, user.id, &[Purpose::Undo], change.now)?;
    if user.invited_at.is_none() {
        for recipient in [&user.email, &changed.email] {
            change.notify(conn, &changed, Happened::AddressReplaced { recipient })?;
        }
    }
    Ok(changed)
}
