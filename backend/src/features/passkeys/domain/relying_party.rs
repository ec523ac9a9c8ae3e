//! Verifying what an authenticator made (WebAuthn Level 3, §7.1 and §7.2).
//!
//! The crate passki parses and verifies. It leaves to its callers, and this file does: that ids agree and
//! have a fair length, that nothing is behind an attestation object, that a key is one of its algorithm, that no algorithm is used that was not offered,
//! that frames of other sites are refused whatever they say, and that a passkey stays eligible for backup
//! or not. The use cases consume the challenge, find the passkey, compare its owner and judge its counter.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use passki::{AuthenticationCredential, AuthenticationState};
use passki::{Passki, RegistrationCredential, RegistrationState, StoredPasskey};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Assertion, Passkey, Refusal, Registration, key};
use crate::config::Passkeys;

/// The offset of the flags in authenticator data, and those that are read here.
const FLAGS: usize = 32;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;

/// The transports that clients may be told (WebAuthn Level 3, §5.8.4).
const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// The site, as authenticators know it.
pub struct RelyingParty(Passki);

/// A new credential that was verified.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Registered {
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub algorithm: i32,
    pub counter: u32,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
    pub transports: Vec<String>,
    pub aaguid: Uuid,
}

/// An assertion that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// The authenticator's counter; 0 if it does not count.
    pub counter: u32,
    /// Whether the passkey is synced.
    pub is_backed_up: bool,
}

impl RelyingParty {
    /// The site of these settings.
    pub fn new(settings: &Passkeys) -> Self {
        Self(Passki::new(&settings.rp_id, &settings.origins, ""))
    }

    /// Verifies a new credential.
    pub fn register(
        &self,
        challenge: &[u8],
        registration: &Registration,
    ) -> Result<Registered, Refusal> {
        refuse_frames(&registration.client_data)?;
        refuse_rest(&registration.attestation)?;
        let credential: RegistrationCredential = build(json!({
            "rawId": encode(&registration.credential_id),
            "response": {
                "clientDataJSON": encode(&registration.client_data),
                "attestationObject": encode(&registration.attestation),
            },
        }))?;
        let state: RegistrationState = build(json!({
            "challenge": challenge,
            "user": {"id": "", "name": "", "displayName": ""},
            "user_verification": "required",
        }))?;
        let stored = self.0.finish_passkey_registration(&credential, &state)?;
        key::check(stored.algorithm, &stored.public_key)?;
        Ok(Registered {
            credential_id: stored.credential_id,
            public_key: stored.public_key,
            algorithm: stored.algorithm,
            counter: stored.counter,
            is_backup_eligible: stored.be,
            is_backed_up: stored.bs,
            transports: known_transports(&registration.transports),
            aaguid: Uuid::from_bytes(stored.aaguid),
        })
    }

    /// Verifies what a passkey signed. Whose it is, and its counter, are for the caller to judge.
    pub fn verify(
        &self,
        challenge: &[u8],
        assertion: &Assertion,
        passkey: &Passkey,
    ) -> Result<Asserted, Refusal> {
        refuse_frames(&assertion.client_data)?;
        let credential: AuthenticationCredential = build(json!({
            "rawId": encode(&assertion.credential_id),
            "response": {
                "clientDataJSON": encode(&assertion.client_data),
                "authenticatorData": encode(&assertion.authenticator_data),
                "signature": encode(&assertion.signature),
            },
        }))?;
        let state: AuthenticationState = build(json!({
            "challenge": challenge,
            "allowed_credentials": [&passkey.credential_id],
            "user_verification": "required",
        }))?;
        let mut stored = StoredPasskey::default();
        stored.credential_id.clone_from(&passkey.credential_id);
        stored.public_key.clone_from(&passkey.public_key);
        stored.algorithm = passkey.algorithm;
        let result = (self.0).finish_passkey_authentication(&credential, &state, &stored)?;
        // Signed, as everything in authenticator data.
        let flags = assertion.authenticator_data.get(FLAGS);
        let flags = flags.copied().ok_or(Refusal::Malformed)?;
        if (flags & BACKUP_ELIGIBLE != 0) != passkey.is_backup_eligible {
            return Err(Refusal::BackupChanged);
        }
        Ok(Asserted {
            counter: result.counter,
            is_backed_up: flags & BACKED_UP != 0,
        })
    }
}

/// Refuses what was made in a frame, also if the client data say so in an unexpected way.
fn refuse_frames(client_data: &[u8]) -> Result<(), Refusal> {
    let client_data: Value = serde_json::from_slice(client_data).map_err(|_| Refusal::Malformed)?;
    let is_own = matches!(client_data["crossOrigin"], Value::Null | Value::Bool(false));
    if is_own && client_data["topOrigin"].is_null() {
        return Ok(());
    }
    Err(Refusal::CrossOrigin)
}

/// Refuses an attestation object with more behind it, which passki does not look at.
fn refuse_rest(attestation: &[u8]) -> Result<(), Refusal> {
    let mut rest = attestation;
    let read: Result<ciborium::Value, _> = ciborium::from_reader(&mut rest);
    if read.is_ok() && rest.is_empty() {
        return Ok(());
    }
    Err(Refusal::Malformed)
}

fn known_transports(given: &[String]) -> Vec<String> {
    let is_given = |name: &&str| given.iter().any(|one| one == name);
    let known = TRANSPORTS.iter().copied().filter(is_given);
    known.map(str::to_owned).collect()
}

/// Makes what passki takes, whose fields cannot all be set from outside.
fn build<T: DeserializeOwned>(json: Value) -> Result<T, Refusal> {
    serde_json::from_value(json).map_err(|_| Refusal::Malformed)
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
