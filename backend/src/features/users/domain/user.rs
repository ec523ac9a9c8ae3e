//! The account itself.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::Role;
use crate::db::schema::users;

/// An account as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    /// Never used again, also after the account is deactivated.
    pub id: i64,
    /// In lower case, with its domain in ASCII.
    pub email: String,
    /// What the account may do.
    pub role: Role,
    /// Whether the account can be signed in to.
    pub is_active: bool,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When anything of it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An account and what its password is checked against.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Credentials {
    /// The account.
    #[diesel(embed)]
    pub user: User,
    /// A PHC string; `None` when the account has no password.
    pub password_hash: Option<String>,
    /// Grows with each change of the password, but not when the same password is hashed anew.
    pub credentials_version: i32,
}
