//! The keys of one kind of token: one that signs, and all that verify.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};

use super::TokenError;
use super::claims::Claims;
use crate::config::{KeyPair, KeyPairAlgorithm, TokenSettings};

/// A longer token is not one of this service.
pub(super) const MAX_BYTES: usize = 2048;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The private key cannot be used.
    #[error("JWT_PRIVATE_KEY_FILE: not a PKCS#8 private key of {algorithm:?} in PEM: {source}")]
    Private {
        /// The algorithm of `JWT_ALGORITHM`.
        algorithm: Algorithm,
        /// The cause.
        source: jsonwebtoken::errors::Error,
    },
    /// An earlier public key cannot be used.
    #[error("JWT_PREVIOUS_KEYS_FILE: not a JSON Web Key Set of public keys: {0}")]
    Previous(String),
}

/// Keys of one algorithm.
pub(super) struct KeyRing {
    header: Header,
    signing: EncodingKey,
    verifying: Vec<(Option<String>, DecodingKey)>,
    validation: Validation,
    pub(super) public: JwkSet,
}

impl KeyRing {
    /// `JWT_SECRET` signs; it and `JWT_SECRET_PREVIOUS` verify.
    pub(super) fn of_secrets(tokens: &TokenSettings) -> Self {
        let bytes = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
        let secrets = std::iter::once(&tokens.secret).chain(&tokens.previous_secrets);
        Self {
            header: Header::new(Algorithm::HS256),
            signing: EncodingKey::from_secret(&bytes(&tokens.secret)),
            verifying: secrets
                .map(|secret| (None, DecodingKey::from_secret(&bytes(secret))))
                .collect(),
            validation: Validation::new(Algorithm::HS256),
            public: JwkSet { keys: Vec::new() },
        }
    }

    /// The private key signs; its public key and earlier ones verify.
    pub(super) fn of_key_pair(pair: &KeyPair) -> Result<Self, KeyError> {
        let pem = pair.private_pem.expose_secret().as_bytes();
        let (algorithm, key) = match pair.algorithm {
            KeyPairAlgorithm::EdDsa => (Algorithm::EdDSA, EncodingKey::from_ed_pem(pem)),
            KeyPairAlgorithm::Es256 => (Algorithm::ES256, EncodingKey::from_ec_pem(pem)),
        };
        let unusable = |source| KeyError::Private { algorithm, source };
        let signing = key.map_err(unusable)?;
        let mut own = Jwk::from_encoding_key(&signing, algorithm).map_err(unusable)?;
        let key_id = own.thumbprint(ThumbprintHash::SHA256).map_err(unusable)?;
        own.common.key_id = Some(key_id.clone());
        own.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);

        let mut public = JwkSet { keys: vec![own] };
        if let Some(text) = &pair.previous_keys {
            let previous: JwkSet = serde_json::from_str(text)
                .map_err(|error| KeyError::Previous(error.to_string()))?;
            for jwk in previous.keys {
                require_public(&jwk, pair.algorithm)?;
                public.keys.push(jwk);
            }
        }
        let verifying = public.keys.iter().map(|jwk| {
            let key =
                DecodingKey::from_jwk(jwk).map_err(|error| KeyError::Previous(error.to_string()));
            Ok((jwk.common.key_id.clone(), key?))
        });
        Ok(Self {
            verifying: verifying.collect::<Result<_, KeyError>>()?,
            header: Header {
                kid: Some(key_id),
                ..Header::new(algorithm)
            },
            validation: Validation::new(algorithm),
            signing,
            public,
        })
    }

    /// Sets the required issuer and audience.
    pub(super) fn expecting(mut self, tokens: &TokenSettings) -> Self {
        self.validation.set_issuer(&[&tokens.issuer]);
        self.validation.set_audience(&[&tokens.audience]);
        self.validation
            .set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The caller checks times against the clock of the state.
        self.validation.validate_exp = false;
        self.validation.validate_nbf = false;
        self
    }

    pub(super) fn sign(&self, claims: &impl Claims) -> String {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .expect("claims of plain fields serialise, and a key that was read signs anything")
    }

    pub(super) fn read<C: Claims>(&self, token: &str) -> Result<C, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let claims: C = self
            .candidates(token)
            .find_map(|key| jsonwebtoken::decode(token, key, &self.validation).ok())
            .ok_or(TokenError::Invalid)?
            .claims;
        if claims.registered().typ == C::TYPE {
            Ok(claims)
        } else {
            Err(TokenError::Invalid)
        }
    }

    /// The keys that may have signed a token. With key pairs these are the keys of its `kid`, so an
    /// unknown one costs no signature verification.
    fn candidates<'a>(&'a self, token: &str) -> impl Iterator<Item = &'a DecodingKey> {
        let key_id = self.header.kid.as_ref().map(|_| {
            jsonwebtoken::decode_header(token)
                .ok()
                .and_then(|header| header.kid)
        });
        let fits =
            move |known: &Option<String>| key_id.as_ref().is_none_or(|wanted| wanted == known);
        self.verifying
            .iter()
            .filter_map(move |(known, key)| fits(known).then_some(key))
    }
}

/// Rejects keys that cannot verify tokens here, above all secret keys, because all of them are
/// published.
fn require_public(jwk: &Jwk, algorithm: KeyPairAlgorithm) -> Result<(), KeyError> {
    match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::OctetKeyPair(_), KeyPairAlgorithm::EdDsa)
        | (AlgorithmParameters::EllipticCurve(_), KeyPairAlgorithm::Es256) => Ok(()),
        _ => Err(KeyError::Previous(
            "it holds a key that is not a public one of JWT_ALGORITHM".into(),
        )),
    }
}
