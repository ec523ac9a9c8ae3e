//! The account.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Role;
use crate::db::schema::users;

/// An account as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    /// Never reused, even after deactivation.
    pub id: i64,
    /// In lower case, with its domain in ASCII.
    pub email: String,
    /// What the account may do.
    pub role: Role,
    /// Whether the account can sign in.
    pub is_active: bool,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When the account last changed.
    pub updated_at: DateTime<Utc>,
    /// The language that its owner gets mails in.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// When its owner last proved to read mail at the address; null if nobody has.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When a mail to the address came back for good.
    pub email_bounced_at: Option<DateTime<Utc>>,
    /// The address that it is to have once that is proved; counts until `pending_email_expires_at`.
    pub pending_email: Option<String>,
    /// The flow of that proof, to ask for another code.
    pub pending_email_flow: Option<Uuid>,
    /// When that proof is too old.
    pub pending_email_expires_at: Option<DateTime<Utc>>,
    /// When an administrator made the account, while nobody has accepted the invitation.
    pub invited_at: Option<DateTime<Utc>>,
    /// Since when a second factor is needed to sign in; null while none is.
    pub second_factor_at: Option<DateTime<Utc>>,
    /// When the factors are removed, once an administrator has begun that; null otherwise.
    pub factors_reset_at: Option<DateTime<Utc>>,
}

/// An account with its password hash.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Credentials {
    /// The account.
    #[diesel(embed)]
    pub user: User,
    /// A PHC string; `None` if the account has no password.
    pub password_hash: Option<String>,
    /// Incremented when the password changes, but not when the same password is rehashed.
    pub credentials_version: i32,
    /// When its owner locked it; nobody gets in until a reset.
    pub locked_at: Option<DateTime<Utc>>,
}

impl Credentials {
    /// Tells whether anybody may sign in.
    pub fn is_open(&self) -> bool {
        self.user.is_active && self.locked_at.is_none()
    }
}
