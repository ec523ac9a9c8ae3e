//! The role of an account, which decides what it may do.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// A role. Every access token contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, AsExpression, FromSqlRow)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum Role {
    /// May manage only the own account.
    User,
    /// May manage every account.
    Admin,
    /// A role of a newer release. May manage only the own account; no request can set it.
    Unknown,
}

impl Role {
    /// Parses a role of a row or token, which a newer release may have written.
    pub fn read(name: &str) -> Self {
        match name {
            "user" => Self::User,
            "admin" => Self::Admin,
            _ => Self::Unknown,
        }
    }

    /// The role's name in tokens, in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Unknown => "unknown",
        }
    }
}

/// Parses a role from a request, and rejects unknown ones.
impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        match Self::read(&name) {
            Self::Unknown => Err(de::Error::unknown_variant(&name, &["user", "admin"])),
            known => Ok(known),
        }
    }
}

impl FromSql<Text, Pg> for Role {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let name = <String as FromSql<Text, Pg>>::from_sql(value)?;
        Ok(Self::read(&name))
    }
}

impl ToSql<Text, Pg> for Role {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}
