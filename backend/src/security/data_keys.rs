//! Keys for what is kept in the database, derived from `DATA_KEY`.

use aws_lc_rs::hmac;

use crate::config::DataKeySettings;
use crate::security::derived_keys::DerivedKeys;

/// Compares one-time secrets: what is kept of them says nothing without the key.
#[derive(Debug)]
pub struct ProofKeys(DerivedKeys);

impl ProofKeys {
    /// Derives the keys from `DATA_KEY` and `DATA_KEYS_PREVIOUS`.
    pub fn new(settings: &DataKeySettings) -> Self {
        Self(DerivedKeys::from_secrets(
            &settings.newest,
            &settings.previous,
            "proof v1",
        ))
    }

    /// Returns what to keep of a secret.
    pub fn digest(&self, secret: &[u8]) -> Vec<u8> {
        self.0.sign(secret).as_ref().to_vec()
    }

    /// Returns what may have been kept of a secret, under each key.
    pub fn digests(&self, secret: &[u8]) -> Vec<Vec<u8>> {
        let tags = self.0.keys().map(|key| hmac::sign(key, secret));
        tags.map(|tag| tag.as_ref().to_vec()).collect()
    }

    /// Tells whether this was kept of a secret; in constant time for each key.
    pub fn is_digest(&self, secret: &[u8], digest: &[u8]) -> bool {
        self.0.verify(secret, digest)
    }
}
