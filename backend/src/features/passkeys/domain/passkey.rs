//! A registered passkey.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::provider::provider;
use crate::db::schema::passkeys;

/// A row of `passkeys`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = passkeys, check_for_backend(Pg))]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Passkey {
    pub id: Uuid,
    pub user_id: i64,
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub algorithm: i32,
    pub sign_count: i64,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
    pub transports: Vec<String>,
    pub aaguid: Uuid,
    pub rp_id: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub counter_stalled_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// Tells whether a counter fails to rise. Both are 0 if the authenticator does not count.
    pub fn is_stalled_at(&self, counter: u32) -> bool {
        let counter = i64::from(counter);
        (counter != 0 || self.sign_count != 0) && counter <= self.sign_count
    }
}

/// What authenticators recognise a passkey by.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = passkeys, check_for_backend(Pg))]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Descriptor {
    pub credential_id: Vec<u8>,
    pub transports: Vec<String>,
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct Summary {
    /// To rename or remove it.
    pub id: Uuid,
    /// What the owner calls it.
    #[schema(example = "Apple Passwords")]
    pub name: String,
    /// What keeps it, if it says so and that is known.
    pub provider: Option<String>,
    /// Whether it can be synced to other devices.
    pub is_backup_eligible: bool,
    /// Whether it is synced, as of its last use.
    pub is_backed_up: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When its counter last failed to rise: a copy of it may exist.
    pub counter_stalled_at: Option<DateTime<Utc>>,
}

impl From<Passkey> for Summary {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            provider: provider(passkey.aaguid).map(str::to_owned),
            name: passkey.name,
            is_backup_eligible: passkey.is_backup_eligible,
            is_backed_up: passkey.is_backed_up,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            counter_stalled_at: passkey.counter_stalled_at,
        }
    }
}

/// The passkeys that an account has, for `signalAllAcceptedCredentials` (WebAuthn Level 3, §5.1.10):
/// devices hide those that are not in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AcceptedPasskeys)]
pub struct Accepted {
    /// The domain that they belong to.
    pub rp_id: String,
    /// The account's handle, in base64url.
    pub user_id: String,
    /// The ids of its passkeys, in base64url.
    pub all_accepted_credential_ids: Vec<String>,
}

impl Accepted {
    /// Encodes the list.
    pub fn new(rp_id: &str, handle: &[u8], passkeys: &[Descriptor]) -> Self {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let ids = passkeys
            .iter()
            .map(|passkey| encode(&passkey.credential_id));
        Self {
            rp_id: rp_id.to_owned(),
            user_id: encode(handle),
            all_accepted_credential_ids: ids.collect(),
        }
    }
}
