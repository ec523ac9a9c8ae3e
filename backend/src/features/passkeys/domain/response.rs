//! The JSON in which clients send what an authenticator made (WebAuthn Level 3, `toJSON()`). What is not
//! needed is ignored, because browsers and apps send different fields.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Refusal;

/// The answer of an authenticator, as a client sends it.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Names the challenge.
    pub flow: Uuid,
    /// What the authenticator made of it.
    pub credential: Value,
}

#[derive(Deserialize)]
struct Received<R> {
    id: Option<String>,
    #[serde(rename = "rawId")]
    raw_id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    response: R,
}

#[derive(Deserialize)]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    attestation: String,
    #[serde(default)]
    transports: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "authenticatorData")]
    authenticator_data: String,
    signature: String,
    #[serde(rename = "userHandle")]
    user_handle: Option<String>,
}

/// A new credential.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct Registration {
    pub credential_id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub attestation: Vec<u8>,
    pub transports: Vec<String>,
}

/// What a credential signed.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct Assertion {
    pub credential_id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

impl Registration {
    /// Parses a `PublicKeyCredential` with an `AuthenticatorAttestationResponse`.
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let (credential_id, response) = read::<AttestationResponse>(json)?;
        Ok(Self {
            credential_id,
            client_data: decode(&response.client_data)?,
            attestation: decode(&response.attestation)?,
            transports: response.transports.unwrap_or_default(),
        })
    }
}

impl Assertion {
    /// Parses a `PublicKeyCredential` with an `AuthenticatorAssertionResponse`.
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let (credential_id, response) = read::<AssertionResponse>(json)?;
        // Some apps send an empty handle for none.
        let user_handle = response.user_handle.filter(|handle| !handle.is_empty());
        Ok(Self {
            credential_id,
            client_data: decode(&response.client_data)?,
            authenticator_data: decode(&response.authenticator_data)?,
            signature: decode(&response.signature)?,
            user_handle: user_handle.as_deref().map(decode).transpose()?,
        })
    }
}

/// Reads the envelope, whose two ids must agree.
fn read<'de, R: Deserialize<'de>>(json: &'de Value) -> Result<(Vec<u8>, R), Refusal> {
    let received = Received::<R>::deserialize(json).map_err(|_| Refusal::Malformed)?;
    if received.kind.is_some_and(|kind| kind != "public-key") {
        return Err(Refusal::Malformed);
    }
    if received.id.is_some_and(|id| id != received.raw_id) {
        return Err(Refusal::IdsDiffer);
    }
    let credential_id = decode(&received.raw_id)?;
    if !(16..=1023).contains(&credential_id.len()) {
        return Err(Refusal::IdLength(credential_id.len()));
    }
    Ok((credential_id, received.response))
}

fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refusal::Malformed)
}
