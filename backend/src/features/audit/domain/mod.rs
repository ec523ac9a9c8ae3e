//! The contents of an audit event. An event never contains a secret, nor text that somebody typed.

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::schema::audit_events;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, AsExpression, FromSqlRow)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum Kind {
    /// An account was created.
    Registered,
    /// Somebody signed in.
    SignedIn,
    /// A sign-in failed: unknown address, wrong password or deactivated account.
    SignInFailed,
    /// A sign-in was refused after too many failures.
    SignInThrottled,
    /// A refresh got the same pair again, because the previous response was lost.
    RefreshedAfterLoss,
    /// A refresh token was newer than its session's row: the database went back in time.
    RefreshedAfterRestore,
    /// An old refresh token was used again; its session was ended.
    RefreshTokenReused,
    /// The owner signed out of a session.
    SignedOut,
    /// Sessions were ended for another reason.
    SessionsRevoked,
    /// The password was changed.
    PasswordChanged,
    /// The email address was changed.
    EmailChanged,
    /// The role was changed.
    RoleChanged,
    /// The account was deactivated.
    Deactivated,
    /// The account was activated again.
    Reactivated,
    /// Somebody asked to register; a mail went to the address.
    VerificationSent,
    /// The owner proved to read mail at the address.
    EmailVerified,
    /// Somebody asked to reset a password by mail.
    ResetRequested,
    /// The password was reset by mail.
    PasswordReset,
    /// The owner asked for another address, which is to be proved.
    EmailChangeRequested,
    /// The owner withdrew that.
    EmailChangeCancelled,
    /// The owner undid a change from a notice and locked the account.
    ChangeUndone,
    /// An administrator sent an invitation.
    Invited,
    /// An administrator took an invitation back.
    InvitationWithdrawn,
    /// A mail to the address came back for good.
    MailBounced,
    /// A second factor is needed to sign in from now on.
    SecondFactorOn,
    /// No second factor is needed any more.
    SecondFactorOff,
    /// A code was made by which the owner of the password can set up a second factor: mailed at a sign-in, or
    /// on the command line.
    EnrolmentCodeMade,
    /// A wrong second factor was given, after a right password.
    SecondFactorFailed,
    /// The owner of a session proved again who they are.
    SteppedUp,
    /// An authenticator app was set up.
    TotpAdded,
    /// The authenticator app was removed.
    TotpRemoved,
    /// New recovery codes replaced the former ones.
    RecoveryCodesMade,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// The owner trusts a device: it is asked for no second factor for 30 days.
    DeviceTrusted,
    /// The owner ended the trust in a device.
    DeviceDistrusted,
    /// An administrator began to remove the factors; they go after 24 hours.
    FactorsResetStarted,
    /// The removal of the factors was cancelled.
    FactorsResetCancelled,
    /// The factors were removed.
    FactorsReset,
    /// The owner added a passkey.
    PasskeyAdded,
    /// The owner removed a passkey.
    PasskeyRemoved,
    /// The counter of a passkey did not rise: a copy of it may exist.
    PasskeyCounterStalled,
    /// The owner removed the password; passkeys sign in.
    PasswordRemoved,
    /// A kind of a newer release. No request can filter by it.
    Unknown,
}

impl Kind {
    /// Every kind that this release records.
    const ALL: [Self; 42] = [
        Self::Registered,
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignInThrottled,
        Self::RefreshedAfterLoss,
        Self::RefreshedAfterRestore,
        Self::RefreshTokenReused,
        Self::SignedOut,
        Self::SessionsRevoked,
        Self::PasswordChanged,
        Self::EmailChanged,
        Self::RoleChanged,
        Self::Deactivated,
        Self::Reactivated,
        Self::VerificationSent,
        Self::EmailVerified,
        Self::ResetRequested,
        Self::PasswordReset,
        Self::EmailChangeRequested,
        Self::EmailChangeCancelled,
        Self::ChangeUndone,
        Self::Invited,
        Self::InvitationWithdrawn,
        Self::MailBounced,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::EnrolmentCodeMade,
        Self::SecondFactorFailed,
        Self::SteppedUp,
        Self::TotpAdded,
        Self::TotpRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::DeviceTrusted,
        Self::DeviceDistrusted,
        Self::FactorsResetStarted,
        Self::FactorsResetCancelled,
        Self::FactorsReset,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasskeyCounterStalled,
        Self::PasswordRemoved,
    ];

    /// The kind's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignInThrottled => "sign_in_throttled",
            Self::RefreshedAfterLoss => "refreshed_after_loss",
            Self::RefreshedAfterRestore => "refreshed_after_restore",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::SignedOut => "signed_out",
            Self::SessionsRevoked => "sessions_revoked",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
            Self::RoleChanged => "role_changed",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
            Self::VerificationSent => "verification_sent",
            Self::EmailVerified => "email_verified",
            Self::ResetRequested => "reset_requested",
            Self::PasswordReset => "password_reset",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChangeCancelled => "email_change_cancelled",
            Self::ChangeUndone => "change_undone",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::MailBounced => "mail_bounced",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::EnrolmentCodeMade => "enrolment_code_made",
            Self::SecondFactorFailed => "second_factor_failed",
            Self::SteppedUp => "stepped_up",
            Self::TotpAdded => "totp_added",
            Self::TotpRemoved => "totp_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::DeviceTrusted => "device_trusted",
            Self::DeviceDistrusted => "device_distrusted",
            Self::FactorsResetStarted => "factors_reset_started",
            Self::FactorsResetCancelled => "factors_reset_cancelled",
            Self::FactorsReset => "factors_reset",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeyCounterStalled => "passkey_counter_stalled",
            Self::PasswordRemoved => "password_removed",
            Self::Unknown => "unknown",
        }
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Parses a kind from a request, and rejects unknown ones.
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::find(&name).ok_or_else(|| de::Error::custom("unknown kind of event"))
    }
}

impl FromSql<Text, Pg> for Kind {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let name = <String as FromSql<Text, Pg>>::from_sql(value)?;
        Ok(Self::find(&name).unwrap_or(Self::Unknown))
    }
}

impl ToSql<Text, Pg> for Kind {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

/// Who caused an event, and from where.
#[derive(Clone, Debug, Default)]
pub struct Cause {
    /// The acting user; `None` before sign-in and on the command line.
    pub actor_id: Option<i64>,
    /// The client's address; `None` on the command line.
    pub ip: Option<IpNet>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The request id, to find the request in the log.
    pub request_id: String,
}

/// A row of `audit_events`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(Pg))]
#[expect(missing_docs, reason = "as in [`Event`] and [`Cause`]")]
pub struct Recorded {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    pub kind: Kind,
    pub user_id: Option<i64>,
    pub actor_id: Option<i64>,
    pub session_id: Option<Uuid>,
    pub ip: Option<IpNet>,
    pub user_agent: String,
    pub request_id: String,
}

/// Who did something, as the account's owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The owner.
    You,
    /// An administrator.
    Administrator,
    /// Nobody who was signed in, or somebody on the command line.
    Nobody,
}

impl Recorded {
    /// Who did it.
    pub fn actor(&self) -> Actor {
        match self.actor_id {
            None => Actor::Nobody,
            owner if owner == self.user_id => Actor::You,
            Some(_) => Actor::Administrator,
        }
    }
}

/// An event to record.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What happened.
    pub kind: Kind,
    /// The affected account; `None` if the address is unknown.
    pub user_id: Option<i64>,
    /// The affected session.
    pub session_id: Option<Uuid>,
    /// Who caused it, and from where.
    pub cause: &'a Cause,
    /// The time of the event.
    pub at: DateTime<Utc>,
}
