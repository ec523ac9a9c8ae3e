//! Signing up with a proof of the address.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Client, MAIL, PASSWORD, Service, other_code};

const VERIFY: &str = "/api/v1/users/verify";
const ADA: &str = "ada@example.com";

async fn begin(client: &Client, email: &str) -> Value {
    let answer = client.register(email, PASSWORD).await;
    assert_eq!(answer.status, 202, "{answer}");
    answer.json()["flow"].clone()
}

async fn verify(client: &Client, flow: &Value, code: &str) -> Answer {
    client
        .post(VERIFY, json!({"flow": flow, "code": code}))
        .await
}

#[tokio::test]
async fn an_account_begins_when_its_address_is_proved() {
    let service = Service::with_mail();
    let page = service.browser().await;
    let answer = page.register("  Ada@Example.com ", PASSWORD).await;
    assert_snapshot!(answer, @r#"
    202 Accepted
    {
      "expires_in": 3600,
      "flow": "[flow]",
      "resend_in": 60
    }
    "#);
    assert_eq!(
        page.log_in(ADA, PASSWORD).await.code(),
        "invalid_credentials"
    );
    let mail = service.mail_to(ADA);
    assert_eq!(mail.kind, "sign_up");
    let signed_in = verify(&page, &answer.json()["flow"], &mail.code()).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    let user = &signed_in.json()["user"];
    assert_eq!(user["email"], ADA);
    assert!(user["email_verified_at"].is_string(), "{user}");
    assert_eq!(page.get("/api/v1/users/me").await.json(), *user);
    // Also with the password that was chosen before.
    let elsewhere = service.native();
    assert_eq!(elsewhere.log_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_app_signs_up_by_the_link_that_belongs_to_its_flow() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = begin(&app, ADA).await;
    let link = service.mail_to(ADA).link();
    let stranger = service.native();
    let foreign = begin(&stranger, "bob@example.com").await;
    let wrong = json!({"flow": foreign, "token": link});
    assert_eq!(stranger.post(VERIFY, wrong).await.code(), "proof_invalid");
    let right = json!({"flow": flow, "token": link, "device_name": "Ada's phone"});
    let answer = app.post(VERIFY, right.clone()).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert!(app.access_token().is_some() && app.device_token().is_some());
    assert_eq!(
        app.post(VERIFY, right).await.code(),
        "proof_invalid",
        "once"
    );
}

#[tokio::test]
async fn nobody_learns_at_sign_up_who_has_an_account() {
    let service = Service::with_mail();
    let _ada = service.user(ADA).await;
    let app = service.native();
    let (known, unknown) = (begin(&app, ADA).await, begin(&app, "new@example.com").await);
    assert_eq!(service.kinds_to(ADA), ["already_registered"]);
    assert_eq!(service.kinds_to("new@example.com"), ["sign_up"]);
    // Neither code is known to whoever asked, and wrong ones get the same answers.
    let code = other_code(&service.mail_to("new@example.com").code());
    for _ in 0..5 {
        for flow in [&known, &unknown] {
            assert_eq!(verify(&app, flow, &code).await.code(), "proof_invalid");
        }
    }
    for flow in [&known, &unknown] {
        assert_eq!(verify(&app, flow, &code).await.code(), "proof_expired");
        service.advance(61);
        let again = app.post("/api/v1/auth/resend", json!({"flow": flow})).await;
        assert_eq!(again.status, 202, "{again}");
    }
    assert_eq!(service.kinds_to(ADA), ["already_registered"]);
}

#[tokio::test]
async fn the_sixth_guess_fails_although_it_is_right() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = begin(&app, ADA).await;
    let code = service.mail_to(ADA).code();
    for guess in 0..5 {
        let app = app.copy().at(&format!("203.0.113.{guess}"));
        let answer = verify(&app, &flow, &other_code(&code)).await;
        assert_eq!(answer.code(), "proof_invalid");
    }
    assert_eq!(verify(&app, &flow, &code).await.code(), "proof_expired");
    // A new code has a budget of its own, and the old one stays dead.
    service.advance(61);
    app.post("/api/v1/auth/resend", json!({"flow": flow})).await;
    assert_eq!(verify(&app, &flow, &code).await.code(), "proof_invalid");
    let newest = service.mail_to(ADA).code();
    assert_eq!(verify(&app, &flow, &newest).await.status, 200);
}

#[tokio::test]
async fn the_last_two_codes_are_valid_under_one_budget() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = begin(&app, ADA).await;
    let mut codes = vec![service.mail_to(ADA).code()];
    for _ in 0..2 {
        let early = app.post("/api/v1/auth/resend", json!({"flow": flow})).await;
        assert_eq!(early.code(), "rate_limited");
        service.advance(61);
        app.post("/api/v1/auth/resend", json!({"flow": flow})).await;
        codes.push(service.mail_to(ADA).code());
    }
    assert_eq!(verify(&app, &flow, &codes[0]).await.code(), "proof_invalid");
    for _ in 0..3 {
        verify(&app, &flow, &codes[0]).await;
    }
    // Five tries in all: the fifth is right.
    assert_eq!(verify(&app, &flow, &codes[1]).await.status, 200);
}

#[tokio::test]
async fn a_code_lives_ten_minutes_from_when_the_mail_was_taken() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = begin(&app, ADA).await;
    let mail = service.mail_to(ADA);
    // The mail server was away for a while.
    service.advance(30 * 60);
    service.take(&mail);
    service.advance(9 * 60);
    let wrong = other_code(&mail.code());
    assert_eq!(verify(&app, &flow, &wrong).await.code(), "proof_invalid");
    service.advance(2 * 60);
    assert_eq!(
        verify(&app, &flow, &mail.code()).await.code(),
        "proof_expired"
    );
    // The link in the same mail lives for an hour.
    let by_link = json!({"flow": flow, "token": mail.link()});
    assert_eq!(app.copy().post(VERIFY, by_link).await.status, 200);
}

#[tokio::test]
async fn a_flow_lives_for_an_hour() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = begin(&app, ADA).await;
    let mail = service.mail_to(ADA);
    service.advance(3601);
    assert_eq!(
        verify(&app, &flow, &mail.code()).await.code(),
        "proof_expired"
    );
    let by_link = json!({"flow": flow, "token": mail.link()});
    assert_eq!(app.post(VERIFY, by_link).await.code(), "proof_expired");
    let again = app.post("/api/v1/auth/resend", json!({"flow": flow})).await;
    assert_eq!(again.code(), "proof_expired");
}

#[tokio::test]
async fn an_address_gets_five_mails_an_hour_known_or_not_and_a_live_proof_stays_alive() {
    let service = Service::with_mail();
    let _ada = service.user(ADA).await;
    let app = service.native();
    for email in [ADA, "new@example.com"] {
        let mut flows = Vec::new();
        for _ in 0..5 {
            flows.push(begin(&app, email).await);
        }
        let refused = app.register(email, PASSWORD).await;
        assert_eq!(refused.code(), "rate_limited", "{refused}");
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((3500..=3600).contains(&wait), "{wait}");
    }
    let flow = service.mail_to("new@example.com").proof.unwrap().0;
    let code = service.mail_to("new@example.com").code();
    assert_eq!(verify(&app, &json!(flow), &code).await.status, 200);
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_told_only_after_the_proof() {
    let service = Service::with_mail();
    let (one, two) = (service.native(), service.native());
    let (first, second) = (begin(&one, ADA).await, begin(&two, ADA).await);
    let mails = service.mails();
    let code = |flow: &Value| {
        let mail = mails
            .iter()
            .find(|mail| json!(mail.proof.unwrap().0) == *flow);
        mail.unwrap().code()
    };
    assert_eq!(verify(&one, &first, &code(&first)).await.status, 200);
    let wrong = other_code(&code(&second));
    assert_eq!(verify(&two, &second, &wrong).await.code(), "proof_invalid");
    assert_eq!(
        verify(&two, &second, &code(&second)).await.code(),
        "email_taken"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_parallel_uses_one_succeeds() {
    let service = Service::with_mail();
    let other = service.beside(&MAIL);
    let flow = begin(&service.native(), ADA).await;
    let mail = service.mail_to(ADA);
    let uses = (0..60).map(|number| {
        let app = if number % 2 == 0 {
            service.native()
        } else {
            other.native()
        };
        let by_code = json!({"flow": flow, "code": mail.code()});
        let by_link = json!({"flow": flow, "token": mail.link()});
        let body = if number % 3 == 0 { by_code } else { by_link };
        tokio::spawn(async move { app.post(VERIFY, body).await })
    });
    let mut succeeded = 0;
    for answer in uses.collect::<Vec<_>>() {
        succeeded += usize::from(answer.await.unwrap().status == 200);
    }
    assert_eq!(succeeded, 1);
    let accounts = "SELECT count(*) FROM users";
    assert_eq!(service.database(|it| it.text(accounts)), "1");
}

#[tokio::test]
async fn mails_are_in_the_language_that_the_reader_prefers() {
    let service = Service::with_mail();
    let app = service.native().with("accept-language", "de-AT, en;q=0.5");
    let flow = begin(&app, ADA).await;
    assert_eq!(service.mail_to(ADA).locale, "de");
    let answer = verify(&app, &flow, &service.mail_to(ADA).code()).await;
    assert_eq!(answer.json()["user"]["locale"], "de");
}

#[tokio::test]
async fn only_addresses_of_the_domains_that_may_register_do() {
    let domains = [
        MAIL[0],
        MAIL[1],
        ("SIGNUP_DOMAINS", "example.com, Bücher.example"),
    ];
    let service = Service::with(&domains);
    let app = service.native();
    for (email, status) in [
        (ADA, 202),
        ("ada@bücher.example", 202),
        ("ada@sub.example.com", 422),
        ("ada@notexample.com", 422),
    ] {
        assert_eq!(
            app.register(email, PASSWORD).await.status,
            status,
            "{email}"
        );
    }
    let admin = service.admin("root@else.example").await;
    assert_eq!(
        admin.register("bob@else.example", PASSWORD).await.status,
        201
    );
}

/// Registering at one of the domains is no way to an account at any other.
#[tokio::test]
async fn addresses_change_only_to_domains_that_may_register_but_for_administrators() {
    let domains = ("SIGNUP_DOMAINS", "example.com, example.org");
    for settings in [&[domains][..], &[MAIL[0], MAIL[1], domains]] {
        let service = Service::with(settings);
        let ada = service.user(ADA).await;
        let bob = service.user("bob@else.example").await;
        let admin = service.admin("root@else.example").await;
        let change = |email: &str| json!({"email": email, "current_password": PASSWORD});
        let refused = ada.put("/api/v1/users/1", change("ada@else.example")).await;
        refused.assert_problem("validation_failed");
        assert!(refused.json()["errors"]["email"].is_array(), "{refused}");
        let changed = ada.put("/api/v1/users/1", change("ada@example.org")).await;
        assert!(changed.status.is_success(), "{changed}");
        // What stands there already may stay, and be proved.
        let kept = bob.put("/api/v1/users/2", change("bob@else.example")).await;
        assert!(kept.status.is_success(), "{kept}");
        let other = bob.put("/api/v1/users/2", change("b@else.example")).await;
        other.assert_problem("validation_failed");
        for (id, email) in [(1, "a@any.example"), (3, "root@any.example")] {
            let path = format!("/api/v1/users/{id}");
            let answer = admin.put(&path, change(email)).await;
            assert!(answer.status.is_success(), "{answer}");
        }
        let body = json!({"email": "guest@any.example"});
        let invited = admin.post("/api/v1/users", body).await;
        let can_invite = settings.len() > 1;
        assert_eq!(invited.status == 201, can_invite, "{invited}");
    }
}

#[tokio::test]
async fn what_is_no_code_is_told_and_costs_no_attempt() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = begin(&app, ADA).await;
    for body in [
        json!({"flow": flow}),
        json!({"flow": flow, "code": "1234"}),
        json!({"flow": flow, "token": "1234"}),
        json!({"flow": flow, "code": "12345678", "token": "x"}),
    ] {
        assert_eq!(app.post(VERIFY, body).await.code(), "validation_failed");
    }
    let code = service.mail_to(ADA).code();
    let grouped = format!(" {} - {} ", &code[..4], &code[4..]);
    assert_eq!(verify(&app, &flow, &grouped).await.status, 200);
}

#[tokio::test]
async fn without_mail_nothing_of_it_is_offered() {
    let service = Service::start();
    let app = service.native();
    assert_snapshot!(app.get("/api/v1/config").await, @r#"
    200 OK
    {
      "brand": {
        "accent": null,
        "logo_url": null,
        "name": "Latchkey",
        "privacy_url": null,
        "support_url": null,
        "terms_url": null
      },
      "email_verification": "off",
      "languages": [
        "en",
        "de"
      ],
      "mail": false,
      "mailbox": false,
      "passkeys": true,
      "second_factor": "optional",
      "sign_up": true,
      "sign_up_domains": []
    }
    "#);
    assert_eq!(app.register(ADA, PASSWORD).await.status, 201);
    assert_eq!(app.register(ADA, PASSWORD).await.code(), "email_taken");
    let forgot = app.post("/api/v1/auth/forgot", json!({"email": ADA})).await;
    assert_eq!(forgot.code(), "not_found");
    assert_eq!(service.mails().len(), 0);
}

#[tokio::test]
async fn what_clients_may_offer_is_kept_for_a_minute() {
    let service = Service::with_mail();
    let answer = service.anonymous().get("/api/v1/config").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(answer.json()["email_verification"], "required");
}
