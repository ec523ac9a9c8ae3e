//! A sign-in that waits for its second factor.

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use uuid::Uuid;

use crate::db::schema::sign_in_flows;

/// How many wrong factors end a flow.
pub const MAX_FAILURES: i16 = 5;

/// What a flow leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Purpose {
    /// A session.
    SignIn,
    /// A new password, for which a mail was proved.
    Reset,
    /// A session, once the account's first second factor is set up.
    Enrolment,
    /// What a newer release knows.
    Unknown,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Reset => "reset",
            Self::Enrolment => "enrolment",
            Self::Unknown => "unknown",
        }
    }
}

impl FromSql<Text, Pg> for Purpose {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(match value.as_bytes() {
            b"sign_in" => Self::SignIn,
            b"reset" => Self::Reset,
            b"enrolment" => Self::Enrolment,
            _ => Self::Unknown,
        })
    }
}

impl ToSql<Text, Pg> for Purpose {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

/// A sign-in, or a reset, that waits for its second factor.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = sign_in_flows, check_for_backend(Pg))]
pub struct Flow {
    /// Names it to the client.
    pub id: Uuid,
    /// What it leads to.
    pub purpose: Purpose,
    /// The account.
    pub user_id: i64,
    /// The account's credentials when it began.
    pub credentials_version: i32,
    pub(in crate::features::factors) browser: Option<Vec<u8>>,
    /// The methods that were proved so far.
    pub amr: String,
    /// What the user recognises the device by.
    pub device_name: String,
    /// How many wrong factors it saw.
    pub failures: i16,
    /// When it dies.
    pub expires_at: DateTime<Utc>,
    /// When its second factor was right; of an enrolment, when it was proved that the owner asks.
    pub proved_at: Option<DateTime<Utc>>,
    /// When it was used or ended.
    pub consumed_at: Option<DateTime<Utc>>,
    /// The proof of the code that was mailed for an enrolment.
    pub proof_id: Option<Uuid>,
}

impl Flow {
    /// How long somebody may look for their phone.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

    /// Whether it waits for a second factor from this client.
    pub fn waits_for(&self, client: &Client, now: DateTime<Utc>) -> bool {
        self.is_open_to(client, now) && self.proved_at.is_none()
    }

    /// Whether this client can go on with it.
    pub fn is_open_to(&self, client: &Client, now: DateTime<Utc>) -> bool {
        let is_client = match (&self.browser, client) {
            (Some(kept), Client::Browser(cookies)) => {
                cookies.iter().any(|cookie| digest_of(cookie) == *kept)
            }
            (None, Client::Native) => true,
            _ => false,
        };
        is_client
            && self.consumed_at.is_none()
            && self.expires_at > now
            && self.failures < MAX_FAILURES
    }
}

/// The client that goes on with a flow.
#[derive(Clone, Debug)]
pub enum Client {
    /// A browser, with the flow cookies that it sends: of ports that share a name there may be several.
    Browser(Vec<String>),
    /// A native client, for which the flow's id is the secret.
    Native,
}

/// What is kept of a browser's cookie.
pub(in crate::features::factors) fn digest_of(cookie: &str) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA256, cookie.as_bytes());
    digest.as_ref().to_vec()
}
