//! The public key of a passkey: a `COSE_Key` (RFC 9052, RFC 9053) of one of three algorithms.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use ciborium::Value;

use super::Refusal;

pub(super) const EDDSA: i32 = -8;
pub(super) const ES256: i32 = -7;
pub(super) const RS256: i32 = -257;

/// The algorithms in the order in which authenticators should choose.
pub(super) const ALGORITHMS: [i32; 3] = [EDDSA, ES256, RS256];

/// Labels of `COSE_Key`: its type, and what each type calls its parts.
const KEY_TYPE: i64 = 1;
const CURVE_OR_MODULUS: i64 = -1;
const X_OR_EXPONENT: i64 = -2;
const Y: i64 = -3;

/// RSA keys of 2,048 to 8,192 bits, as the verification asks for.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Checks that a key is one of its algorithm: a point of the curve, or a modulus that is long enough. A
/// key that is none would register, and then never sign in.
pub(super) fn check(algorithm: i32, cose: &[u8]) -> Result<(), Refusal> {
    let key = Cose::parse(cose)?;
    let parsed = match algorithm {
        EDDSA => {
            key.expect(KEY_TYPE, 1)?;
            key.expect(CURVE_OR_MODULUS, 6)?;
            ParsedPublicKey::new(&ED25519, key.coordinate(X_OR_EXPONENT)?)
        }
        ES256 => {
            key.expect(KEY_TYPE, 2)?;
            key.expect(CURVE_OR_MODULUS, 1)?;
            let (x, y) = (key.coordinate(X_OR_EXPONENT)?, key.coordinate(Y)?);
            let point = [&[4], x, y].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
        }
        RS256 => {
            key.expect(KEY_TYPE, 3)?;
            let (n, e) = (key.bytes(CURVE_OR_MODULUS)?, key.bytes(X_OR_EXPONENT)?);
            if !MODULUS_BYTES.contains(&n.len()) {
                return Err(Refusal::Key);
            }
            RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        }
        _ => return Err(Refusal::Algorithm),
    };
    parsed.map(drop).map_err(|_| Refusal::Key)
}

struct Cose(Vec<(Value, Value)>);

impl Cose {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        match ciborium::from_reader(bytes) {
            Ok(Value::Map(fields)) => Ok(Self(fields)),
            _ => Err(Refusal::Key),
        }
    }

    fn get(&self, label: i64) -> Result<&Value, Refusal> {
        let is_it = |name: &Value| name.as_integer() == Some(label.into());
        let found = self.0.iter().find(|(name, _)| is_it(name));
        found.map(|(_, value)| value).ok_or(Refusal::Key)
    }

    fn bytes(&self, label: i64) -> Result<&[u8], Refusal> {
        let bytes = self.get(label)?.as_bytes();
        bytes.map(Vec::as_slice).ok_or(Refusal::Key)
    }

    fn coordinate(&self, label: i64) -> Result<&[u8], Refusal> {
        let bytes = self.bytes(label)?;
        (bytes.len() == 32).then_some(bytes).ok_or(Refusal::Key)
    }

    fn expect(&self, label: i64, value: i64) -> Result<(), Refusal> {
        let is_it = self.get(label)?.as_integer() == Some(value.into());
        is_it.then_some(()).ok_or(Refusal::Key)
    }
}
