//! What the owner calls a passkey.

use super::provider::provider;
use uuid::Uuid;

const MAX_CHARACTERS: usize = 60;

/// The name of a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// A text that is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 60 characters, and no control characters")]
pub struct NameError;

impl Name {
    /// Parses a name, without surrounding blanks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let is_long = text.chars().count() > MAX_CHARACTERS;
        if text.is_empty() || is_long || text.chars().any(char::is_control) {
            return Err(NameError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name of a passkey whose owner gave none: what keeps it, as far as that is known.
    pub fn of_provider(aaguid: Uuid) -> Self {
        Self(provider(aaguid).unwrap_or("Passkey").to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_printable() {
        let sixty = "ü".repeat(60);
        assert_eq!(Name::parse(&format!(" {sixty}\n")).unwrap().as_str(), sixty);
        for text in ["", "  ", "a\u{0}b", "a\nb", &"a".repeat(61)] {
            assert_eq!(Name::parse(text), Err(NameError), "{text:?}");
        }
    }

    #[test]
    fn a_passkey_without_a_name_is_named_after_what_keeps_it() {
        let apple = uuid::uuid!("fbfc3007-154e-4ecc-8c0b-6e020557d7bd");
        assert_eq!(Name::of_provider(apple).as_str(), "Apple Passwords");
        assert_eq!(Name::of_provider(Uuid::nil()).as_str(), "Passkey");
    }
}
