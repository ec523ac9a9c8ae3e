//! Access and refresh tokens: JSON Web Tokens (RFC 7519, RFC 8725) with typed claims.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::Tokens;

/// How far the clocks of two instances may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// A token longer than this is not one of ours, whatever it says.
const MOST_BYTES: usize = 2048;

/// What every token of ours says.
trait Claims: Serialize + DeserializeOwned {
    const TYPE: &'static str;
    fn registered(&self) -> Registered<'_>;
}

/// The claims that both kinds of token are checked by.
struct Registered<'a> {
    typ: &'a str,
    exp: i64,
    nbf: Option<i64>,
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    iss: String,
    aud: String,
    /// The user's id, in decimal.
    pub sub: String,
    /// The session.
    pub sid: Uuid,
    /// The session's generation that this token came with.
    #[serde(rename = "gen")]
    pub generation: i32,
    /// The user's role when the token was issued.
    pub role: String,
    typ: String,
    /// When it was issued, in Unix seconds.
    pub iat: i64,
    /// When it ends, in Unix seconds.
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: Uuid,
}

/// What a refresh token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaims {
    iss: String,
    aud: String,
    /// The user's id, in decimal.
    pub sub: String,
    /// The session.
    pub sid: Uuid,
    /// The session's generation that this token stands for.
    #[serde(rename = "gen")]
    pub generation: i32,
    typ: String,
    /// When it was issued, in Unix seconds.
    pub iat: i64,
    /// When it ends, in Unix seconds.
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

impl Claims for AccessClaims {
    const TYPE: &'static str = "access";
    fn registered(&self) -> Registered<'_> {
        Registered {
            typ: &self.typ,
            exp: self.exp,
            nbf: self.nbf,
        }
    }
}

impl Claims for RefreshClaims {
    const TYPE: &'static str = "refresh";
    fn registered(&self) -> Registered<'_> {
        Registered {
            typ: &self.typ,
            exp: self.exp,
            nbf: self.nbf,
        }
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was ours, and its time is over.
    #[error("the token has expired")]
    Expired,
    /// It is not a token of ours, or not of the kind asked for.
    #[error("the token is not valid")]
    Invalid,
}

/// What a token is made for: whose session, and which of its generations.
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
}

/// Signs and verifies tokens.
pub struct Jwt {
    issuer: String,
    audience: String,
    access_ttl: TimeDelta,
    header: Header,
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    validation: Validation,
}

impl Jwt {
    /// Prepares the keys.
    pub fn new(tokens: &Tokens) -> Self {
        let bytes = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&tokens.issuer]);
        validation.set_audience(&[&tokens.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Times are checked below, against the clock in the state.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            issuer: tokens.issuer.clone(),
            audience: tokens.audience.clone(),
            access_ttl: tokens.access_ttl,
            header: Header::new(Algorithm::HS256),
            signing: EncodingKey::from_secret(&bytes(&tokens.secret)),
            verifying: std::iter::once(&tokens.secret)
                .chain(&tokens.previous_secrets)
                .map(|secret| DecodingKey::from_secret(&bytes(secret)))
                .collect(),
            validation,
        }
    }

    /// Returns when no access token issued until `now` is accepted any more.
    pub fn end_of_access(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.access_ttl + LEEWAY
    }

    /// Makes an access token that lives from `issued` for `ACCESS_TOKEN_TTL_SECONDS`.
    pub fn issue_access(
        &self,
        subject: Subject<'_>,
        token_id: Uuid,
        issued: DateTime<Utc>,
    ) -> String {
        self.sign(&AccessClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.user_id.to_string(),
            sid: subject.session_id,
            generation: subject.generation,
            role: subject.role.to_owned(),
            typ: AccessClaims::TYPE.into(),
            iat: issued.timestamp(),
            exp: (issued + self.access_ttl).timestamp(),
            nbf: None,
            jti: token_id,
        })
    }

    /// Makes a refresh token; the same arguments give the same token, byte for byte.
    pub fn issue_refresh(
        &self,
        subject: Subject<'_>,
        issued: DateTime<Utc>,
        expires: DateTime<Utc>,
    ) -> String {
        self.sign(&RefreshClaims {
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

    /// Reads an access token.
    ///
    /// # Errors
    ///
    /// [`TokenError`], when it is not ours, not an access token, or over.
    pub fn read_access(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        let claims = self.read(token)?;
        check_times(&claims, now)?;
        Ok(claims)
    }

    /// Reads an access token whose time may be over, for signing out with it.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`], when it is not ours or not an access token.
    pub fn read_access_even_expired(&self, token: &str) -> Result<AccessClaims, TokenError> {
        self.read(token)
    }

    /// Reads a refresh token whose time may be over, for signing out with it.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`], when it is not ours or not a refresh token.
    pub fn read_refresh_even_expired(&self, token: &str) -> Result<RefreshClaims, TokenError> {
        self.read(token)
    }

    /// Reads a refresh token.
    ///
    /// # Errors
    ///
    /// [`TokenError`], when it is not ours, not a refresh token, or over.
    pub fn read_refresh(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<RefreshClaims, TokenError> {
        let claims = self.read(token)?;
        check_times(&claims, now)?;
        Ok(claims)
    }

    fn sign(&self, claims: &impl Claims) -> String {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .expect("claims of plain fields serialise, and an HMAC key signs anything")
    }

    fn read<C: Claims>(&self, token: &str) -> Result<C, TokenError> {
        if token.len() > MOST_BYTES {
            return Err(TokenError::Invalid);
        }
        let claims = self
            .verifying
            .iter()
            .find_map(|key| jsonwebtoken::decode::<C>(token, key, &self.validation).ok())
            .ok_or(TokenError::Invalid)?
            .claims;
        if claims.registered().typ == C::TYPE {
            Ok(claims)
        } else {
            Err(TokenError::Invalid)
        }
    }
}

fn check_times(claims: &impl Claims, now: DateTime<Utc>) -> Result<(), TokenError> {
    let Registered { exp, nbf, .. } = claims.registered();
    if nbf.is_some_and(|nbf| nbf > (now + LEEWAY).timestamp()) {
        return Err(TokenError::Invalid);
    }
    if exp <= (now - LEEWAY).timestamp() {
        return Err(TokenError::Expired);
    }
    Ok(())
}
