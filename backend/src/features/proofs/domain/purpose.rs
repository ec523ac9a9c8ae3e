//! What a proof is good for.

use chrono::TimeDelta;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

/// What a proof is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Purpose {
    /// Creating an account.
    SignUp,
    /// Setting a new password.
    Reset,
    /// Setting the first password of an account that an administrator made.
    Invitation,
    /// Giving an account a proved address.
    Address,
    /// Setting up a second factor at a sign-in.
    Enrolment,
    /// The same, by a code of whoever runs the service.
    GrantedEnrolment,
    /// Undoing what a security notice tells of.
    Undo,
    /// What a newer release knows.
    Unknown,
}

impl Purpose {
    /// Returns the name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Reset => "reset",
            Self::Invitation => "invitation",
            Self::Address => "address",
            Self::Enrolment => "enrolment",
            Self::GrantedEnrolment => "granted_enrolment",
            Self::Undo => "undo",
            Self::Unknown => "unknown",
        }
    }

    /// Returns how long a proof lives after its last mail was asked for.
    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::SignUp | Self::Reset | Self::Address | Self::Enrolment => TimeDelta::minutes(60),
            Self::GrantedEnrolment => TimeDelta::hours(24),
            Self::Invitation => TimeDelta::days(7),
            Self::Undo => TimeDelta::hours(72),
            Self::Unknown => TimeDelta::zero(),
        }
    }

    /// Returns how long a code lives at most; the ten minutes from its arrival may end earlier.
    pub fn code_lifetime(self) -> TimeDelta {
        match self {
            // Useless without the link in the same mail, and without the password.
            Self::Undo | Self::GrantedEnrolment => self.lifetime(),
            _ => TimeDelta::minutes(60),
        }
    }

    /// Tells whether the code's ten minutes begin once the mail server has taken the mail.
    pub fn has_brief_code(self) -> bool {
        !matches!(self, Self::Undo | Self::GrantedEnrolment)
    }
}

impl FromSql<Text, Pg> for Purpose {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(match value.as_bytes() {
            b"sign_up" => Self::SignUp,
            b"reset" => Self::Reset,
            b"invitation" => Self::Invitation,
            b"address" => Self::Address,
            b"enrolment" => Self::Enrolment,
            b"granted_enrolment" => Self::GrantedEnrolment,
            b"undo" => Self::Undo,
            _ => Self::Unknown,
        })
    }
}

impl ToSql<Text, Pg> for Purpose {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}
