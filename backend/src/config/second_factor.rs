//! `SECOND_FACTOR`: who needs a second factor.

use serde::Serialize;
use utoipa::ToSchema;

use super::reader::Reader;

/// Who needs a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorPolicy {
    /// Whoever turns it on.
    Optional,
    /// Every administrator, and whoever turns it on.
    Administrators,
    /// Everybody.
    Required,
}

impl SecondFactorPolicy {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let choices = [
            ("optional", Self::Optional),
            ("administrators", Self::Administrators),
            ("required", Self::Required),
        ];
        reader.choice("SECOND_FACTOR", &choices, Self::Optional)
    }

    /// Whether somebody needs one.
    pub fn is_required(self, is_admin: bool) -> bool {
        match self {
            Self::Optional => false,
            Self::Administrators => is_admin,
            Self::Required => true,
        }
    }
}
