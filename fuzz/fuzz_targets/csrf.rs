//! A CSRF token is accepted only if the header and the cookie are equal and have a valid signature.
//!
//! An input is the header and, on a second line, the cookie; a single line is both.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::config::Signing;
use latchkey::security::csrf::CsrfKeys;
use latchkey_fuzz::{PREVIOUS_SECRET, SECRET, settings};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<CsrfKeys> = LazyLock::new(|| CsrfKeys::new(&settings(Signing::Secret)));

fuzz_target!(|text: &str| {
    let (header, cookie) = text.split_once('\n').unwrap_or((text, text));
    let is_right = header == cookie && is_ours(header);
    assert_eq!(KEYS.verify(header, cookie), is_right);

    if let Some(random) = text.as_bytes().first_chunk() {
        for secret in [SECRET, PREVIOUS_SECRET] {
            let token = token(random, secret);
            assert!(KEYS.verify(&token, &token));
        }
        let strange = token(random, "a secret of somebody else");
        assert!(!KEYS.verify(&strange, &strange));
    }
});

/// Recomputes the token from its 16 bytes and compares.
fn is_ours(text: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    bytes.first_chunk().is_some_and(|random| {
        let is_of = |secret| token(random, secret) == text;
        is_of(SECRET) || is_of(PREVIOUS_SECRET)
    })
}

fn token(random: &[u8; 16], secret: &str) -> String {
    let signature = hmac(key(secret).as_ref(), random);
    URL_SAFE_NO_PAD.encode([random, signature.as_ref()].concat())
}

/// Derives the key as RFC 5869 says: extract, then expand to one block.
fn key(secret: &str) -> Tag {
    let extracted = hmac(b"latchkey", secret.as_bytes());
    hmac(extracted.as_ref(), b"csrf token v1\x01")
}

fn hmac(key: &[u8], message: &[u8]) -> Tag {
    sign(&Key::new(HMAC_SHA256, key), message)
}
