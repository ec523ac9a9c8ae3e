//! The test vectors of WebAuthn Level 3, and each with every byte changed.
//!
//! <https://www.w3.org/TR/webauthn-3/#sctn-test-vectors>, §16.2, §16.3, §16.4 and §16.7. Most vectors have no
//! user verification, which is required here: those test that this is the reason why they are refused.

use latchkey::config::Passkeys;
use latchkey::features::passkeys::domain::{
    Assertion, Passkey, Refusal, Registration, RelyingParty,
};
use uuid::Uuid;

/// A registration; bytes are in hexadecimal.
struct Created {
    challenge: &'static str,
    client_data: &'static str,
    attestation: &'static str,
    credential_id: &'static str,
}

/// An authentication.
struct Signed {
    credential_id: &'static str,
    public_key: &'static str,
    challenge: &'static str,
    client_data: &'static str,
    authenticator_data: &'static str,
    signature: &'static str,
}

/// ES256 with self attestation: user verified, eligible for backup, backed up.
const SELF_ATTESTED: Created = Created {
    challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
    client_data: concat!(
        r#"{"type":"webauthn.create","challenge":"eGnCt3LUtY66k3jPjynibPk1qnffDai"#,
        r#"fqZwL3Ap29-U","origin":"https://example.org","crossOrigin":false,"extr"#,
        r#"aData":"clientDataJSON may be extended with additional fields in the f"#,
        r#"uture, such as this: U9hTXvKE2URkMnb_0xYHVg"}"#
    ),
    attestation: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab9\
        25005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d1\
        21fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad64\
        61c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020\
        455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820\
        eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be\
        1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    credential_id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
};

/// ES256 without attestation: user not verified.
const UNVERIFIED: Created = Created {
    challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    client_data: concat!(
        r#"{"type":"webauthn.create","challenge":"AMMPt4UxxGTStncdq417YDwBFi8vpIa"#,
        r#"-pw8oOuVW4TA","origin":"https://example.org","crossOrigin":false,"extr"#,
        r#"aData":"clientDataJSON may be extended with additional fields in the f"#,
        r#"uture, such as this: BkQeDjdcTBrXBiAwJTLE5Q"}"#
    ),
    attestation: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad\
        6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f00\
        20f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a50102032620012158\
        20afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2f\
        ca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    credential_id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
};

/// As [`UNVERIFIED`].
const SIGNED_UNVERIFIED: Signed = Signed {
    credential_id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    public_key: "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61\
        225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    challenge: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    client_data: concat!(
        r#"{"type":"webauthn.get","challenge":"OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZc"#,
        r#"hXyav01Ag","origin":"https://example.org","crossOrigin":false}"#
    ),
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480\
        ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
};

/// ES256 with a client that says `crossOrigin`.
const FRAMED: Created = Created {
    challenge: "3be5aacd03537142472340ab5969f240f1d87716e20b6807ac230655fa4b3b49",
    client_data: concat!(
        r#"{"type":"webauthn.create","challenge":"O-WqzQNTcUJHI0CrWWnyQPHYdxbiC2g"#,
        r#"HrCMGVfpLO0k","origin":"https://example.org","crossOrigin":true,"extra"#,
        r#"Data":"clientDataJSON may be extended with additional fields in the fu"#,
        r#"ture, such as this: zZquEtDR9DWqpW5tBWTFug"}"#
    ),
    attestation: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad\
        6461c9c4735ae7f8edd46592a5e0f01452b2e4b54500000000883f4f6014f19c09d87aa38123be48d000\
        206e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57a50102032620012158\
        2022200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d225820cbd0be95e746\
        ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e",
    credential_id: "6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57",
};

/// ES256 with packed attestation: user verified, eligible for backup.
const SIGNED: Signed = Signed {
    credential_id: "c9a6f5b3462d02873fea0c56862234f99f081728084e511bb7760201a89054a5",
    public_key: "a50102032620012158201cf27f25da591208a4239c2e324f104f585525479a29edeedd830f48e77aeae5\
        22582059e4b7da6c0106e206ce390c93ab98a15a5ec3887e57f0cc2bece803b920c423",
    challenge: "b1106fa46a57bef1781511c0557dc898a03413d5f0f17d244630c194c7e1adb5",
    client_data: concat!(
        r#"{"type":"webauthn.get","challenge":"sRBvpGpXvvF4FRHAVX3ImKA0E9Xw8X0kRj"#,
        r#"DBlMfhrbU","origin":"https://example.org","crossOrigin":false,"extraDa"#,
        r#"ta":"clientDataJSON may be extended with additional fields in the futu"#,
        r#"re, such as this: AZMwyMxIbD8-uguFNp6r8Q"}"#
    ),
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50d00000000",
    signature: "30450220694969d3ee928de6f02ef23a9c644d7d779916451734a94b432542f498a1ebe90221008b0819\
        c824218a97152cd099c55bfb1477b29d900a49a64018314f9bfccda163",
};

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().as_chunks::<2>().0.iter();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

fn site() -> RelyingParty {
    RelyingParty::new(&Passkeys {
        rp_id: "example.org".into(),
        is_on: true,
        origins: vec!["https://example.org".into()],
        apple_apps: Vec::new(),
        android_apps: Vec::new(),
    })
}

impl Created {
    fn registration(&self) -> (Vec<u8>, Registration) {
        let registration = Registration {
            credential_id: bytes(self.credential_id),
            client_data: self.client_data.into(),
            attestation: bytes(self.attestation),
            transports: Vec::new(),
        };
        (bytes(self.challenge), registration)
    }
}

impl Signed {
    fn assertion(&self) -> (Vec<u8>, Assertion) {
        let assertion = Assertion {
            credential_id: bytes(self.credential_id),
            client_data: self.client_data.into(),
            authenticator_data: bytes(self.authenticator_data),
            signature: bytes(self.signature),
            user_handle: None,
        };
        (bytes(self.challenge), assertion)
    }

    fn passkey(&self) -> Passkey {
        Passkey {
            id: Uuid::nil(),
            user_id: 1,
            credential_id: bytes(self.credential_id),
            public_key: bytes(self.public_key),
            algorithm: -7,
            sign_count: 0,
            is_backup_eligible: true,
            is_backed_up: false,
            transports: Vec::new(),
            aaguid: Uuid::nil(),
            rp_id: "example.org".into(),
            name: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            last_used_at: None,
            counter_stalled_at: None,
        }
    }
}

/// Calls `check` with each byte changed, in its lowest bit, in its highest, and in all.
fn with_each_byte_changed(good: &[u8], check: impl Fn(Vec<u8>, String)) {
    for at in 0..good.len() {
        for change in [1, 0x80, 0xff] {
            let mut changed = good.to_vec();
            changed[at] ^= change;
            check(changed, format!("byte {at} ^ {change:#x}"));
        }
    }
    check(
        good[..good.len() - 1].to_vec(),
        "without the last byte".into(),
    );
    check([good, &[0]].concat(), "with one more byte".into());
}

#[test]
fn a_registration_with_user_verification_is_accepted_and_others_are_not() {
    let (challenge, registration) = SELF_ATTESTED.registration();
    let registered = site().register(&challenge, &registration).unwrap();
    assert_eq!(registered.credential_id, bytes(SELF_ATTESTED.credential_id));
    assert_eq!(registered.algorithm, -7);
    assert!(registered.is_backup_eligible && registered.is_backed_up);
    let (challenge, unverified) = UNVERIFIED.registration();
    let refusal = site().register(&challenge, &unverified).unwrap_err();
    assert_eq!(refusal, Refusal::UserNotVerified);
    let (challenge, framed) = FRAMED.registration();
    let refusal = site().register(&challenge, &framed).unwrap_err();
    assert_eq!(refusal, Refusal::CrossOrigin);
}

#[test]
fn an_assertion_with_user_verification_is_accepted_and_others_are_not() {
    let (challenge, assertion) = SIGNED.assertion();
    let asserted = site()
        .verify(&challenge, &assertion, &SIGNED.passkey())
        .unwrap();
    assert_eq!((asserted.counter, asserted.is_backed_up), (0, false));
    let (challenge, unverified) = SIGNED_UNVERIFIED.assertion();
    let refused = site().verify(&challenge, &unverified, &SIGNED_UNVERIFIED.passkey());
    assert_eq!(refused, Err(Refusal::UserNotVerified));
}

#[test]
fn a_registration_with_any_byte_changed_is_refused() {
    let site = site();
    let (challenge, good) = SELF_ATTESTED.registration();
    let refuse = |registration: Registration, what: String| {
        assert!(site.register(&challenge, &registration).is_err(), "{what}");
    };
    with_each_byte_changed(&good.attestation, |attestation, what| {
        refuse(
            Registration {
                attestation,
                ..good.clone()
            },
            format!("attestation: {what}"),
        );
    });
    with_each_byte_changed(&good.client_data, |client_data, what| {
        refuse(
            Registration {
                client_data,
                ..good.clone()
            },
            format!("client data: {what}"),
        );
    });
    with_each_byte_changed(&good.credential_id, |credential_id, what| {
        refuse(
            Registration {
                credential_id,
                ..good.clone()
            },
            format!("id: {what}"),
        );
    });
    with_each_byte_changed(&challenge, |challenge, what| {
        assert!(
            site.register(&challenge, &good).is_err(),
            "challenge: {what}"
        );
    });
}

/// What is not verified signs everybody in (CVE-2026-126952).
#[test]
fn an_assertion_with_any_byte_changed_is_refused() {
    let site = site();
    let (challenge, good) = SIGNED.assertion();
    let passkey = SIGNED.passkey();
    let refuse = |assertion: Assertion, what: String| {
        assert!(
            site.verify(&challenge, &assertion, &passkey).is_err(),
            "{what}"
        );
    };
    with_each_byte_changed(&good.authenticator_data, |authenticator_data, what| {
        refuse(
            Assertion {
                authenticator_data,
                ..good.clone()
            },
            format!("data: {what}"),
        );
    });
    with_each_byte_changed(&good.client_data, |client_data, what| {
        refuse(
            Assertion {
                client_data,
                ..good.clone()
            },
            format!("client data: {what}"),
        );
    });
    with_each_byte_changed(&good.signature, |signature, what| {
        refuse(
            Assertion {
                signature,
                ..good.clone()
            },
            format!("signature: {what}"),
        );
    });
    with_each_byte_changed(&good.credential_id, |credential_id, what| {
        refuse(
            Assertion {
                credential_id,
                ..good.clone()
            },
            format!("id: {what}"),
        );
    });
    with_each_byte_changed(&challenge, |challenge, what| {
        assert!(
            site.verify(&challenge, &good, &passkey).is_err(),
            "challenge: {what}"
        );
    });
    // The key but its labels, which CBOR may write in several ways.
    with_each_byte_changed(&passkey.public_key[10..42], |x, what| {
        let mut other = passkey.clone();
        if let Some(place) = other
            .public_key
            .get_mut(10..10 + x.len())
            .filter(|_| x.len() == 32)
        {
            place.copy_from_slice(&x);
            assert!(
                site.verify(&challenge, &good, &other).is_err(),
                "key: {what}"
            );
        }
    });
}
