//! An authenticator app.

use aws_lc_rs::hmac;
use latchkey::clock::Clock;
use serde_json::{Value, json};

use super::{Answer, Client, Service};

const STEP: i64 = 30;

/// An authenticator app (RFC 6238), written apart from the service.
#[derive(Clone)]
pub struct Totp {
    key: Vec<u8>,
    /// What setting it up handed out.
    pub recovery_codes: Vec<String>,
}

impl Totp {
    /// Reads the secret in base32, as somebody types it.
    pub fn new(secret: &str) -> Self {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits = secret
            .chars()
            .map(|it| alphabet.find(it).unwrap())
            .flat_map(|value| (0..5).rev().map(move |bit| value >> bit & 1));
        let bits: Vec<_> = bits.collect();
        let byte = |bits: &[usize]| bits.iter().fold(0, |byte, bit| byte << 1 | bit);
        Self {
            key: bits
                .as_chunks::<8>()
                .0
                .iter()
                .map(|bits| u8::try_from(byte(bits)).unwrap())
                .collect(),
            recovery_codes: Vec::new(),
        }
    }

    /// Sets one up for an account whose owner has just signed in.
    pub async fn set_up(client: &Client, service: &Service) -> Self {
        let offer = client.post("/api/v1/auth/factors/totp", json!({})).await;
        assert_eq!(offer.status, 200, "{offer}");
        let mut app = Self::new(offer.json()["secret"].as_str().unwrap());
        let code = app.code(&service.app.clock);
        let confirmed = client
            .post("/api/v1/auth/factors/totp/confirm", json!({"code": code}))
            .await;
        assert_eq!(confirmed.status, 200, "{confirmed}");
        if let Value::Array(codes) = &confirmed.json()["recovery_codes"] {
            let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned());
            app.recovery_codes = codes.collect();
        }
        app
    }

    /// What it shows now.
    pub fn code(&self, clock: &Clock) -> String {
        self.code_in(clock, 0)
    }

    /// What it shows so many steps of 30 seconds from now.
    pub fn code_in(&self, clock: &Clock, steps: i64) -> String {
        let step = clock.now().timestamp() / STEP + steps;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.key);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap());
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }

    /// A code that it shows neither now nor soon nor lately.
    pub fn wrong_code(&self, clock: &Clock) -> String {
        let shown: Vec<_> = (-3..=3).map(|steps| self.code_in(clock, steps)).collect();
        let all = (0..).map(|number| format!("{number:06}"));
        all.into_iter().find(|code| !shown.contains(code)).unwrap()
    }

    /// Finishes the sign-in that `waiting` answered.
    pub async fn finish(&self, client: &Client, service: &Service, waiting: &Answer) -> Answer {
        let code = self.code(&service.app.clock);
        let body = json!({"flow": waiting.json()["flow"], "totp": code});
        client.post("/api/v1/auth/second-factor", body).await
    }
}
