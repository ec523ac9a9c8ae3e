//! The hash of the service is exactly Argon2id: compared with the vector of the RFC and with
//! another implementation.

use argon2::ParamsBuilder;
use argon2_rust::params::{Memory, TagLen};
use latchkey::config::Config;
use latchkey::security::password::{Comparison, PasswordHasher};
use proptest::prelude::*;
use std::sync::Arc;

use crate::support::settings;

fn ours(memory_kib: u32, passes: u32, lanes: u32, tag: usize) -> argon2_rust::Argon2 {
    let params = argon2_rust::Params::builder()
        .memory(Memory::kib(memory_kib.into()))
        .passes(passes)
        .lanes(lanes)
        .tag_len(TagLen::bytes(tag as u64))
        .build()
        .unwrap();
    argon2_rust::Argon2::new(
        argon2_rust::Algorithm::Argon2id,
        argon2_rust::Version::V0x13,
        params,
    )
}

fn theirs(memory_kib: u32, passes: u32, lanes: u32, tag: usize) -> argon2::Argon2<'static> {
    let params = ParamsBuilder::new()
        .m_cost(memory_kib)
        .t_cost(passes)
        .p_cost(lanes)
        .output_len(tag)
        .build()
        .unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
}

fn hasher(memory_kib: &str, iterations: &str, lanes: &str) -> Arc<PasswordHasher> {
    let cost = [
        ("ARGON2_MEMORY_KIB", memory_kib),
        ("ARGON2_ITERATIONS", iterations),
        ("ARGON2_PARALLELISM", lanes),
    ];
    let config = Config::from_variables(settings(&cost)).unwrap();
    Arc::new(PasswordHasher::new(&config.passwords).unwrap())
}

/// RFC 9106, section 5.3.
#[test]
fn the_test_vector_of_the_rfc_matches() {
    let mut tag = [0; 32];
    ours(32, 3, 4, 32)
        .hash_into_with_ad(&[1; 32], &[2; 16], &[3; 8], &[4; 12], &mut tag)
        .unwrap();
    let expected = [
        0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53,
        0xc9, 0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01,
        0xe6, 0x59,
    ];
    assert_eq!(tag, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn both_implementations_agree(
        password in prop::collection::vec(any::<u8>(), 0..200),
        salt in prop::collection::vec(any::<u8>(), 8..49),
        (lanes, memory_kib) in (1..5_u32).prop_flat_map(|lanes| (Just(lanes), lanes * 8..600)),
        passes in 1..5_u32,
        length in 4..129_usize,
    ) {
        let (mut one, mut other) = (vec![0; length], vec![0; length]);
        ours(memory_kib, passes, lanes, length)
            .hash_password_into(&password, &salt, &mut one)
            .unwrap();
        theirs(memory_kib, passes, lanes, length)
            .hash_password_into(&password, &salt, &mut other)
            .unwrap();
        prop_assert_eq!(one, other);
    }
}

#[test]
fn both_implementations_agree_at_the_default_cost() {
    let (mut one, mut other) = ([0; 32], [0; 32]);
    let (password, salt) = (b"correct horse battery staple", b"sixteen bytes ok");
    ours(19_456, 2, 1, 32)
        .hash_password_into(password, salt, &mut one)
        .unwrap();
    theirs(19_456, 2, 1, 32)
        .hash_password_into(password, salt, &mut other)
        .unwrap();
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_hash_is_a_phc_string_that_the_other_implementation_verifies() {
    let hasher = hasher("256", "2", "2");
    let hash = hasher
        .enter()
        .unwrap()
        .hash("pässword\u{0}".into())
        .await
        .unwrap();
    assert!(hash.len() <= 128);
    let parts: Vec<_> = hash.split('$').collect();
    assert_eq!(parts[1..4], ["argon2id", "v=19", "m=256,t=2,p=2"]);
    let decode = |text: &str| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD_NO_PAD
            .decode(text)
            .unwrap()
    };
    let mut tag = vec![0; decode(parts[5]).len()];
    theirs(256, 2, 2, tag.len())
        .hash_password_into("pässword\u{0}".as_bytes(), &decode(parts[4]), &mut tag)
        .unwrap();
    assert_eq!(tag, decode(parts[5]));
}

#[tokio::test]
async fn only_the_password_matches_and_a_hash_of_other_parameters_is_outdated() {
    let (old, new) = (hasher("64", "1", "1"), hasher("128", "1", "1"));
    let hash = old.enter().unwrap().hash("right".into()).await.unwrap();
    let verify = async |hasher: &Arc<PasswordHasher>, hash: Option<&str>, password: &str| {
        let place = hasher.enter().unwrap();
        place
            .verify(
                hash.map(str::to_owned),
                hasher.today().clone(),
                password.into(),
            )
            .await
            .unwrap()
    };
    let is = |is_outdated| Comparison::Match { is_outdated };
    assert_eq!(verify(&old, Some(&hash), "right").await, is(false));
    assert_eq!(verify(&new, Some(&hash), "right").await, is(true));
    for wrong in ["Right", "righ", "right ", "", "wrong"] {
        assert_eq!(verify(&old, Some(&hash), wrong).await, Comparison::Mismatch);
    }
    assert_eq!(verify(&old, None, "right").await, Comparison::Mismatch);
    let (place, decoy) = (old.enter().unwrap(), old.today().clone());
    assert!(
        place
            .verify(Some("damaged".into()), decoy, "right".into())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn two_hashes_of_one_password_differ() {
    let hasher = hasher("64", "1", "1");
    let one = hasher.enter().unwrap().hash("same".into()).await.unwrap();
    let two = hasher.enter().unwrap().hash("same".into()).await.unwrap();
    assert_ne!(one, two);
}
