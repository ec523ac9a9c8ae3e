//! The options that a client hands to the authenticator (WebAuthn Level 3, §5.4 and §5.5), as JSON for
//! `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::key::ALGORITHMS;
use super::{CHALLENGE_LIFETIME, Descriptor};

/// Who a new passkey is for.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The random handle that authenticators know the account by.
    pub handle: &'a [u8],
    /// What the authenticator shows.
    pub email: &'a str,
}

/// The options of a registration: a discoverable credential whose user is verified. `existing` are the
/// account's passkeys, of which one authenticator gets only one.
pub fn creation_options(
    rp_id: &str,
    rp_name: &str,
    account: Account<'_>,
    challenge: &[u8],
    existing: &[Descriptor],
) -> Value {
    let algorithms = ALGORITHMS.map(|alg| json!({"type": "public-key", "alg": alg}));
    json!({
        "rp": {"id": rp_id, "name": rp_name},
        "user": {
            "id": encode(account.handle),
            "name": account.email,
            "displayName": account.email,
        },
        "challenge": encode(challenge),
        "pubKeyCredParams": algorithms,
        "timeout": CHALLENGE_LIFETIME.num_milliseconds(),
        "excludeCredentials": descriptors(existing),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": {"credProps": true},
    })
}

/// The options of an assertion; with no `allowed` ones, any passkey of this domain.
pub fn request_options(rp_id: &str, challenge: &[u8], allowed: &[Descriptor]) -> Value {
    json!({
        "rpId": rp_id,
        "challenge": encode(challenge),
        "timeout": CHALLENGE_LIFETIME.num_milliseconds(),
        "allowCredentials": descriptors(allowed),
        "userVerification": "required",
    })
}

fn descriptors(passkeys: &[Descriptor]) -> Vec<Value> {
    let describe = |passkey: &Descriptor| {
        json!({
            "type": "public-key",
            "id": encode(&passkey.credential_id),
            "transports": passkey.transports,
        })
    };
    passkeys.iter().map(describe).collect()
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
