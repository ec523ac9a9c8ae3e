//! CSRF tokens: random bytes with a signature (OWASP's signed double-submit cookie).

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::TokenSettings;
use crate::security::derived_keys::DerivedKeys;
use crate::security::random;

const PURPOSE: &str = "csrf token v1";
const RANDOM_BYTES: usize = 16;
const TOKEN_BYTES: usize = RANDOM_BYTES + 32;

/// Issues and verifies CSRF tokens.
#[derive(Debug)]
pub struct CsrfKeys(DerivedKeys);

impl CsrfKeys {
    /// Derives the keys from `JWT_SECRET` and `JWT_SECRET_PREVIOUS`.
    pub fn new(tokens: &TokenSettings) -> Self {
        Self(DerivedKeys::new(tokens, PURPOSE))
    }

    /// Issues a token: 64 characters of base64url.
    pub fn issue(&self) -> String {
        let random: [u8; RANDOM_BYTES] = random::bytes();
        let signature = self.0.sign(&random);
        URL_SAFE_NO_PAD.encode([&random, signature.as_ref()].concat())
    }

    /// Whether header and cookie are the same token with a valid signature; in constant time.
    pub fn verify(&self, header: &str, cookie: &str) -> bool {
        let mut token = [0; TOKEN_BYTES];
        if constant_time::verify_slices_are_equal(header.as_bytes(), cookie.as_bytes()).is_err()
            || URL_SAFE_NO_PAD.decode_slice(header, &mut token) != Ok(TOKEN_BYTES)
        {
            return false;
        }
        let (random, signature) = token.split_at(RANDOM_BYTES);
        self.0.verify(random, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str, previous: &[&str]) -> CsrfKeys {
        let previous: Vec<_> = previous.iter().map(|&text| text.into()).collect();
        CsrfKeys(DerivedKeys::from_secrets(
            &secret.into(),
            &previous,
            PURPOSE,
        ))
    }

    #[test]
    fn a_token_of_ours_verifies_also_after_the_secret_was_rotated() {
        let before = keys("one", &[]);
        let token = before.issue();
        assert_eq!(token.len(), 64);
        assert!(before.verify(&token, &token));
        assert!(keys("two", &["one"]).verify(&token, &token));
        assert!(!keys("two", &[]).verify(&token, &token));
    }

    #[test]
    fn two_tokens_of_ours_do_not_match_each_other() {
        let keys = keys("one", &[]);
        assert!(!keys.verify(&keys.issue(), &keys.issue()));
    }

    proptest::proptest! {
        #[test]
        fn nothing_made_up_verifies(token in ".{0,100}") {
            proptest::prop_assert!(!keys("one", &[]).verify(&token, &token));
        }

        #[test]
        fn a_token_with_one_changed_character_does_not_verify(at in 0..64_usize, to in "[A-Za-z0-9_-]") {
            let keys = keys("one", &[]);
            let token = keys.issue();
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to);
            proptest::prop_assert_eq!(keys.verify(&changed, &changed), changed == token);
        }
    }
}
