//! The session itself.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use ipnet::IpNet;
use uuid::Uuid;

use super::{ClientType, Generation};
use crate::config::MAX_ACCESS_TTL;
use crate::db::schema::sessions;

/// How long a refresh may take from its look at the clock to its commit: one that was under way when
/// its session ended issued its token later than the end.
const MAX_OVERTAKING: TimeDelta = TimeDelta::minutes(5);

/// A session's row, without why and when it ended.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct Session {
    /// Stands in every token of the session.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: i64,
    /// How its tokens travel.
    pub client_type: ClientType,
    /// What a person recognises it by.
    pub device_name: String,
    /// What the client called itself at sign-in.
    pub user_agent: String,
    /// Where it signed in from.
    pub ip: IpNet,
    /// When it signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last seen, give or take a batch.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends unless it is refreshed before.
    pub expires_at: DateTime<Utc>,
    /// The latest `exp` of any of its access tokens.
    pub access_until: DateTime<Utc>,
    /// Its account's epoch while it is alive.
    pub epoch: i32,
    generation: i32,
    rotated_at: DateTime<Utc>,
    is_confirmed: bool,
}

impl Session {
    /// Returns the newest generation.
    pub fn generation(&self) -> Generation {
        Generation {
            number: self.generation,
            rotated_at: self.rotated_at,
            is_confirmed: self.is_confirmed,
        }
    }

    /// Returns when an access token that was issued at `at` expires at the latest, whatever
    /// `ACCESS_TOKEN_TTL_SECONDS` was there and then.
    pub fn access_until_at_most(at: DateTime<Utc>) -> DateTime<Utc> {
        at + MAX_ACCESS_TTL + MAX_OVERTAKING
    }

    /// Returns the time before which every access token that is alive at `now` cannot have been
    /// issued.
    pub fn access_alive_since(now: DateTime<Utc>) -> DateTime<Utc> {
        now - MAX_ACCESS_TTL - MAX_OVERTAKING
    }

    /// Returns when a session that signed in at `created_at` ends if it is refreshed `now`.
    pub fn slide(
        created_at: DateTime<Utc>,
        now: DateTime<Utc>,
        ttl: TimeDelta,
        max_age: TimeDelta,
    ) -> DateTime<Utc> {
        (now + ttl).min(created_at + max_age)
    }
}

/// Why a session ended before its time.
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
    /// The role, which stands in its tokens, was changed.
    RoleChanged,
    /// The account was deactivated.
    Deactivated,
    /// An old refresh token was used.
    Reused,
    /// An administrator ended it.
    EndedByAdministrator,
    /// The account began one more than `SESSIONS_PER_USER_MAX`.
    MadeRoom,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
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
    ];

    /// Tells whether the devices of the sessions are strangers from then on. Who signs out comes back.
    pub fn forgets_devices(self) -> bool {
        match self {
            Self::EndedElsewhere
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::ChangeUndone
            | Self::Deactivated
            | Self::EndedByAdministrator => true,
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
        }
    }
}
