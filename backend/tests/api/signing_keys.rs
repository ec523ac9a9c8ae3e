//! Access tokens that other services verify: EdDSA and ES256, public keys, and key rotation.

use std::fs;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use latchkey::clock::Clock;
use latchkey::config::Config;
use latchkey::features::users::domain::Role;
use latchkey::state::App;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PASSWORD, Service, settings};

const KEYS: &str = "/.well-known/jwks.json";
const ME: &str = "/api/v1/users/me";
const ADA: &str = "ada@example.com";

fn write(folder: &TempDir, name: &str, content: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn private_key(folder: &TempDir, algorithm: &str) -> String {
    let der = if algorithm == "EdDSA" {
        let pair = Ed25519KeyPair::generate().unwrap();
        pair.to_pkcs8v1().unwrap().as_ref().to_vec()
    } else {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        made.unwrap().as_ref().to_vec()
    };
    let number = fs::read_dir(folder.path()).unwrap().count();
    let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der));
    write(folder, &format!("key-{number}.pem"), &text)
}

async fn signed_in(service: &Service) -> (String, Value) {
    let client = service.native();
    assert_eq!(client.log_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(client.get(ME).await.status, 200);
    assert_eq!(client.refresh().await.status, 200);
    let keys = service.anonymous().get(KEYS).await.json();
    (client.access_token().unwrap(), keys)
}

#[tokio::test]
async fn another_service_verifies_a_token_with_the_published_key() {
    for algorithm in ["EdDSA", "ES256"] {
        let folder = TempDir::new().unwrap();
        let key = private_key(&folder, algorithm);
        let service =
            Service::with(&[("JWT_ALGORITHM", algorithm), ("JWT_PRIVATE_KEY_FILE", &key)]);
        service.account(ADA, Role::User).await;
        let (token, keys) = signed_in(&service).await;
        let jwk: Jwk = serde_json::from_value(keys["keys"][0].clone()).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.kid, jwk.common.key_id);
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&["latchkey"]);
        validation.set_issuer(&["latchkey"]);
        let public = DecodingKey::from_jwk(&jwk).unwrap();
        let read = jsonwebtoken::decode::<Value>(&token, &public, &validation).unwrap();
        assert_eq!(read.claims["typ"], "access");
    }
}

#[tokio::test]
async fn without_a_key_pair_no_key_is_published_and_the_set_may_be_cached() {
    let service = Service::start();
    let answer = service.anonymous().get(KEYS).await;
    assert_eq!(answer.json(), json!({"keys": []}));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
}

#[tokio::test]
async fn after_a_change_of_keys_tokens_of_the_old_one_are_still_taken() {
    let folder = TempDir::new().unwrap();
    let (old_key, new_key) = (private_key(&folder, "EdDSA"), private_key(&folder, "EdDSA"));
    let old = Service::with(&[
        ("JWT_ALGORITHM", "EdDSA"),
        ("JWT_PRIVATE_KEY_FILE", &old_key),
    ]);
    old.account(ADA, Role::User).await;
    let (token, keys) = signed_in(&old).await;
    let previous = write(&folder, "previous.json", &keys.to_string());
    let changed = [
        ("JWT_ALGORITHM", "EdDSA"),
        ("JWT_PRIVATE_KEY_FILE", &new_key),
    ];
    let without = old.beside(&changed).native();
    without.set_access_token(Some(&token));
    without.get(ME).await.assert_problem("access_token_invalid");
    let new = old.beside(&[
        changed[0],
        changed[1],
        ("JWT_PREVIOUS_KEYS_FILE", &previous),
    ]);
    let with = new.native();
    with.set_access_token(Some(&token));
    assert_eq!(with.get(ME).await.status, 200);
    let published = new.anonymous().get(KEYS).await.json();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_upcoming_key_verifies_before_it_signs() {
    let folder = TempDir::new().unwrap();
    let (key, next_key) = (private_key(&folder, "ES256"), private_key(&folder, "ES256"));
    let settings = |key| [("JWT_ALGORITHM", "ES256"), ("JWT_PRIVATE_KEY_FILE", key)];
    let next = Service::with(&settings(&next_key));
    next.account(ADA, Role::User).await;
    let (token, keys) = signed_in(&next).await;
    let public = write(&folder, "next.json", &keys.to_string());
    let [algorithm, key] = settings(&key);
    let now = next.beside(&[algorithm, key, ("JWT_PREVIOUS_KEYS_FILE", &public)]);
    let client = now.native();
    client.set_access_token(Some(&token));
    assert_eq!(client.get(ME).await.status, 200);
}

#[test]
fn a_key_that_must_not_be_published_stops_the_start() {
    let folder = TempDir::new().unwrap();
    let key = private_key(&folder, "EdDSA");
    let point = "0".repeat(43);
    for other in [
        json!({"kty": "oct", "k": "c2VjcmV0"}),
        json!({"kty": "EC", "crv": "P-256", "x": point, "y": point}),
    ] {
        let file = write(
            &folder,
            "others.json",
            &json!({"keys": [other]}).to_string(),
        );
        let config = Config::from_variables(settings(&[
            ("JWT_ALGORITHM", "EdDSA"),
            ("JWT_PRIVATE_KEY_FILE", &key),
            ("JWT_PREVIOUS_KEYS_FILE", &file),
        ]));
        let url = "postgres://nowhere".into();
        let refused = App::new(config.unwrap(), &url, Clock::default())
            .err()
            .unwrap();
        let text = refused.to_string();
        assert!(text.starts_with("JWT_PREVIOUS_KEYS_FILE: "), "{text}");
        assert!(text.contains("not a public one of JWT_ALGORITHM"), "{text}");
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret_to_sign_with_and_another_kid_finds_no_key() {
    let folder = TempDir::new().unwrap();
    let key = private_key(&folder, "EdDSA");
    let service = Service::with(&[("JWT_ALGORITHM", "EdDSA"), ("JWT_PRIVATE_KEY_FILE", &key)]);
    service.account(ADA, Role::User).await;
    let (token, keys) = signed_in(&service).await;
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(&token).unwrap();
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid;

    // CVE-2015-9235: HS256 with the public key, in each form that a library may hold it.
    let x = keys["keys"][0]["x"].as_str().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(x).unwrap();
    let spki = [
        b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
        &raw[..],
    ]
    .concat();
    let pem = pem::encode(&pem::Pem::new("PUBLIC KEY", spki.clone()));
    for secret in [
        x.as_bytes().to_vec(),
        keys["keys"][0].to_string().into_bytes(),
        keys.to_string().into_bytes(),
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        spki,
        raw,
    ] {
        let header = Header {
            kid: kid.clone(),
            ..Header::new(Algorithm::HS256)
        };
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret));
        let client = service.native();
        client.set_access_token(Some(&forged.unwrap()));
        client.get(ME).await.assert_problem("access_token_invalid");
    }
    let pem = fs::read(&key).unwrap();
    let signing = EncodingKey::from_ed_pem(&pem).unwrap();
    for kid in [
        None,
        Some("another".to_owned()),
        Some("../../dev/null".to_owned()),
    ] {
        let header = Header {
            kid,
            ..Header::new(Algorithm::EdDSA)
        };
        let client = service.native();
        let odd = jsonwebtoken::encode(&header, &claims, &signing).unwrap();
        client.set_access_token(Some(&odd));
        client.get(ME).await.assert_problem("access_token_invalid");
    }
}
