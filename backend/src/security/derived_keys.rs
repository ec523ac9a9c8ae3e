//! Keys for a single purpose, derived from `JWT_SECRET` or `DATA_KEY`.

use aws_lc_rs::{hkdf, hmac};
use secrecy::{ExposeSecret, SecretString};

use crate::config::TokenSettings;

/// Signs for a single purpose, so that a signature cannot be used for another one (RFC 5869).
#[derive(Debug)]
pub struct DerivedKeys {
    signing: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl DerivedKeys {
    /// Derives the keys from `JWT_SECRET` and `JWT_SECRET_PREVIOUS`.
    pub fn new(tokens: &TokenSettings, purpose: &str) -> Self {
        Self::from_secrets(&tokens.secret, &tokens.previous_secrets, purpose)
    }

    pub(super) fn from_secrets(
        secret: &SecretString,
        previous: &[SecretString],
        purpose: &str,
    ) -> Self {
        let derive = |secret| derive(secret, purpose);
        Self {
            signing: derive(secret),
            previous: previous.iter().map(derive).collect(),
        }
    }

    /// Signs with the newest key.
    pub fn sign(&self, bytes: &[u8]) -> hmac::Tag {
        hmac::sign(&self.signing, bytes)
    }

    /// Returns the keys, the newest first.
    pub(super) fn keys(&self) -> impl Iterator<Item = &hmac::Key> {
        std::iter::once(&self.signing).chain(&self.previous)
    }

    /// Whether one of the keys made the signature; in constant time for each key.
    pub fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.keys()
            .any(|key| hmac::verify(key, bytes, signature).is_ok())
    }
}

fn derive(secret: &SecretString, purpose: &str) -> hmac::Key {
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchkey")
        .extract(secret.expose_secret().as_bytes())
        .expand(&[purpose.as_bytes()], hmac::HMAC_SHA256)
        .expect("an HMAC key is shorter than what HKDF can expand to")
        .into()
}
