//! The session and the reasons for its end.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use ipnet::IpNet;
use uuid::Uuid;

use super::{ClientType, Generation};
use crate::config::MAX_ACCESS_TTL;
use crate::db::schema::sessions;

/// The longest time from a refresh's reading of the clock to its commit. A refresh in progress when
/// its session ends may issue an access token after the end.
const MAX_OVERTAKING: TimeDelta = TimeDelta::minutes(5);

/// A row of `sessions`, without the reason and time of its end.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct Session {
    /// The session id, which is in every token of the session.
    pub id: Uuid,
    /// The owner.
    pub user_id: i64,
    /// How the client carries its tokens.
    pub client_type: ClientType,
    /// What the user recognises it by.
    pub device_name: String,
    /// The `User-Agent` header at sign-in.
    pub user_agent: String,
    /// The address it signed in from.
    pub ip: IpNet,
    /// When it signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last seen, accurate to one batch of sightings.
    pub last_seen_at: DateTime<Utc>,
    /// When it expires if it is not refreshed.
    pub expires_at: DateTime<Utc>,
    /// The latest `exp` of any of its access tokens.
    pub access_until: DateTime<Utc>,
    /// When its owner last proved who they are; `None` for one of an earlier release, which did when it
    /// began.
    auth_time: Option<DateTime<Utc>>,
    /// When they last did so with a second factor or a passkey.
    factor_at: Option<DateTime<Utc>>,
    /// The methods of the sign-in, by their names in RFC 8176, with blanks between.
    pub amr: String,
    /// Equals the account's epoch while the session is alive.
    pub epoch: i32,
    generation: i32,
    rotated_at: DateTime<Utc>,
    is_confirmed: bool,
}

impl Session {
    /// When its owner last proved who they are.
    pub fn auth_time(&self) -> DateTime<Utc> {
        self.auth_time.unwrap_or(self.created_at)
    }

    /// When its owner last used a second factor or a passkey.
    pub fn factor_at(&self) -> Option<DateTime<Utc>> {
        self.factor_at
    }

    /// The assurance level: 2 once a second factor or a passkey was used (NIST SP 800-63B), else 1.
    pub fn aal(&self) -> u8 {
        if self.factor_at.is_some() { 2 } else { 1 }
    }

    /// Returns the newest generation.
    pub fn generation(&self) -> Generation {
        Generation {
            number: self.generation,
            rotated_at: self.rotated_at,
            is_confirmed: self.is_confirmed,
        }
    }

    /// The latest time at which an access token issued at `at` can expire, for any permitted value
    /// of `ACCESS_TOKEN_TTL_SECONDS`.
    pub fn access_until_at_most(at: DateTime<Utc>) -> DateTime<Utc> {
        at + MAX_ACCESS_TTL + MAX_OVERTAKING
    }

    /// The earliest time at which an access token that is still valid at `now` can have been
    /// issued.
    pub fn access_alive_since(now: DateTime<Utc>) -> DateTime<Utc> {
        now - MAX_ACCESS_TTL - MAX_OVERTAKING
    }

    /// When a session that signed in at `created_at` expires if it is refreshed at `now`.
    pub fn slide(
        created_at: DateTime<Utc>,
        now: DateTime<Utc>,
        ttl: TimeDelta,
        max_age: TimeDelta,
    ) -> DateTime<Utc> {
        (now + ttl).min(created_at + max_age)
    }
}

/// Why a session was ended before it expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner signed out.
    SignedOut,
    /// Its owner ended it from another session.
    EndedElsewhere,
    /// The password was changed.
    PasswordChanged,
    /// The password was reset by mail.
    PasswordReset,
    /// The owner undid a change and locked the account.
    ChangeUndone,
    /// The role, which its access tokens contain, was changed.
    RoleChanged,
    /// The account was deactivated.
    Deactivated,
    /// An old refresh token was used.
    Reused,
    /// An administrator ended it.
    EndedByAdministrator,
    /// The account opened more than `SESSIONS_PER_USER_MAX`.
    MadeRoom,
    /// A second factor was turned on, or the factors were reset.
    FactorsChanged,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::SignedOut,
        Self::EndedElsewhere,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::ChangeUndone,
        Self::RoleChanged,
        Self::Deactivated,
        Self::Reused,
        Self::EndedByAdministrator,
        Self::MadeRoom,
        Self::FactorsChanged,
    ];

    /// Whether the devices of the sessions stop being known. A device that signs out stays known.
    pub fn forgets_devices(self) -> bool {
        match self {
            Self::EndedElsewhere
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::ChangeUndone
            | Self::Deactivated
            | Self::EndedByAdministrator
            | Self::FactorsChanged => true,
            Self::SignedOut | Self::RoleChanged | Self::Reused | Self::MadeRoom => false,
        }
    }

    /// Returns the reason's name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::EndedElsewhere => "ended_elsewhere",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::ChangeUndone => "change_undone",
            Self::RoleChanged => "role_changed",
            Self::Deactivated => "deactivated",
            Self::Reused => "reused",
            Self::EndedByAdministrator => "ended_by_administrator",
            Self::MadeRoom => "made_room",
            Self::FactorsChanged => "factors_changed",
        }
    }
}
