//! What a mail says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Locale;
use crate::features::proofs::domain::Secrets;

/// What a mail says: closed values only. No text that a stranger chose, such as the name of a device,
/// is ever quoted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// To whoever signs up: proves the address.
    SignUp(Secrets),
    /// To the owner of an account for whose address somebody signed up again.
    AlreadyRegistered,
    /// To the owner of an account who forgot the password.
    Reset(Secrets),
    /// To somebody for whom an administrator made an account.
    Invitation(Secrets),
    /// To an address that an account is to have, or has without a proof.
    ProveAddress(Secrets),
    /// To whoever signs in and has to set up a second factor.
    EnrolmentCode(Secrets),
    /// To the owner of an address that another account wanted to have.
    AddressWanted,
    /// A device that was not known signed in.
    NewDevice(Notice),
    /// The password was changed.
    PasswordChanged(Notice),
    /// The address was changed; this goes to the former one.
    AddressChanged(Notice),
    /// An administrator changed the address; this goes to the former one and to the new one.
    AddressReplaced,
    /// The account was deactivated.
    Deactivated(Circumstances),
    /// A second factor is needed to sign in from now on.
    SecondFactorOn(Notice),
    /// No second factor is needed any more.
    SecondFactorOff(Notice),
    /// A way of signing in was added.
    FactorAdded(Notice),
    /// A way of signing in was removed.
    FactorRemoved(Notice),
    /// The password was removed; passkeys sign in.
    PasswordRemoved(Notice),
    /// The counter of a passkey did not rise: a copy of it may exist.
    PasskeyCopied(Notice),
    /// A recovery code was used.
    RecoveryCodeUsed(Notice),
    /// The password was right, and the second factor wrong several times.
    SecondFactorFailed(Notice),
    /// An administrator began to remove the factors.
    FactorsReset(Circumstances),
}

/// What happened, and the secrets that undo it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Notice {
    /// How it happened.
    pub circumstances: Circumstances,
    /// Link and code, both of which are needed.
    pub undo: Secrets,
}

/// How something happened.
#[derive(Clone, Serialize, Deserialize)]
pub struct Circumstances {
    /// When.
    pub at: DateTime<Utc>,
    /// In which browser, or `None` when it is none that is known.
    pub browser: Option<String>,
    /// On which system, or `None` when it is none that is known.
    pub system: Option<String>,
}

impl Letter {
    /// The name of every kind.
    pub const KINDS: [&str; 21] = [
        "sign_up",
        "already_registered",
        "reset",
        "invitation",
        "prove_address",
        "enrolment_code",
        "address_wanted",
        "new_device",
        "password_changed",
        "address_changed",
        "address_replaced",
        "deactivated",
        "second_factor_on",
        "second_factor_off",
        "factor_added",
        "factor_removed",
        "password_removed",
        "passkey_copied",
        "recovery_code_used",
        "second_factor_failed",
        "factors_reset",
    ];

    /// The kinds that a stranger can have sent to any number of addresses.
    pub const TO_ANYBODY: [&str; 3] = ["sign_up", "already_registered", "address_wanted"];

    /// Returns the kind's name in the database and in metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SignUp(_) => "sign_up",
            Self::AlreadyRegistered => "already_registered",
            Self::Reset(_) => "reset",
            Self::Invitation(_) => "invitation",
            Self::ProveAddress(_) => "prove_address",
            Self::EnrolmentCode(_) => "enrolment_code",
            Self::AddressWanted => "address_wanted",
            Self::NewDevice(_) => "new_device",
            Self::PasswordChanged(_) => "password_changed",
            Self::AddressChanged(_) => "address_changed",
            Self::AddressReplaced => "address_replaced",
            Self::Deactivated(_) => "deactivated",
            Self::SecondFactorOn(_) => "second_factor_on",
            Self::SecondFactorOff(_) => "second_factor_off",
            Self::FactorAdded(_) => "factor_added",
            Self::FactorRemoved(_) => "factor_removed",
            Self::PasswordRemoved(_) => "password_removed",
            Self::PasskeyCopied(_) => "passkey_copied",
            Self::RecoveryCodeUsed(_) => "recovery_code_used",
            Self::SecondFactorFailed(_) => "second_factor_failed",
            Self::FactorsReset(_) => "factors_reset",
        }
    }
}

/// How the secrets of a mail are of use.
#[derive(Clone, Copy)]
pub enum Use<'a> {
    /// There are none.
    None,
    /// Only the code is of use, where it was asked for.
    Code(&'a Secrets),
    /// Either the code or the link is enough, on this page.
    Either(&'static str, &'a Secrets),
    /// Only the link is of use, on this page.
    Link(&'static str, &'a Secrets),
    /// Link and code are needed, on this page.
    Both(&'static str, &'a Secrets),
}

impl Letter {
    /// Returns the mail's secrets, and the page of the client that they are for.
    pub fn secrets(&self) -> Use<'_> {
        match self {
            Self::SignUp(secrets) => Use::Either("/verify", secrets),
            Self::Reset(secrets) => Use::Either("/reset", secrets),
            Self::ProveAddress(secrets) => Use::Either("/confirm-email", secrets),
            Self::EnrolmentCode(secrets) => Use::Code(secrets),
            Self::Invitation(secrets) => Use::Link("/invitation", secrets),
            Self::NewDevice(notice)
            | Self::PasswordChanged(notice)
            | Self::AddressChanged(notice)
            | Self::SecondFactorOn(notice)
            | Self::SecondFactorOff(notice)
            | Self::FactorAdded(notice)
            | Self::FactorRemoved(notice)
            | Self::PasswordRemoved(notice)
            | Self::PasskeyCopied(notice)
            | Self::RecoveryCodeUsed(notice)
            | Self::SecondFactorFailed(notice) => Use::Both("/undo", &notice.undo),
            Self::AlreadyRegistered
            | Self::AddressWanted
            | Self::AddressReplaced
            | Self::Deactivated(_)
            | Self::FactorsReset(_) => Use::None,
        }
    }

    /// Returns how what it tells of happened.
    pub fn circumstances(&self) -> Option<&Circumstances> {
        match self {
            Self::NewDevice(notice)
            | Self::PasswordChanged(notice)
            | Self::AddressChanged(notice)
            | Self::SecondFactorOn(notice)
            | Self::SecondFactorOff(notice)
            | Self::FactorAdded(notice)
            | Self::FactorRemoved(notice)
            | Self::PasswordRemoved(notice)
            | Self::PasskeyCopied(notice)
            | Self::RecoveryCodeUsed(notice)
            | Self::SecondFactorFailed(notice) => Some(&notice.circumstances),
            Self::Deactivated(circumstances) | Self::FactorsReset(circumstances) => {
                Some(circumstances)
            }
            _ => None,
        }
    }
}

/// Tells whether mails of a kind carry what somebody asked for, rather than telling them something.
pub fn is_asked_for(kind: &str) -> bool {
    matches!(
        kind,
        "sign_up" | "reset" | "invitation" | "prove_address" | "enrolment_code"
    )
}

/// A mail to be sent.
pub struct Outgoing {
    /// The address, in the form that accounts have.
    pub recipient: String,
    /// The reader's language.
    pub locale: Locale,
    /// What it says.
    pub letter: Letter,
    /// Whether it only stands for one that an address would get if it had an account, so that the work
    /// does not tell; it is never sent.
    pub is_decoy: bool,
    /// The proof that it carries the secrets of, and which of the proof's mails it is.
    pub proof: Option<(Uuid, i16)>,
    /// After this it is of no use.
    pub expires_at: DateTime<Utc>,
}
