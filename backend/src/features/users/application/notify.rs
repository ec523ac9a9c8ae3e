//! Telling an account's owner by mail what happened to it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::features::audit::domain::Cause;
use crate::features::mail::application::post;
use crate::features::mail::domain::{Circumstances, Letter, Locale, Notice, Outgoing};
use crate::features::proofs::application::{Budget, New, begin, spend};
use crate::features::proofs::domain::Purpose;
use crate::features::sessions::domain::browser_and_system;
use crate::features::users::domain::User;
use crate::state::App;

/// What happened to an account.
#[derive(Clone, Copy, Debug)]
pub enum Happened<'a> {
    /// A device that was not known signed in.
    NewDevice,
    /// The password was changed.
    PasswordChanged,
    /// The address was changed; its former one is told.
    AddressChanged {
        /// The former address.
        former: &'a str,
    },
    /// An administrator changed the address.
    AddressReplaced {
        /// The former or the new address.
        recipient: &'a str,
    },
    /// The account was deactivated.
    Deactivated,
    /// A second factor is needed from now on.
    SecondFactorOn,
    /// No second factor is needed any more.
    SecondFactorOff,
    /// A passkey or an authenticator app was added.
    FactorAdded,
    /// A passkey or an authenticator app was removed.
    FactorRemoved,
    /// The password was removed.
    PasswordRemoved,
    /// The counter of a passkey did not rise: a copy of it may exist.
    PasskeyCopied,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// The second factor was wrong several times after a right password.
    SecondFactorFailed,
    /// An administrator began to remove the factors.
    FactorsReset,
}

/// Queues a notice, within the transaction of what happened; `now` is the database's time. Whoever reads
/// it can undo that for 72 hours, but for what an administrator did.
pub fn notify(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    happened: Happened<'_>,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if !app.config.mail.is_on() {
        return Ok(());
    }
    let recipient = match happened {
        Happened::AddressChanged { former } => former,
        Happened::AddressReplaced { recipient } => recipient,
        _ => &user.email,
    };
    // A stranger who has the password could fill the mailbox. What changes the account is always told.
    let is_repeatable = matches!(
        happened,
        Happened::NewDevice | Happened::SecondFactorFailed | Happened::PasskeyCopied
    );
    if is_repeatable && spend(conn, &Budget::of_notices(recipient), now)?.is_err() {
        return Ok(());
    }
    let (browser, system) = browser_and_system(&cause.user_agent);
    let circumstances = Circumstances {
        at: now,
        browser,
        system,
    };
    let locale = mail_locale(user);
    let undoable: fn(Notice) -> Letter = match happened {
        Happened::Deactivated => {
            let letter = Letter::Deactivated(circumstances);
            return send(conn, app, recipient, locale, letter, None, now);
        }
        Happened::AddressReplaced { .. } => {
            let letter = Letter::AddressReplaced;
            return send(conn, app, recipient, locale, letter, None, now);
        }
        Happened::FactorsReset => {
            let letter = Letter::FactorsReset(circumstances);
            return send(conn, app, recipient, locale, letter, None, now);
        }
        Happened::NewDevice => Letter::NewDevice,
        Happened::PasswordChanged => Letter::PasswordChanged,
        Happened::AddressChanged { .. } => Letter::AddressChanged,
        Happened::SecondFactorOn => Letter::SecondFactorOn,
        Happened::SecondFactorOff => Letter::SecondFactorOff,
        Happened::FactorAdded => Letter::FactorAdded,
        Happened::FactorRemoved => Letter::FactorRemoved,
        Happened::PasswordRemoved => Letter::PasswordRemoved,
        Happened::PasskeyCopied => Letter::PasskeyCopied,
        Happened::RecoveryCodeUsed => Letter::RecoveryCodeUsed,
        Happened::SecondFactorFailed => Letter::SecondFactorFailed,
    };
    let new = New {
        purpose: Purpose::Undo,
        user_id: Some(user.id),
        address: recipient,
        is_decoy: false,
        password_hash: None,
        locale: locale.as_str(),
    };
    let (begun, undo) = begin(conn, app, &new, now)?;
    let notice = Notice {
        circumstances,
        undo,
    };
    let proof = Some((begun.flow, 1));
    send(conn, app, recipient, locale, undoable(notice), proof, now)
}

fn send(
    conn: &mut PgConnection,
    app: &App,
    recipient: &str,
    locale: Locale,
    letter: Letter,
    proof: Option<(Uuid, i16)>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let outgoing = Outgoing {
        recipient: recipient.to_owned(),
        locale,
        letter,
        is_decoy: false,
        proof,
        expires_at: now + Purpose::Undo.lifetime(),
    };
    post(conn, app, &outgoing, now)
}

/// Returns the language of an account's mails.
pub fn mail_locale(user: &User) -> Locale {
    let locale = user.locale.as_deref().and_then(Locale::read);
    locale.unwrap_or_default()
}
