//! Who needs a second factor.

use super::reader::Reader;

/// `SECOND_FACTOR`: who needs a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// Whoever has turned one on.
    Optional,
    /// Administrators.
    Administrators,
    /// Everybody.
    Required,
}

impl SecondFactor {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.choice(
            "SECOND_FACTOR",
            &[
                ("optional", Self::Optional),
                ("administrators", Self::Administrators),
                ("required", Self::Required),
            ],
            Self::Optional,
        )
    }

    /// Whether an administrator, or another user, needs one.
    pub fn is_required_of(self, is_administrator: bool) -> bool {
        match self {
            Self::Optional => false,
            Self::Administrators => is_administrator,
            Self::Required => true,
        }
    }

    /// Its name in the setting.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Administrators => "administrators",
            Self::Required => "required",
        }
    }
}
