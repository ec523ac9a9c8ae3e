//! Codes for whoever has lost every other factor.

use std::fmt;

use aws_lc_rs::digest;
use data_encoding::{Encoding, Specification};

/// The random bytes of a code: 80 bits, so that its plain SHA-256 can be stored.
const BYTES: usize = 10;

const GROUP: usize = 4;

/// A code that replaces a second factor once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; BYTES]);

impl RecoveryCode {
    /// How many an account has.
    pub const COUNT: usize = 10;

    /// Makes a code of random bytes.
    pub fn from_random(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads a code as typed: case, blanks and hyphens do not count, nor whether `o` and `0`, or `i`,
    /// `l` and `1`, were mistaken.
    pub fn parse(typed: &str) -> Option<Self> {
        // More than any way of writing sixteen characters.
        let characters = typed.chars().take(64);
        let meant: String = characters
            .filter(|it| !matches!(it, '-' | ' ' | '\u{a0}'))
            .map(|it| match it.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            })
            .collect();
        let bytes = alphabet()?.decode(meant.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What is kept of the code.
    pub fn digest(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }
}

/// Crockford's base32: no letter is easily taken for a digit.
fn alphabet() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.encoding().ok()
}

/// As it is shown: four groups of four.
impl fmt::Display for RecoveryCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = alphabet().map(|alphabet| alphabet.encode(&self.0));
        let text = text.unwrap_or_default();
        for (index, character) in text.chars().enumerate() {
            if index > 0 && index.is_multiple_of(GROUP) {
                out.write_str("-")?;
            }
            write!(out, "{character}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_shown_or_nearly_so() {
        let code = RecoveryCode([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
        let shown = code.to_string();
        assert_eq!(shown, "0123-4567-89ab-cdef");
        for typed in [
            "0123456789ABCDEF",
            "oI23 4567 89ab cdef",
            " 0123-4567-89AB-CDEF ",
        ] {
            assert!(RecoveryCode::parse(typed) == Some(code.clone()), "{typed}");
        }
        for typed in [
            "",
            "0123-4567-89ab-cde",
            "0123-4567-89ab-cdefg",
            "0123-4567-89ab-cdeu",
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_code_is_read_as_shown(bytes in proptest::array::uniform10(0_u8..)) {
            let code = RecoveryCode(bytes);
            proptest::prop_assert!(RecoveryCode::parse(&code.to_string()) == Some(code));
        }

        #[test]
        fn any_text_is_read_or_refused(typed in ".*") {
            let _ = RecoveryCode::parse(&typed);
        }
    }
}
