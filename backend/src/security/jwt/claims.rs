//! The claims of tokens.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The claims of every token.
pub(super) trait Claims: Serialize + DeserializeOwned {
    const TYPE: &'static str;
    fn registered(&self) -> Registered<'_>;
}

/// The claims by which both kinds of token are checked.
pub(super) struct Registered<'a> {
    pub typ: &'a str,
    pub exp: i64,
    pub nbf: Option<i64>,
}

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    /// The user's id, in decimal.
    pub sub: String,
    /// The session.
    pub sid: Uuid,
    /// The session's generation to which the token belongs.
    #[serde(rename = "gen")]
    pub generation: i32,
    /// The user's role when the token was issued.
    pub role: String,
    /// The session's epoch; omitted while it is 0, that is, until all sessions of the account are
    /// ended for the first time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub epoch: i32,
    /// When the user last proved who they are, in Unix seconds (`OpenID` Connect Core, 2); 0 in tokens of
    /// an earlier release.
    #[serde(default)]
    pub auth_time: i64,
    /// By which methods (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// The assurance level: 2 once a second factor or a passkey was used.
    #[serde(default = "one")]
    pub aal: u8,
    pub(super) typ: String,
    /// When it was issued, in Unix seconds.
    pub iat: i64,
    /// When it expires, in Unix seconds.
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
    pub(super) jti: Uuid,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(epoch: &i32) -> bool {
    *epoch == 0
}

fn one() -> u8 {
    1
}

/// The claims of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    /// The user's id, in decimal.
    pub sub: String,
    /// The session.
    pub sid: Uuid,
    /// The session's generation to which the token belongs.
    #[serde(rename = "gen")]
    pub generation: i32,
    pub(super) typ: String,
    /// When it was issued, in Unix seconds.
    pub iat: i64,
    /// When it expires, in Unix seconds.
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
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
