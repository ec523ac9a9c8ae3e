//! `JWT_ALGORITHM` and its keys. With key pairs, other services can verify access tokens.

use std::fs;

use secrecy::SecretString;

use super::reader::Reader;

/// How access tokens are signed.
#[derive(Clone, Debug)]
pub enum Signing {
    /// HS256 with `JWT_SECRET`: whoever can verify can also sign.
    Secret,
    /// With a private key; verification needs only the public key.
    KeyPair(KeyPair),
}

/// A private key and the other public keys that are accepted.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// `JWT_ALGORITHM`.
    pub algorithm: KeyPairAlgorithm,
    /// The content of `JWT_PRIVATE_KEY_FILE`: PKCS#8 in PEM.
    pub private_pem: SecretString,
    /// The content of `JWT_PREVIOUS_KEYS_FILE`: a JSON Web Key Set of public keys.
    pub previous_keys: Option<String>,
}

/// An algorithm with a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPairAlgorithm {
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 (RFC 7518).
    Es256,
}

impl Signing {
    pub(super) fn read(reader: &mut Reader) -> Self {
        const KEY: &str = "JWT_PRIVATE_KEY_FILE";
        let algorithms = [
            ("HS256", None),
            ("EdDSA", Some(KeyPairAlgorithm::EdDsa)),
            ("ES256", Some(KeyPairAlgorithm::Es256)),
        ];
        let algorithm = reader.choice("JWT_ALGORITHM", &algorithms, None);
        let private_pem = read_file(reader, KEY);
        let previous_keys = read_file(reader, "JWT_PREVIOUS_KEYS_FILE");
        match (algorithm, private_pem) {
            (Some(algorithm), Some(pem)) => Self::KeyPair(KeyPair {
                algorithm,
                private_pem: pem.into(),
                previous_keys,
            }),
            (Some(_), None) => {
                reader.problem(
                    KEY,
                    "is required with this JWT_ALGORITHM; make one with: latchkey keys generate",
                );
                Self::Secret
            }
            (None, Some(_)) => {
                reader.problem(KEY, "has no use with HS256; set JWT_ALGORITHM too");
                Self::Secret
            }
            (None, None) => Self::Secret,
        }
    }
}

fn read_file(reader: &mut Reader, name: &str) -> Option<String> {
    let path = reader.text(name)?;
    fs::read_to_string(&path)
        .map_err(|error| reader.problem(name, format_args!("{path}: {error}")))
        .ok()
}
