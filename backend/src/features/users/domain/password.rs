//! Which passwords are accepted, and in what form they are hashed.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;

use super::Email;

const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 128;

/// Shorter names occur in too many good passwords.
const MIN_NAME_CHARACTERS: usize = 3;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 8 characters.
    #[error("A password has at least 8 characters.")]
    TooShort,
    /// More than 128 characters.
    #[error("A password has at most 128 characters.")]
    TooLong,
    /// It is in lists of common passwords, which attackers try first.
    #[error("This password is among the most common ones. Choose another.")]
    Common,
    /// It contains the part of the email address before the `@`.
    #[error("The password must not contain the name in your email address.")]
    ContainsName,
}

/// A password that may be set, in Unicode NFKC form: the same keys on two devices may produce
/// different code points (RFC 8265).
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Normalises `text` and checks it against the rules. Without an address, the rule about the
    /// name does not apply. The text of a [`PasswordError`] is meant for the person who typed the
    /// password.
    pub fn parse(text: &SecretString, email: Option<&Email>) -> Result<Self, PasswordError> {
        let normal = normalise(text).ok_or(PasswordError::TooLong)?;
        // Also counted before normalisation: a single ligature can expand to 18 characters.
        let typed = text.expose_secret().chars().count();
        if typed > MAX_CHARACTERS {
            return Err(PasswordError::TooLong);
        }
        if typed.min(normal.chars().count()) < MIN_CHARACTERS {
            return Err(PasswordError::TooShort);
        }
        let lower = Zeroizing::new(normal.to_lowercase());
        let name = email.map_or("", Email::name);
        if name.len() >= MIN_NAME_CHARACTERS && lower.contains(name) {
            return Err(PasswordError::ContainsName);
        }
        if is_common(&lower) {
            return Err(PasswordError::Common);
        }
        Ok(Self(normal.as_str().into()))
    }

    /// The password, for hashing.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// A password typed at sign-in, in NFKC form. No rule applies to it, because the account may be
/// older than the rules.
#[derive(Clone, Debug)]
pub struct Attempt(SecretString);

impl Attempt {
    /// Normalises `text`. A text longer than any password becomes one that matches no account.
    pub fn new(text: &SecretString) -> Self {
        Self(normalise(text).map_or_else(SecretString::default, |normal| normal.as_str().into()))
    }

    /// The password, for comparison.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// The NFKC form, or `None` if it is longer than a password may be.
fn normalise(text: &SecretString) -> Option<Zeroizing<String>> {
    // A code point has at most 4 bytes and expands to at most 18 code points (UAX 15), so the
    // buffer never grows and leaves no copy of the password on the heap.
    let mut normal = Zeroizing::new(String::with_capacity(MAX_CHARACTERS * 4));
    for (count, character) in text.expose_secret().nfkc().enumerate() {
        if count == MAX_CHARACTERS {
            return None;
        }
        normal.push(character);
    }
    Some(normal)
}

/// Whether the whole password matches zxcvbn's lists and patterns: a leaked password, a run of
/// keys, or a repetition.
fn is_common(lower: &str) -> bool {
    /// Longer than any entry of the lists. Longer passwords would only cost time.
    const MAX_BYTES: usize = 24;
    /// Characters used in place of letters. The search tries every combination of what they stand
    /// for, which takes a quarter of a second if all occur. No common password has more than three.
    const STAND_INS: [char; 11] = ['@', '(', '{', '[', '<', '!', '|', '$', '+', '%', ')'];
    const MAX_STAND_INS: usize = 3;

    let stand_ins = STAND_INS.iter().filter(|sign| lower.contains(**sign));
    lower.len() <= MAX_BYTES
        && stand_ins.count() <= MAX_STAND_INS
        && zxcvbn::zxcvbn(lower, &[]).sequence().iter().any(|found| {
            found.token.len() == lower.len() && found.pattern != MatchPattern::BruteForce
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(password: &str) -> Result<NewPassword, PasswordError> {
        NewPassword::parse(
            &password.into(),
            Email::parse("ada@example.com").ok().as_ref(),
        )
    }

    #[test]
    fn length_is_counted_in_characters_not_bytes() {
        assert_eq!(parse("2gBvÄß7").unwrap_err(), PasswordError::TooShort);
        assert!(parse("2gBvÄß7ü").is_ok());
        assert!(parse(&"ñ7".repeat(64)).is_ok());
        assert_eq!(
            parse(&"ñ7x".repeat(43)).unwrap_err(),
            PasswordError::TooLong
        );
    }

    #[test]
    fn a_character_that_unfolds_into_many_counts_once() {
        assert_eq!(parse("\u{fdfa}").unwrap_err(), PasswordError::TooShort);
        assert_eq!(
            parse(&"e\u{301}7".repeat(43)).unwrap_err(),
            PasswordError::TooLong
        );
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for password in [
            "password",
            "PassWord",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "aaaaaaaa",
            "p@$$w0rd",
        ] {
            assert_eq!(
                parse(password).unwrap_err(),
                PasswordError::Common,
                "{password}"
            );
        }
        assert!(parse("correct horse battery staple").is_ok());
        // With all stand-ins, the search would take a quarter of a second.
        assert!(parse("@4$5+7%1!|(<{[3690@4$5").is_ok());
    }

    #[test]
    fn the_name_of_the_address_is_refused_in_any_case() {
        assert_eq!(
            parse("xKq7-ADA-92w").unwrap_err(),
            PasswordError::ContainsName
        );
        let short = Email::parse("al@example.com").unwrap();
        assert!(NewPassword::parse(&"xKq7-al-92w".into(), Some(&short)).is_ok());
    }

    #[test]
    fn the_same_password_in_two_unicode_forms_is_one_password() {
        let composed = Attempt::new(&"caf\u{e9} ﬁx 12".into()).into_secret();
        let decomposed = Attempt::new(&"cafe\u{301} fix 12".into()).into_secret();
        assert_eq!(composed.expose_secret(), decomposed.expose_secret());
    }

    #[test]
    fn debug_output_shows_nothing() {
        assert!(!format!("{:?}", parse("tr0ub4dor&3-xx")).contains("tr0ub4dor"));
    }

    proptest! {
        #[test]
        fn a_password_that_can_be_set_can_be_typed_again(text in "\\PC{8,140}") {
            if let Ok(password) = parse(&text) {
                let typed = Attempt::new(&text.as_str().into()).into_secret();
                let set = password.into_secret();
                prop_assert_eq!(set.expose_secret(), typed.expose_secret());
                prop_assert!((8..=128).contains(&set.expose_secret().chars().count()));
            }
        }
    }
}
