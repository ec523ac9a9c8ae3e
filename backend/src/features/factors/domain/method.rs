//! The ways of proving who one is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way of proving who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The password.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey, which the device unlocked for its user.
    Passkey,
}

impl Method {
    /// Whether it counts as a second factor.
    fn is_second_factor(self) -> bool {
        self != Self::Password
    }

    /// Its names in the claim `amr` (RFC 8176).
    fn references(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::Totp | Self::RecoveryCode => &["otp", "mfa"],
            Self::Passkey => &["pop", "user", "mfa"],
        }
    }
}

/// The methods that were proved in one sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods {
    amr: String,
    has_second_factor: bool,
    has_mailed_code: bool,
}

impl Methods {
    /// A sign-in by one method.
    pub fn new(method: Method) -> Self {
        Self {
            amr: method.references().join(" "),
            has_second_factor: method.is_second_factor(),
            has_mailed_code: false,
        }
    }

    /// Adds that a code was right that was mailed to the account's address. It is no second factor, but
    /// whoever has it may set one up.
    pub fn with_mailed_code(self) -> Self {
        Self {
            has_mailed_code: true,
            ..self
        }
    }

    /// Adds a method to those of a flow, as its row has them.
    pub fn continued(amr: &str, method: Method) -> Self {
        let mut names: Vec<&str> = amr.split(' ').filter(|name| !name.is_empty()).collect();
        for name in method.references() {
            if !names.contains(name) {
                names.push(name);
            }
        }
        Self {
            amr: names.join(" "),
            has_second_factor: method.is_second_factor() || names.contains(&"mfa"),
            has_mailed_code: false,
        }
    }

    /// Their names in the claim `amr`, with blanks between.
    pub fn amr(&self) -> &str {
        &self.amr
    }

    /// Whether the sign-in needs no further factor.
    pub fn has_second_factor(&self) -> bool {
        self.has_second_factor
    }

    /// Whether a mailed code was right.
    pub fn has_mailed_code(&self) -> bool {
        self.has_mailed_code
    }
}

/// Whether an account with so many passkeys and recovery codes is safe without a password: the loss of one
/// device must not be the loss of the account.
pub fn suffices_without_password(passkeys: i64, recovery_codes: i64) -> bool {
    passkeys >= 2 || (passkeys == 1 && recovery_codes > 0)
}

/// What a client can offer to its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// The password.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
    /// A code by which the owner of a password may set up a second factor: it is mailed, or whoever runs the
    /// service makes one.
    EnrolmentCode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_password_an_account_keeps_two_passkeys_or_one_and_recovery_codes() {
        for (passkeys, codes, suffices) in [
            (0, 0, false),
            (0, 10, false),
            (1, 0, false),
            (1, 1, true),
            (2, 0, true),
        ] {
            let found = suffices_without_password(passkeys, codes);
            assert_eq!(found, suffices, "{passkeys} {codes}");
        }
    }
}
