//! Signs the marks of known devices.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::TokenSettings;
use crate::security::derived_keys::DerivedKeys;

const PURPOSE: &str = "device mark v1";
const SIGNATURE_BYTES: usize = 32;

/// Longer than any mark.
const MAX_CHARACTERS: usize = 512;

/// Signs and verifies marks.
#[derive(Debug)]
pub struct MarkKeys(DerivedKeys);

impl MarkKeys {
    /// Derives the keys from `JWT_SECRET` and `JWT_SECRET_PREVIOUS`.
    pub fn new(tokens: &TokenSettings) -> Self {
        Self(DerivedKeys::new(tokens, PURPOSE))
    }

    /// Signs a mark, as base64url.
    pub fn sign(&self, mark: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([mark, self.0.sign(mark).as_ref()].concat())
    }

    /// The mark, if its signature is valid.
    pub fn read(&self, text: &str) -> Option<Vec<u8>> {
        if text.len() > MAX_CHARACTERS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let at = bytes.len().checked_sub(SIGNATURE_BYTES)?;
        let (mark, signature) = bytes.split_at(at);
        self.0.verify(mark, signature).then(|| mark.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str, previous: &[&str]) -> MarkKeys {
        let previous: Vec<_> = previous.iter().map(|&text| text.into()).collect();
        MarkKeys(DerivedKeys::from_secrets(
            &secret.into(),
            &previous,
            PURPOSE,
        ))
    }

    #[test]
    fn a_mark_of_ours_is_read_also_after_the_secret_was_rotated() {
        let text = keys("one", &[]).sign(b"mark");
        assert_eq!(keys("one", &[]).read(&text).unwrap(), b"mark");
        assert_eq!(keys("two", &["one"]).read(&text).unwrap(), b"mark");
        assert_eq!(keys("two", &[]).read(&text), None);
    }

    #[test]
    fn what_was_signed_for_another_purpose_is_no_mark() {
        let other = DerivedKeys::from_secrets(&"one".into(), &[], "csrf token v1");
        let forged = [b"mark".as_slice(), other.sign(b"mark").as_ref()].concat();
        assert_eq!(keys("one", &[]).read(&URL_SAFE_NO_PAD.encode(forged)), None);
    }

    proptest::proptest! {
        #[test]
        fn nothing_made_up_is_read(text in ".{0,600}") {
            proptest::prop_assert_eq!(keys("one", &[]).read(&text), None);
        }

        #[test]
        fn a_mark_with_one_changed_byte_is_not_read(at in 0..56_usize, change in 1_u8..) {
            let keys = keys("one", &[]);
            let mut bytes = URL_SAFE_NO_PAD.decode(keys.sign(&[7; 24])).unwrap();
            bytes[at] ^= change;
            proptest::prop_assert_eq!(keys.read(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }
    }
}
