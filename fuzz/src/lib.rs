//! Shared by the targets: fixed keys, so that a finding can be reproduced from its input.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use latchkey::config::{KeyPair, KeyPairAlgorithm, Signing, TokenSettings};

/// `JWT_SECRET`.
pub const SECRET: &str = "signs and verifies, and nobody knows it";

/// `JWT_SECRET_PREVIOUS`.
pub const PREVIOUS_SECRET: &str = "signed until yesterday, and verifies still";

/// The settings of a service that signs its access tokens with this algorithm.
pub fn settings(signing: Signing) -> TokenSettings {
    TokenSettings {
        secret: SECRET.into(),
        previous_secrets: vec![PREVIOUS_SECRET.into()],
        signing,
        issuer: "latchkey".into(),
        audience: "latchkey".into(),
        access_ttl: TimeDelta::minutes(15),
        refresh_ttl: TimeDelta::days(7),
        session_max_age: TimeDelta::days(90),
        refresh_grace: TimeDelta::seconds(10),
        sessions_per_user_max: 50,
    }
}

/// The private key of [`eddsa`].
///
/// # Panics
///
/// Never: any 32 bytes are a key.
pub fn private_key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes are a key")
}

/// Signs with [`private_key`].
///
/// # Panics
///
/// Never: every key can be written.
pub fn eddsa() -> Signing {
    let der = private_key().to_pkcs8v1().expect("a key can be written");
    let text = STANDARD.encode(der);
    Signing::KeyPair(KeyPair {
        algorithm: KeyPairAlgorithm::EdDsa,
        private_pem: format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
            .into(),
        previous_keys: None,
    })
}
