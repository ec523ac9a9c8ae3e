//! Access and refresh tokens: JSON Web Tokens (RFC 7519, RFC 8725) with typed claims.
//!
//! Access tokens are signed with `JWT_ALGORITHM`. Only this service reads refresh tokens, so they
//! are always signed with `JWT_SECRET`, which also makes them deterministic.

mod claims;
mod keys;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::JwkSet;
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::config::{KeyPair, Signing, TokenSettings};
use claims::{Claims, Registered};
use keys::KeyRing;

pub use claims::{AccessClaims, RefreshClaims};
pub use keys::KeyError;

/// How long after its `exp` an access token is still accepted.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// How many verified access tokens are cached, at about 500 bytes each.
const MAX_REMEMBERED: usize = 8192;

/// The SHA-256 of a token. Tokens themselves are not stored.
type Fingerprint = [u8; SHA256_OUTPUT_LEN];

/// Why a token is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is a token of this service, but has expired.
    #[error("the token has expired")]
    Expired,
    /// It is not a token of this service, or not of the requested kind.
    #[error("the token is not valid")]
    Invalid,
}

/// What a token is issued for.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The user.
    pub user_id: i64,
    /// The user's role.
    pub role: &'a str,
    /// The session.
    pub session_id: Uuid,
    /// The session's generation.
    pub generation: i32,
    /// The session's epoch.
    pub epoch: i32,
    /// When the user last proved who they are.
    pub auth_time: DateTime<Utc>,
    /// The methods, by their names in RFC 8176, with blanks between.
    pub amr: &'a str,
    /// The assurance level, 1 or 2.
    pub aal: u8,
}

/// Signs and verifies tokens.
pub struct Jwt {
    issuer: String,
    audience: String,
    access: KeyRing,
    refresh: KeyRing,
    /// The claims of access tokens whose signature, issuer, audience and type were verified; these
    /// checks do not change while the process runs. Expiry and session are checked at each use.
    verified: Cache<Fingerprint, Arc<AccessClaims>>,
}

impl Jwt {
    /// Prepares the keys. Fails if a key cannot be read or is not of the algorithm.
    pub fn new(tokens: &TokenSettings) -> Result<Self, KeyError> {
        let access = match &tokens.signing {
            Signing::Secret => KeyRing::of_secrets(tokens),
            Signing::KeyPair(pair) => KeyRing::of_key_pair(pair)?,
        };
        Ok(Self {
            issuer: tokens.issuer.clone(),
            audience: tokens.audience.clone(),
            access: access.expecting(tokens),
            refresh: KeyRing::of_secrets(tokens).expecting(tokens),
            verified: Cache::new(MAX_REMEMBERED),
        })
    }

    /// The public key of a private key, as published. Fails if the key cannot be read or is not of
    /// the algorithm.
    pub fn public_half(pair: &KeyPair) -> Result<JwkSet, KeyError> {
        Ok(KeyRing::of_key_pair(pair)?.public)
    }

    /// The public keys that verify access tokens, as a JSON Web Key Set (RFC 7517). Empty while
    /// access tokens are signed with a secret.
    pub fn public_keys(&self) -> &JwkSet {
        &self.access.public
    }

    /// Issues an access token that expires at `expires`.
    pub fn issue_access(
        &self,
        subject: Subject<'_>,
        token_id: Uuid,
        issued: DateTime<Utc>,
        expires: DateTime<Utc>,
    ) -> String {
        self.access.sign(&AccessClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.user_id.to_string(),
            sid: subject.session_id,
            generation: subject.generation,
            role: subject.role.to_owned(),
            epoch: subject.epoch,
            auth_time: subject.auth_time.timestamp(),
            amr: subject.amr.split(' ').map(str::to_owned).collect(),
            aal: subject.aal,
            typ: AccessClaims::TYPE.into(),
            iat: issued.timestamp(),
            exp: expires.timestamp(),
            nbf: None,
            jti: token_id,
        })
    }

    /// Issues a refresh token. The same arguments give the same token, byte for byte.
    pub fn issue_refresh(
        &self,
        subject: Subject<'_>,
        issued: DateTime<Utc>,
        expires: DateTime<Utc>,
    ) -> String {
        self.refresh.sign(&RefreshClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.user_id.to_string(),
            sid: subject.session_id,
            generation: subject.generation,
            typ: RefreshClaims::TYPE.into(),
            iat: issued.timestamp(),
            exp: expires.timestamp(),
            nbf: None,
        })
    }

    /// Verifies an access token. For a token in the cache this costs a digest instead of a
    /// signature verification, which takes twenty times as long with a key pair.
    pub fn read_access(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<AccessClaims>, TokenError> {
        if token.len() > keys::MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let fingerprint = fingerprint(token);
        let claims = if let Some(claims) = self.verified.get(&fingerprint) {
            claims
        } else {
            let claims = Arc::new(self.access.read::<AccessClaims>(token)?);
            self.verified.insert(fingerprint, claims.clone());
            claims
        };
        check_times(&*claims, now)?;
        Ok(claims)
    }

    /// Verifies an access token but accepts expired ones, for signing out.
    pub fn read_access_even_expired(&self, token: &str) -> Result<AccessClaims, TokenError> {
        self.access.read(token)
    }

    /// Verifies a refresh token except its expiry, which the caller checks by the database's time.
    pub fn read_refresh(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<RefreshClaims, TokenError> {
        let claims: RefreshClaims = self.refresh.read(token)?;
        check_start(&claims, now)?;
        Ok(claims)
    }
}

fn fingerprint(token: &str) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    fingerprint
}

fn check_start(claims: &impl Claims, now: DateTime<Utc>) -> Result<(), TokenError> {
    let Registered { nbf, .. } = claims.registered();
    if nbf.is_some_and(|nbf| nbf > (now + LEEWAY).timestamp()) {
        return Err(TokenError::Invalid);
    }
    Ok(())
}

fn check_times(claims: &impl Claims, now: DateTime<Utc>) -> Result<(), TokenError> {
    check_start(claims, now)?;
    let Registered { exp, .. } = claims.registered();
    if exp <= (now - LEEWAY).timestamp() {
        return Err(TokenError::Expired);
    }
    Ok(())
}
