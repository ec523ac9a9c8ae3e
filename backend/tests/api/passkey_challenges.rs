//! Challenges: each is answered once, in time, and by the ceremony that it is for.

use latchkey::features::passkeys::application::{
    AssertionError, assertion_options, verify_assertion,
};
use latchkey::features::passkeys::domain::{Ceremony, Refusal};
use latchkey::process::delete_old_rows;
use latchkey::security::random;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::support::Service;
use crate::support::authenticator::encode;
use crate::support::ceremonies::{Owner, assert_refused};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

fn start() -> Service {
    Service::with(&[("PUBLIC_URL", "https://example.com")])
}

type Spoiler = fn(&mut Value);

#[tokio::test]
async fn answers_that_are_no_credential_are_refused_and_use_up_the_challenge() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (authenticator, _) = ada.with_passkey(&service).await;
    let spoilers: [(&str, Spoiler, Refusal); 8] = [
        ("nothing", |it| *it = Value::Null, Refusal::Malformed),
        (
            "no response",
            |it| it["response"] = Value::Null,
            Refusal::Malformed,
        ),
        (
            "a number",
            |it| it["response"]["signature"] = 1.into(),
            Refusal::Malformed,
        ),
        (
            "no base64url",
            |it| it["response"]["signature"] = "+/+/".into(),
            Refusal::Malformed,
        ),
        (
            "another type",
            |it| it["type"] = "password".into(),
            Refusal::Malformed,
        ),
        (
            "another id",
            |it| it["id"] = encode(&[1; 32]).into(),
            Refusal::IdsDiffer,
        ),
        (
            "short data",
            |it| it["response"]["authenticatorData"] = encode(&[1; 36]).into(),
            Refusal::Malformed,
        ),
        (
            "client data that are no JSON",
            |it| it["response"]["clientDataJSON"] = encode(b"{").into(),
            Refusal::Malformed,
        ),
    ];
    let ceremony = Ceremony::sign_in();
    for (what, spoil, expected) in spoilers {
        let offer = assertion_options(&service.app, ceremony).await.unwrap();
        let good = authenticator.get(&offer.options);
        let mut spoilt = good.clone();
        spoil(&mut spoilt);
        let result = verify_assertion(&service.app, ceremony, offer.flow, &spoilt).await;
        assert_refused(result, &expected, what);
        let again = verify_assertion(&service.app, ceremony, offer.flow, &good).await;
        assert!(
            matches!(again, Err(AssertionError::Expired)),
            "{what}: {again:?}"
        );
    }
}

#[tokio::test]
async fn of_a_thousand_answers_to_one_challenge_one_is_accepted() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (authenticator, _) = ada.with_passkey(&service).await;
    let ceremony = Ceremony::sign_in();
    let offer = assertion_options(&service.app, ceremony).await.unwrap();
    let credential = authenticator.get(&offer.options);
    let mut answers = JoinSet::new();
    for _ in 0..1000 {
        let (app, credential) = (service.app.clone(), credential.clone());
        answers
            .spawn(async move { verify_assertion(&app, ceremony, offer.flow, &credential).await });
    }
    let results = answers.join_all().await;
    let accepted = results.iter().filter(|result| result.is_ok()).count();
    let expired = |result: &&Result<_, _>| matches!(result, Err(AssertionError::Expired));
    assert_eq!((accepted, results.iter().filter(expired).count()), (1, 999));
}

#[tokio::test]
async fn a_challenge_is_worth_nothing_after_five_minutes() {
    let service = start();
    let ada = Owner::new(&service, ADA).await;
    let (authenticator, _) = ada.with_passkey(&service).await;
    for (seconds, is_good) in [(299, true), (301, false)] {
        let ceremony = Ceremony::sign_in();
        let offer = assertion_options(&service.app, ceremony).await.unwrap();
        let credential = authenticator.get(&offer.options);
        service.advance(seconds);
        let result = verify_assertion(&service.app, ceremony, offer.flow, &credential).await;
        assert_eq!(result.is_ok(), is_good, "{seconds}: {result:?}");
    }
    let left = "SELECT count(*) FROM passkey_challenges";
    assert_eq!(service.database(|it| it.text(left)), "1");
    assert_eq!(delete_old_rows(&service.app).await.unwrap(), 1);
    assert_eq!(service.database(|it| it.text(left)), "0");
}

#[tokio::test]
async fn a_challenge_serves_only_its_own_ceremony_and_survives_the_others() {
    let service = start();
    let (ada, bob) = (
        Owner::new(&service, ADA).await,
        Owner::new(&service, BOB).await,
    );
    let (authenticator, _) = ada.with_passkey(&service).await;
    bob.with_passkey(&service).await;
    let own = ada.step_up();
    let offer = assertion_options(&service.app, own).await.unwrap();
    let credential = authenticator.get(&offer.options);
    for (what, other) in [
        ("a sign-in", Ceremony::sign_in()),
        (
            "another purpose",
            Ceremony::second_factor(ada.user.id, ada.session),
        ),
        ("a registration", ada.registration()),
        (
            "another session",
            Ceremony::step_up(ada.user.id, random::uuid()),
        ),
        (
            "another account",
            Ceremony::step_up(bob.user.id, ada.session),
        ),
    ] {
        let result = verify_assertion(&service.app, other, offer.flow, &credential).await;
        assert!(
            matches!(result, Err(AssertionError::Expired)),
            "{what}: {result:?}"
        );
    }
    let result = verify_assertion(&service.app, own, offer.flow, &credential).await;
    assert_eq!(result.unwrap().user_id, ada.user.id);
}
