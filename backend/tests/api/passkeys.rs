//! Passkeys, with an authenticator in software that can send whatever no honest one would.

use chrono::{DateTime, Utc};
use ciborium::Value as Cbor;
use latchkey::db::{DbError, time};
use latchkey::features::audit::domain::Cause;
use latchkey::features::passkeys::application::{
    AssertionError, NotAdded, OfferError, RegisterError, Verified, accepted, assertion_options,
    check_rp_id, end_all, record_use, registration_options, remove, rename,
};
use latchkey::features::passkeys::domain::{Ceremony, Name, Passkey, Refusal, Summary};
use serde_json::json;

use crate::support::Service;
use crate::support::authenticator::{
    Algorithm, Authenticator, BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED, decode, encode,
};
use crate::support::ceremonies::{Failed, Owner, answer, assert_refused, register};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

fn start() -> Service {
    Service::with(&[("PUBLIC_URL", "https://example.com")])
}

/// Records a use, as the transaction of a sign-in does.
async fn record(service: &Service, verified: Verified) -> Option<Passkey> {
    let clock = service.clock.clone();
    let recorded = service.app.db.transaction(move |conn| {
        let now = time::now(conn, &clock)?;
        Ok::<_, DbError>(record_use(conn, &verified, &Cause::default(), now)?)
    });
    recorded.await.unwrap()
}

async fn now(service: &Service) -> DateTime<Utc> {
    let clock = service.clock.clone();
    let now = service.app.db.read(move |conn| time::now(conn, &clock));
    now.await.unwrap()
}

fn count_events(service: &Service, kind: &str) -> String {
    let query = format!("SELECT count(*) FROM audit_events WHERE kind = '{kind}'");
    service.database(|it| it.text(&query))
}

#[tokio::test]
async fn passkeys_of_each_algorithm_register_and_sign_in() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let mut authenticator = Authenticator::new(algorithm);
        let passkey = ada.add(&service, &mut authenticator).await.unwrap();
        assert!(passkey.is_backup_eligible && passkey.is_backed_up);
        assert_eq!(passkey.transports, ["hybrid", "internal"], "the known ones");
        assert_eq!(passkey.name, "Passkey");
        let verified = answer(&service, Ceremony::sign_in(), &authenticator).await;
        let verified = verified.unwrap();
        assert_eq!(
            (verified.user_id, verified.passkey_id),
            (ada.user.id, passkey.id)
        );
        let used = record(&service, verified).await.unwrap();
        assert!(used.last_used_at.is_some() && used.counter_stalled_at.is_none());
        assert!(
            answer(&service, ada.step_up(), &authenticator)
                .await
                .is_ok()
        );
    }
    assert_eq!(count_events(&service, "passkey_added"), "3");
    assert_eq!(ada.list(&service).await.len(), 3);
}

#[tokio::test]
async fn options_ask_for_a_discoverable_credential_of_a_verified_user() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (authenticator, _) = ada.with_passkey(&service).await;
    let id = encode(&authenticator.credential_id);
    let own = json!([{"type": "public-key", "id": id, "transports": ["hybrid", "internal"]}]);
    let offer = registration_options(&service.app, ada.registration(), ADA).await;
    let options = offer.unwrap().options;
    assert_eq!(
        options["rp"],
        json!({"id": "example.com", "name": "Latchkey"})
    );
    let algorithms = options["pubKeyCredParams"].as_array().unwrap();
    let algorithms: Vec<_> = algorithms
        .iter()
        .map(|one| one["alg"].as_i64().unwrap())
        .collect();
    assert_eq!(algorithms, [-8, -7, -257]);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["timeout"], 300_000);
    assert_eq!(options["excludeCredentials"], own);
    let handle = decode(&options["user"]["id"]);
    assert_eq!(handle.len(), 64);
    assert_eq!(Some(handle), authenticator.user_handle, "the handle stays");
    assert_eq!(decode(&options["challenge"]).len(), 32);

    let anyone = assertion_options(&service.app, Ceremony::sign_in())
        .await
        .unwrap()
        .options;
    assert_eq!(anyone["allowCredentials"], json!([]));
    assert_eq!(anyone["userVerification"], "required");
    assert_eq!(anyone["rpId"], "example.com");
    let step_up = assertion_options(&service.app, ada.step_up())
        .await
        .unwrap()
        .options;
    assert_eq!(step_up["allowCredentials"], own);
    let bob = Owner::new(&service, BOB).await;
    let none = assertion_options(&service.app, bob.step_up()).await;
    assert!(matches!(none, Err(OfferError::NoPasskey)));
}

type Defect = fn(&mut Authenticator);

/// What is refused both at registration and at sign-in.
fn defects() -> Vec<(&'static str, Defect, Refusal)> {
    let origin = |text: &str| Refusal::WrongOrigin(text.into());
    vec![
        (
            "another origin",
            |it| it.origin = "https://evil.example".into(),
            origin("https://evil.example"),
        ),
        (
            // webauthn-rs and Kanidm 1.10 compared suffixes.
            "a look-alike origin",
            |it| it.origin = "https://badexample.com".into(),
            origin("https://badexample.com"),
        ),
        (
            "an origin below the domain",
            |it| it.origin = "https://sub.example.com".into(),
            origin("https://sub.example.com"),
        ),
        (
            "an origin of an app",
            |it| it.origin = "android:apk-key-hash:AAAA".into(),
            origin("android:apk-key-hash:AAAA"),
        ),
        (
            "another challenge",
            |it| it.challenge = Some(vec![7; 32]),
            Refusal::WrongChallenge,
        ),
        (
            "a shortened challenge",
            |it| it.challenge = Some(Vec::new()),
            Refusal::WrongChallenge,
        ),
        (
            "another domain",
            |it| it.rp_id = "example.net".into(),
            Refusal::WrongRpId,
        ),
        (
            "nobody present",
            |it| it.flags &= !PRESENT,
            Refusal::UserNotPresent,
        ),
        (
            "nobody verified",
            |it| it.flags &= !VERIFIED,
            Refusal::UserNotVerified,
        ),
        (
            "backed up without being eligible",
            |it| it.flags = PRESENT | VERIFIED | BACKED_UP,
            Refusal::IllegalBackup,
        ),
        (
            "a frame of another site",
            |it| it.more = json!({"crossOrigin": true}),
            Refusal::CrossOrigin,
        ),
        (
            "a frame that says so in a text",
            |it| it.more = json!({"crossOrigin": "true"}),
            Refusal::CrossOrigin,
        ),
        (
            "a frame that names the page around it",
            |it| it.more = json!({"topOrigin": "https://evil.example"}),
            Refusal::CrossOrigin,
        ),
        (
            "an unknown type",
            |it| it.kind = Some("payment.get"),
            Refusal::WrongType,
        ),
    ]
}

#[tokio::test]
async fn registrations_with_a_defect_are_refused() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let mut all = defects();
    let more: [(&str, Defect, Refusal); 11] = [
        (
            "the type of an assertion",
            |it| it.kind = Some("webauthn.get"),
            Refusal::WrongType,
        ),
        (
            "an id of 15 bytes",
            |it| it.credential_id = vec![1; 15],
            Refusal::IdLength(15),
        ),
        (
            "an id of 1,024 bytes",
            |it| it.credential_id = vec![1; 1024],
            Refusal::IdLength(1024),
        ),
        (
            "another id beside it",
            |it| it.claimed_id = Some(vec![1; 32]),
            Refusal::IdsDiffer,
        ),
        (
            "an unknown algorithm",
            |it| it.cose[1].1 = (-9).into(),
            Refusal::Algorithm,
        ),
        (
            "an algorithm that was not offered",
            |it| it.cose[1].1 = (-35).into(),
            Refusal::Algorithm,
        ),
        (
            "the algorithm of another key",
            |it| it.cose[1].1 = (-257).into(),
            Refusal::Key,
        ),
        (
            "a key off its curve",
            |it| it.cose[3].1 = Cbor::from(vec![2; 32]),
            Refusal::Key,
        ),
        (
            "a short coordinate",
            |it| it.cose[3].1 = Cbor::from(vec![2; 31]),
            Refusal::Key,
        ),
        (
            "a key without a coordinate",
            |it| drop(it.cose.pop()),
            Refusal::Key,
        ),
        (
            "an unknown attestation",
            |it| it.attestation = "apple",
            Refusal::Attestation,
        ),
    ];
    all.extend(more);
    for (what, spoil, expected) in all {
        let mut authenticator = Authenticator::new(Algorithm::Es256);
        spoil(&mut authenticator);
        match ada.add(&service, &mut authenticator).await {
            Err(Failed::Register(RegisterError::Refused(refusal))) => {
                assert_eq!(refusal, expected, "{what}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    let mut small = Authenticator::new(Algorithm::Rs256);
    small.cose[2].1 = Cbor::from(vec![0xc1; 128]);
    let refused = ada.add(&service, &mut small).await;
    assert!(
        matches!(
            refused,
            Err(Failed::Register(RegisterError::Refused(Refusal::Key)))
        ),
        "{refused:?}"
    );
    assert!(ada.list(&service).await.is_empty());
    for length in [16, 1023] {
        let mut authenticator = Authenticator::new(Algorithm::Es256);
        authenticator.credential_id = vec![9; length];
        ada.add(&service, &mut authenticator).await.unwrap();
    }
}

/// Zipline verified no assertion and signed everybody in (CVE-2026-126952).
#[tokio::test]
async fn assertions_with_a_defect_are_refused() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let mut all = defects();
    let more: [(&str, Defect, Refusal); 4] = [
        (
            "the type of a registration",
            |it| it.kind = Some("webauthn.create"),
            Refusal::WrongType,
        ),
        (
            "no longer eligible for backup",
            |it| it.flags &= !(BACKUP_ELIGIBLE | BACKED_UP),
            Refusal::BackupChanged,
        ),
        (
            "another handle",
            |it| it.user_handle = Some(vec![1; 64]),
            Refusal::WrongAccount,
        ),
        (
            "no handle",
            |it| it.user_handle = None,
            Refusal::WrongAccount,
        ),
    ];
    all.extend(more);
    for (what, spoil, expected) in all {
        let (mut authenticator, _) = ada.with_passkey(&service).await;
        spoil(&mut authenticator);
        let result = answer(&service, Ceremony::sign_in(), &authenticator).await;
        assert_refused(result, &expected, what);
    }
}

#[tokio::test]
async fn an_assertion_of_another_key_is_refused() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (authenticator, _) = ada.with_passkey(&service).await;
    let mut forger = Authenticator::new(Algorithm::Es256);
    forger
        .credential_id
        .clone_from(&authenticator.credential_id);
    forger.user_handle.clone_from(&authenticator.user_handle);
    let result = answer(&service, Ceremony::sign_in(), &forger).await;
    assert_refused(result, &Refusal::WrongSignature, "another key");
}

#[tokio::test]
async fn a_passkey_of_another_account_is_refused_but_not_called_unknown() {
    let service = start();
    let (ada, bob) = (
        Owner::new(&service, ADA).await,
        Owner::new(&service, BOB).await,
    );
    let (mut authenticator, passkey) = ada.with_passkey(&service).await;
    bob.with_passkey(&service).await;
    let result = answer(&service, bob.step_up(), &authenticator).await;
    assert_refused(result, &Refusal::WrongAccount, "ada's passkey for bob");
    // Whose it is may be left out once the ceremony says it, and not be wrong.
    authenticator.user_handle = None;
    assert!(
        answer(&service, ada.step_up(), &authenticator)
            .await
            .is_ok()
    );
    authenticator.user_handle = Some(vec![1; 64]);
    let result = answer(&service, ada.step_up(), &authenticator).await;
    assert_refused(result, &Refusal::WrongAccount, "another handle");

    // Only one that no account has may vanish from the device.
    let user_id = ada.user.id;
    let at = now(&service).await;
    let removed = service.app.db.transaction(move |conn| {
        let cause = Cause::default();
        Ok::<_, DbError>(remove(conn, user_id, passkey.id, None, &cause, at)?)
    });
    assert!(removed.await.unwrap());
    assert_eq!(count_events(&service, "passkey_removed"), "1");
    let result = answer(&service, Ceremony::sign_in(), &authenticator).await;
    assert!(
        matches!(result, Err(AssertionError::UnknownPasskey)),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_counter_that_does_not_rise_is_recorded_and_not_refused() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let mut authenticator = Authenticator::new(Algorithm::Es256);
    authenticator.flags = PRESENT | VERIFIED;
    authenticator.counter = 5;
    ada.add(&service, &mut authenticator).await.unwrap();
    for (counter, kept, stalls) in [
        (6, 6, "0"),
        (6, 6, "1"),
        (2, 6, "2"),
        (0, 6, "3"),
        (7, 7, "3"),
    ] {
        authenticator.counter = counter;
        let verified = answer(&service, Ceremony::sign_in(), &authenticator)
            .await
            .unwrap();
        let passkey = record(&service, verified).await.unwrap();
        assert_eq!(passkey.sign_count, kept, "after {counter}");
        assert_eq!(
            count_events(&service, "passkey_counter_stalled"),
            stalls,
            "after {counter}"
        );
    }
    let [passkey] = &ada.list(&service).await[..] else {
        panic!("one passkey");
    };
    assert!(passkey.counter_stalled_at < passkey.last_used_at);
}

#[tokio::test]
async fn a_passkey_that_is_removed_meanwhile_proves_nothing() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (authenticator, _) = ada.with_passkey(&service).await;
    let verified = answer(&service, Ceremony::sign_in(), &authenticator)
        .await
        .unwrap();
    let user_id = ada.user.id;
    let ended = service
        .app
        .db
        .transaction(move |conn| Ok::<_, DbError>(end_all(conn, user_id)?));
    ended.await.unwrap();
    assert!(record(&service, verified).await.is_none());
}

#[tokio::test]
async fn no_registration_that_began_before_a_reset_adds_a_passkey() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (mut authenticator, _) = ada.with_passkey(&service).await;
    let offer = registration_options(&service.app, ada.registration(), ADA)
        .await
        .unwrap();
    let mut fresh = Authenticator::new(Algorithm::Es256);
    let credential = fresh.create(&offer.options);
    let user_id = ada.user.id;
    let ended = service
        .app
        .db
        .transaction(move |conn| Ok::<_, DbError>(end_all(conn, user_id)?));
    ended.await.unwrap();
    let result = register(&service, ada.registration(), offer.flow, &credential).await;
    assert!(
        matches!(result, Err(Failed::Register(RegisterError::Expired))),
        "{result:?}"
    );
    assert!(ada.list(&service).await.is_empty());
    // The devices of before know another handle.
    let former = authenticator.user_handle.clone();
    ada.add(&service, &mut authenticator).await.unwrap();
    assert_ne!(authenticator.user_handle, former);
}

#[tokio::test]
async fn a_credential_is_registered_once_over_all_accounts() {
    let service = start();
    let (ada, bob) = (
        Owner::new(&service, ADA).await,
        Owner::new(&service, BOB).await,
    );
    let (mut authenticator, _) = ada.with_passkey(&service).await;
    for owner in [&ada, &bob] {
        let result = owner.add(&service, &mut authenticator).await;
        assert!(
            matches!(result, Err(Failed::NotAdded(NotAdded::Taken))),
            "{result:?}"
        );
    }
    assert_eq!(count_events(&service, "passkey_added"), "1");
}

#[tokio::test]
async fn an_account_has_at_most_fifty_passkeys() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let begun = registration_options(&service.app, ada.registration(), ADA)
        .await
        .unwrap();
    let credential = Authenticator::new(Algorithm::Es256).create(&begun.options);
    for _ in 0..50 {
        ada.with_passkey(&service).await;
    }
    let refused = registration_options(&service.app, ada.registration(), ADA).await;
    assert!(matches!(refused, Err(OfferError::TooMany)));
    let result = register(&service, ada.registration(), begun.flow, &credential).await;
    assert!(
        matches!(result, Err(Failed::NotAdded(NotAdded::TooMany))),
        "{result:?}"
    );
}

#[tokio::test]
async fn owners_rename_their_passkeys_and_devices_learn_which_remain() {
    let service = start();
    let (ada, bob) = (
        Owner::new(&service, ADA).await,
        Owner::new(&service, BOB).await,
    );
    let (authenticator, passkey) = ada.with_passkey(&service).await;
    for (owner, is_renamed) in [(&bob, false), (&ada, true)] {
        let (user_id, id) = (owner.user.id, passkey.id);
        let renamed = service.app.db.run(move |conn| {
            let name = Name::parse("Phone").unwrap();
            Ok::<_, DbError>(rename(conn, user_id, id, &name)?)
        });
        assert_eq!(renamed.await.unwrap().is_some(), is_renamed);
    }
    let listed = ada.list(&service).await.remove(0);
    let summary = serde_json::to_value(Summary::from(listed)).unwrap();
    assert_eq!(summary["name"], "Phone");
    assert_eq!(summary["is_backed_up"], true);
    let (app, user_id) = (service.app.clone(), ada.user.id);
    let accepted = service
        .app
        .db
        .read(move |conn| accepted(conn, &app, user_id));
    let accepted = serde_json::to_value(accepted.await.unwrap()).unwrap();
    let expected = json!({
        "rpId": "example.com",
        "userId": encode(&authenticator.user_handle.unwrap()),
        "allAcceptedCredentialIds": [encode(&authenticator.credential_id)],
    });
    assert_eq!(accepted, expected);
}

#[tokio::test]
async fn passkeys_of_another_domain_are_noticed() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    assert_eq!(check_rp_id(&service.app).await.unwrap(), None);
    ada.with_passkey(&service).await;
    assert_eq!(check_rp_id(&service.app).await.unwrap(), None);
    let moved = service.beside(&[("PUBLIC_URL", "https://example.org")]);
    let other = check_rp_id(&moved.app).await.unwrap();
    assert_eq!(other.as_deref(), Some("example.com"));
}
