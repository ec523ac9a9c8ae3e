//! An authenticator in software, together with the browser in front of it. Its fields can be set to what
//! no honest one would send.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use latchkey::security::random;
use serde_json::{Value, json};

/// The flags of authenticator data.
pub const PRESENT: u8 = 1;
pub const VERIFIED: u8 = 1 << 2;
pub const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;

/// The algorithm of a credential.
#[derive(Clone, Copy, Debug)]
pub enum Algorithm {
    EdDsa,
    Es256,
    Rs256,
}

enum Key {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// One credential, as its authenticator and browser use it.
pub struct Authenticator {
    key: Key,
    /// The public key that it registers.
    pub cose: Vec<(i64, Cbor)>,
    pub credential_id: Vec<u8>,
    /// The id that the client sends beside that in authenticator data.
    pub claimed_id: Option<Vec<u8>>,
    pub user_handle: Option<Vec<u8>>,
    pub rp_id: String,
    pub flags: u8,
    pub counter: u32,
    pub origin: String,
    /// The type in the client data, if it is not that of the ceremony.
    pub kind: Option<&'static str>,
    /// The challenge in the client data, if it is not that of the options.
    pub challenge: Option<Vec<u8>>,
    /// More fields of the client data.
    pub more: Value,
    pub attestation: &'static str,
}

impl Authenticator {
    /// A synced credential for `https://example.com`.
    pub fn new(algorithm: Algorithm) -> Self {
        let key = Key::generate(algorithm);
        Self {
            cose: key.cose(),
            key,
            credential_id: random::bytes::<32>().to_vec(),
            claimed_id: None,
            user_handle: None,
            rp_id: "example.com".into(),
            flags: PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP,
            counter: 0,
            origin: "https://example.com".into(),
            kind: None,
            challenge: None,
            more: json!({"crossOrigin": false}),
            attestation: "none",
        }
    }

    /// Creates the credential, and returns what the browser sends.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = Some(decode(&options["user"]["id"]));
        let client_data = self.client_data(options, "webauthn.create");
        let length = u16::try_from(self.credential_id.len()).unwrap();
        let cose = self.cose.iter();
        let cose = cose.map(|(label, value)| (Cbor::from(*label), value.clone()));
        let data = [
            &self.data(ATTESTED)[..],
            &[0; 16],
            &length.to_be_bytes(),
            &self.credential_id,
            &to_bytes(&Cbor::Map(cose.collect())),
        ];
        let attestation = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from(self.attestation)),
            (Cbor::from("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::from("authData"), Cbor::from(data.concat())),
        ]);
        self.envelope(&json!({
            "clientDataJSON": encode(&client_data),
            "attestationObject": encode(&to_bytes(&attestation)),
            "transports": ["internal", "hybrid", "telepathy"],
        }))
    }

    /// Signs the challenge, and returns what the browser sends.
    pub fn get(&self, options: &Value) -> Value {
        let client_data = self.client_data(options, "webauthn.get");
        let data = self.data(0);
        let hash = digest(&SHA256, &client_data);
        let signature = self.key.sign(&[&data, hash.as_ref()].concat());
        self.envelope(&json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(&signature),
            "userHandle": self.user_handle.as_deref().map(encode),
        }))
    }

    fn client_data(&self, options: &Value, kind: &str) -> Vec<u8> {
        let challenge = self.challenge.as_deref().map(encode);
        let mut client_data = json!({
            "type": self.kind.unwrap_or(kind),
            "challenge": challenge.map_or(options["challenge"].clone(), Value::from),
            "origin": self.origin,
        });
        let fields = client_data.as_object_mut().unwrap();
        fields.extend(self.more.as_object().unwrap().clone());
        client_data.to_string().into_bytes()
    }

    fn data(&self, more_flags: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        let counter = self.counter.to_be_bytes();
        [hash.as_ref(), &[self.flags | more_flags], &counter].concat()
    }

    fn envelope(&self, response: &Value) -> Value {
        let id = encode(self.claimed_id.as_ref().unwrap_or(&self.credential_id));
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": response,
        })
    }
}

impl Key {
    fn generate(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::EdDsa => Self::Ed25519(Ed25519KeyPair::generate().unwrap()),
            Algorithm::Es256 => {
                Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
            }
            Algorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        }
    }

    /// The public key as a `COSE_Key`.
    fn cose(&self) -> Vec<(i64, Cbor)> {
        let bytes = |bytes: &[u8]| Cbor::from(bytes.to_vec());
        match self {
            Self::Ed25519(key) => vec![
                (1, 1.into()),
                (3, (-8).into()),
                (-1, 6.into()),
                (-2, bytes(key.public_key().as_ref())),
            ],
            Self::P256(key) => {
                let point = key.public_key().as_ref();
                vec![
                    (1, 2.into()),
                    (3, (-7).into()),
                    (-1, 1.into()),
                    (-2, bytes(&point[1..33])),
                    (-3, bytes(&point[33..])),
                ]
            }
            Self::Rsa(key) => {
                // RSAPublicKey of 2,048 bits in DER: two headers and a zero, modulus, header, exponent.
                let der = key.public_key().as_ref();
                vec![
                    (1, 3.into()),
                    (3, (-257).into()),
                    (-1, bytes(&der[9..265])),
                    (-2, bytes(&der[267..])),
                ]
            }
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(text).as_ref().to_vec(),
            Self::P256(key) => {
                let signature = key.sign(&SystemRandom::new(), text).unwrap();
                signature.as_ref().to_vec()
            }
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    text,
                    &mut signature,
                )
                .unwrap();
                signature
            }
        }
    }
}

/// Encodes in base64url, as `toJSON()` does.
pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes a text of [`encode`].
pub fn decode(text: &Value) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text.as_str().unwrap())
        .unwrap()
}

fn to_bytes(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
