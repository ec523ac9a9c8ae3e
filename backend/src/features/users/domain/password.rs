//! Which passwords are taken, and in what form they are hashed.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;

use super::Email;

const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 128;

/// A shorter name is found in too many good passwords to be held against one.
const MIN_NAME_CHARACTERS: usize = 3;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 8 characters.
    #[error("A password has at least 8 characters.")]
    TooShort,
    /// More than 128 characters.
    #[error("A password has at most 128 characters.")]
    TooLong,
    /// It stands in lists of common passwords, which attackers try first.
    #[error("This password is among the most common ones. Choose another.")]
    Common,
    /// It contains the part of the email address before the `@`.
    #[error("The password must not contain the name in your email address.")]
    ContainsName,
}

/// A password that may be set, in Unicode's NFKC form: the same keys typed on two devices may
/// arrive as different code points (RFC 8265).
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Normalises `text` and checks it against the rules; without an address, against those that
    /// need none.
    ///
    /// # Errors
    ///
    /// [`PasswordError`], whose text is meant for the person who typed it.
    pub fn parse(text: &SecretString, email: Option<&Email>) -> Result<Self, PasswordError> {
        let normal = normalise(text).ok_or(PasswordError::TooLong)?;
        // Counted as typed, too: a single ligature can unfold into 18 characters.
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

    /// Hands the password over to be hashed.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// A password as somebody typed it to sign in, in NFKC form. It is held to no rule: the account
/// may be older than the rules.
#[derive(Clone, Debug)]
pub struct Attempt(SecretString);

impl Attempt {
    /// Normalises `text`; what is longer than any password becomes one that nobody has.
    pub fn new(text: &SecretString) -> Self {
        Self(normalise(text).map_or_else(SecretString::default, |normal| normal.as_str().into()))
    }

    /// Hands the password over to be compared.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// Returns the NFKC form, unless it has more characters than a password may.
fn normalise(text: &SecretString) -> Option<Zeroizing<String>> {
    // A code point has at most 4 bytes and unfolds into at most 18 code points (UAX 15), so the
    // capacity is never outgrown and no copy of the password is left behind on the heap.
    let mut normal = Zeroizing::new(String::with_capacity(MAX_CHARACTERS * 4));
    for (count, character) in text.expose_secret().nfkc().enumerate() {
        if count == MAX_CHARACTERS {
            return None;
        }
        normal.push(character);
    }
    Some(normal)
}

/// Tells whether the password as a whole is one that zxcvbn's lists and patterns know: a leaked
/// password, a run of keys, a repetition.
fn is_common(lower: &str) -> bool {
    /// Longer than any entry of the lists; beyond it the search only costs time.
    const MAX_BYTES: usize = 24;
    /// What people write for letters. The search tries all that they may stand for together, which
    /// takes a quarter of a second when all are there; no common password has more than three.
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
        // As many stand-ins as there are would take the search a quarter of a second.
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
