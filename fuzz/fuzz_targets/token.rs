//! A token is accepted only if it is, byte for byte, one that the service signed, or if it has a
//! valid signature of the right key and the claims that a token of that kind must have.
//!
//! An input of one line is a token. Three lines are its parts: the header, the claims, and the
//! signature or the signer: `secret`, `previous`, `private`, or `public`.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey::config::Signing;
use latchkey::security::jwt::{Jwt, Subject};
use latchkey_fuzz::{PREVIOUS_SECRET, SECRET, eddsa, private_key, settings};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use uuid::Uuid;

const NOW: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();

/// A service, and the keys that must have signed the tokens that it accepts.
struct Service {
    jwt: Jwt,
    algorithm: &'static str,
    signers: &'static [&'static str],
    access: String,
    refresh: String,
}

static SERVICES: LazyLock<[Service; 2]> = LazyLock::new(|| {
    [
        Service::new(Signing::Secret, "HS256", &["secret", "previous"]),
        Service::new(eddsa(), "EdDSA", &["private"]),
    ]
});

static PRIVATE_KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(private_key);

fuzz_target!(|text: &str| {
    let pieces: Vec<&str> = text.splitn(3, '\n').collect();
    for service in &*SERVICES {
        if let [header, claims, signer] = pieces[..] {
            service.read_made_up(header, claims, signer);
        } else {
            service.read_sent(text);
        }
    }
});

impl Service {
    fn new(signing: Signing, algorithm: &'static str, signers: &'static [&'static str]) -> Self {
        let jwt = Jwt::new(&settings(signing)).expect("the keys are good");
        let subject = Subject {
            user_id: 1,
            role: "user",
            session_id: Uuid::from_u128(2),
            generation: 3,
            epoch: 1,
            auth_time: NOW,
            amr: "pwd",
            aal: 1,
        };
        let ends = NOW + TimeDelta::days(7);
        Self {
            access: jwt.issue_access(subject, Uuid::from_u128(4), NOW, ends),
            refresh: jwt.issue_refresh(subject, NOW, ends),
            jwt,
            algorithm,
            signers,
        }
    }

    fn read_sent(&self, token: &str) {
        let access = self.jwt.read_access(token, NOW);
        assert_eq!(access.is_ok(), token == self.access, "{access:?}");
        let refresh = self.jwt.read_refresh(token, NOW);
        assert_eq!(refresh.is_ok(), token == self.refresh, "{refresh:?}");
    }

    fn read_made_up(&self, header: &str, claims: &str, signer: &str) {
        let message = [header, claims]
            .map(|text| URL_SAFE_NO_PAD.encode(text))
            .join(".");
        let signature = signature(&message, signer);
        let token = format!("{message}.{signature}");
        if let Ok(read) = self.jwt.read_access(&token, NOW) {
            assert!(self.signers.contains(&signer), "{signer} signed {read:?}");
            assert_eq!(algorithm(header), self.algorithm);
            check(serde_json::to_value(&*read), "access");
        }
        if let Ok(read) = self.jwt.read_refresh(&token, NOW) {
            let is_ours = matches!(signer, "secret" | "previous");
            assert!(is_ours, "{signer} signed {read:?}");
            assert_eq!(algorithm(header), "HS256");
            check(serde_json::to_value(read), "refresh");
        }
    }
}

fn signature(message: &str, signer: &str) -> String {
    let public = PRIVATE_KEY.public_key().as_ref();
    let hs256 = |secret| {
        sign(&Key::new(HMAC_SHA256, secret), message.as_bytes())
            .as_ref()
            .to_vec()
    };
    let bytes = match signer {
        "secret" => hs256(SECRET.as_bytes()),
        "previous" => hs256(PREVIOUS_SECRET.as_bytes()),
        "private" => PRIVATE_KEY.sign(message.as_bytes()).as_ref().to_vec(),
        // That key is public, so it must never be accepted as a secret (RFC 8725, 2.1).
        "public" => hs256(public),
        text => return text.into(),
    };
    URL_SAFE_NO_PAD.encode(bytes)
}

fn algorithm(header: &str) -> String {
    let header: Value = serde_json::from_str(header).expect("an accepted header is JSON");
    header["alg"].as_str().unwrap_or_default().into()
}

fn check(claims: serde_json::Result<Value>, kind: &str) {
    let claims = claims.expect("claims are JSON");
    assert_eq!(claims["typ"], kind);
    assert_eq!(claims["iss"], "latchkey");
    assert_eq!(claims["aud"], "latchkey");
    let time = |name: &str| claims[name].as_i64();
    assert!(time("exp").is_some_and(|at| at > NOW.timestamp() - 5));
    assert!(time("nbf").is_none_or(|at| at <= NOW.timestamp() + 5));
}
