//! A proof as it is kept.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::Purpose;
use crate::db::schema::proofs;

/// How often a code may be tried.
pub const MAX_ATTEMPTS: i16 = 5;

/// A proof: its last two codes and links are valid, the codes under one budget of attempts.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = proofs, check_for_backend(diesel::pg::Pg))]
pub struct Proof {
    /// The flow's handle; not a secret.
    pub id: Uuid,
    /// What it is good for.
    pub purpose: Purpose,
    /// The account; none at sign-up, and for an address that nobody has.
    pub user_id: Option<i64>,
    /// The address.
    pub address: String,
    /// Whether it stands for an address that is sent nothing.
    pub is_decoy: bool,
    /// How many mails were asked for.
    pub mails: i16,
    pub(in crate::features::proofs) code: Option<Vec<u8>>,
    pub(in crate::features::proofs) code_until: Option<DateTime<Utc>>,
    pub(in crate::features::proofs) older_code: Option<Vec<u8>>,
    pub(in crate::features::proofs) older_code_until: Option<DateTime<Utc>>,
    pub(in crate::features::proofs) link: Option<Vec<u8>>,
    pub(in crate::features::proofs) attempts: i16,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When the last mail was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it dies.
    pub expires_at: DateTime<Utc>,
    /// When it was used or ended.
    pub consumed_at: Option<DateTime<Utc>>,
    /// The hash of the password of an account that is to be.
    pub password_hash: Option<String>,
    /// The language that its mails are in.
    pub locale: Option<String>,
}

impl Proof {
    /// How long after a mail the next one may be asked for.
    pub const RESEND_AFTER: TimeDelta = TimeDelta::seconds(60);

    /// Tells whether another mail can be asked for. A reset that its owner ended goes on like a decoy:
    /// whoever began it may be somebody else, who learns nothing of the account.
    pub fn is_renewable(&self, now: DateTime<Utc>) -> bool {
        let is_open = self.consumed_at.is_none() || self.purpose == Purpose::Reset;
        is_open && self.expires_at > now
    }

    /// Lists what is kept of the codes, each with whether it is in time.
    pub(in crate::features::proofs) fn codes(&self, now: DateTime<Utc>) -> Vec<(&[u8], bool)> {
        [
            (&self.code, self.code_until),
            (&self.older_code, self.older_code_until),
        ]
        .into_iter()
        .filter_map(|(code, until)| Some((code.as_deref()?, until? > now)))
        .collect()
    }
}
