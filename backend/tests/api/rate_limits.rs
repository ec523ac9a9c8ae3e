//! Rate limits per client. The limiter uses real time, so each bound allows for what refills while
//! the test runs. Unit tests beside the limiter check exact rates.

use std::time::Instant;

use insta::{assert_debug_snapshot, assert_snapshot};
use latchkey::api;
use latchkey::features::users::domain::Role;
use serde_json::Value;

use crate::support::{Client, PASSWORD, Service};

const REAL: [(&str, &str); 4] = [
    ("RATE_LIMIT_GENERAL_PER_SECOND", "50"),
    ("RATE_LIMIT_GENERAL_BURST", "100"),
    ("RATE_LIMIT_AUTH_PER_SECOND", "1"),
    ("RATE_LIMIT_AUTH_BURST", "5"),
];

/// Small and slow, so that nothing refills during a test.
const SMALL: [(&str, &str); 4] = [
    ("RATE_LIMIT_GENERAL_PER_SECOND", "1"),
    ("RATE_LIMIT_GENERAL_BURST", "1"),
    ("RATE_LIMIT_AUTH_PER_SECOND", "1"),
    ("RATE_LIMIT_AUTH_BURST", "1"),
];

/// The same for the auth tier alone.
const SMALL_AUTH: [(&str, &str); 2] = [
    ("RATE_LIMIT_AUTH_PER_SECOND", "1"),
    ("RATE_LIMIT_AUTH_BURST", "1"),
];

const LOGOUT: &str = "/api/v1/auth/logout";
const REFRESH: &str = "/api/v1/auth/refresh";

#[tokio::test]
async fn the_general_tier_lets_a_burst_of_100_through() {
    let service = Service::with(&REAL);
    let page = service.anonymous();
    let began = Instant::now();
    let mut passed = 0.0;
    let refusal = loop {
        let answer = page.fetch_csrf_token().await;
        if answer.status != 200 {
            break answer;
        }
        passed += 1.0;
    };
    let most = 100.0 + began.elapsed().as_secs_f64() * 50.0;
    assert!((100.0..=most).contains(&passed), "{passed} of {most}");
    assert_snapshot!(refusal, @r#"
    429 Too Many Requests
    {
      "action": "wait",
      "code": "rate_limited",
      "detail": "Too many requests. Wait for the seconds in Retry-After.",
      "request_id": "[request_id]",
      "status": 429,
      "title": "Too Many Requests",
      "type": "about:blank"
    }
    "#);
    assert_eq!(refusal.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn the_auth_tier_lets_a_burst_of_5_through() {
    let service = Service::with(&REAL);
    let app = service.native();
    let began = Instant::now();
    let mut passed = 0.0;
    let refusal = loop {
        let answer = app.post(LOGOUT, Value::Null).await;
        if answer.status != 204 {
            break answer;
        }
        passed += 1.0;
    };
    let most = 5.0 + began.elapsed().as_secs_f64();
    assert!((5.0..=most).contains(&passed), "{passed} of {most}");
    refusal.assert_problem("rate_limited");
    assert_eq!(refusal.header("retry-after"), Some("1"));
    assert_eq!(app.fetch_csrf_token().await.status, 200, "the other tier");
}

#[tokio::test]
async fn every_route_that_takes_secrets_is_in_the_auth_tier() {
    let paths = api::routes().auth.into_openapi().paths.paths;
    let paths: Vec<_> = paths.into_keys().collect();
    assert_debug_snapshot!(paths, @r#"
    [
        "/api/v1/auth/enrolment/code",
        "/api/v1/auth/enrolment/prove",
        "/api/v1/auth/enrolment/totp",
        "/api/v1/auth/enrolment/totp/confirm",
        "/api/v1/auth/factors/recovery-codes",
        "/api/v1/auth/factors/totp",
        "/api/v1/auth/factors/totp/confirm",
        "/api/v1/auth/forgot",
        "/api/v1/auth/login",
        "/api/v1/auth/passkey",
        "/api/v1/auth/resend",
        "/api/v1/auth/reset",
        "/api/v1/auth/second-factor",
        "/api/v1/auth/step-up",
        "/api/v1/auth/undo",
        "/api/v1/users",
        "/api/v1/users/verify",
    ]
    "#);
    for path in paths.iter().map(String::as_str).chain([LOGOUT, REFRESH]) {
        let service = Service::with(&SMALL_AUTH);
        let app = service.native();
        let answers = [
            app.post(path, Value::Null).await,
            app.post(path, Value::Null).await,
        ];
        assert_ne!(answers[0].status, 429, "{path}");
        assert_eq!(answers[1].status, 429, "{path}");
        assert_eq!(app.fetch_csrf_token().await.status, 200, "the other tier");
    }
}

/// Uses up the general tier.
async fn exhaust(client: &Client) {
    while client.fetch_csrf_token().await.status == 200 {}
}

async fn is_limited(client: &Client) -> bool {
    client.fetch_csrf_token().await.status == 429
}

#[tokio::test]
async fn each_address_has_a_limit_of_its_own() {
    let service = Service::with(&SMALL);
    let one = service.anonymous().at("203.0.113.1");
    exhaust(&one).await;
    assert!(!is_limited(&service.anonymous().at("203.0.113.2")).await);
    let mapped = service.anonymous().at("::ffff:203.0.113.1");
    exhaust(&one).await;
    assert!(is_limited(&mapped).await);
}

#[tokio::test]
async fn an_ipv6_network_of_64_bits_has_one_limit() {
    let service = Service::with(&SMALL);
    exhaust(&service.anonymous().at("2001:db8:1:2::1")).await;
    assert!(is_limited(&service.anonymous().at("2001:db8:1:2:ffff::2")).await);
    assert!(!is_limited(&service.anonymous().at("2001:db8:1:3::1")).await);
}

#[tokio::test]
async fn a_client_cannot_forge_its_address() {
    let service = Service::with(&SMALL);
    let page = service.anonymous().at("203.0.113.1");
    exhaust(&page).await;
    let forged = [
        ("x-forwarded-for", "198.51.100.1"),
        ("forwarded", "for=198.51.100.2"),
        ("x-real-ip", "198.51.100.3"),
    ];
    for (name, value) in forged {
        assert!(is_limited(&page.copy().with(name, value)).await, "{name}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_its_clients_have_a_limit_each() {
    let mut settings = SMALL.to_vec();
    settings.push(("TRUSTED_PROXIES", "10.0.0.0/8"));
    let service = Service::with(&settings);
    let proxied = |forwarded| {
        service
            .anonymous()
            .at("10.0.0.1")
            .with("x-forwarded-for", forwarded)
    };
    exhaust(&proxied("198.51.100.1")).await;
    assert!(is_limited(&proxied("198.51.100.1")).await);
    assert!(is_limited(&proxied("6.6.6.6, 198.51.100.1, 10.9.9.9")).await);
    assert!(!is_limited(&proxied("198.51.100.2")).await);
}

#[tokio::test]
async fn preflights_and_probes_are_not_counted() {
    let service = Service::with(&SMALL);
    let page = service.anonymous();
    exhaust(&page).await;
    for _ in 0..10 {
        assert_eq!(page.get("/health/live").await.status, 200);
        assert_eq!(page.get("/health/ready").await.status, 200);
        assert_eq!(page.get("/").await.status, 200);
    }
    let preflight = service
        .anonymous()
        .with("origin", "http://localhost:8081")
        .with("access-control-request-method", "GET");
    for _ in 0..10 {
        let answer = preflight
            .send(axum::http::Method::OPTIONS, "/api/v1/csrf", &Value::Null)
            .await;
        assert_eq!(answer.status, 200);
    }
    assert!(is_limited(&page).await);
}

#[tokio::test]
async fn a_checked_password_counts_in_the_auth_tier() {
    let service = Service::with(&[
        ("RATE_LIMIT_AUTH_PER_SECOND", "1"),
        ("RATE_LIMIT_AUTH_BURST", "2"),
    ]);
    let ada = service.user("ada@example.com").await;
    let change = serde_json::json!({"email": "a@example.com", "current_password": "wrong"});
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(ada.put("/api/v1/users/1", change.clone()).await.code());
    }
    assert!(codes.contains(&"rate_limited".to_owned()), "{codes:?}");
    assert_eq!(
        ada.put("/api/v1/users/1", serde_json::json!({}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn zero_turns_a_tier_off() {
    let service = Service::with(&[
        ("RATE_LIMIT_AUTH_PER_SECOND", "0"),
        ("RATE_LIMIT_AUTH_BURST", "1"),
    ]);
    let app = service.native();
    for _ in 0..20 {
        let answer = app.log_in("nobody@example.com", PASSWORD).await;
        assert!(answer.status == 401 || answer.code() == "rate_limited");
        assert_eq!(app.post(LOGOUT, Value::Null).await.status, 204);
    }
}

#[tokio::test]
async fn an_office_behind_one_address_refreshes_whatever_a_stranger_there_sends() {
    let service = Service::with(&[
        ("RATE_LIMIT_GENERAL_PER_SECOND", "0"),
        ("RATE_LIMIT_AUTH_PER_SECOND", "1"),
        ("RATE_LIMIT_AUTH_BURST", "5"),
    ]);
    let mut office = Vec::new();
    for network in 0..24 {
        let email = format!("user{network}@example.com");
        service.account(&email, Role::User).await;
        for host in 1..=30 {
            // Signs in elsewhere, so that the sign-in is not what is limited.
            let client = service.native().at(&format!("10.0.{network}.{host}"));
            assert_eq!(client.log_in(&email, PASSWORD).await.status, 200);
            office.push(client.at("203.0.113.1"));
        }
    }
    let stranger = service.native().at("203.0.113.1");
    let garbage = serde_json::json!({"refresh_token": "made up"});
    let mut refused = 0;
    for client in &office {
        let answer = stranger.post(REFRESH, garbage.clone()).await;
        refused += u32::from(answer.code() == "rate_limited");
        let answer = client.refresh().await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    assert!(refused > 0, "garbage is counted by address");
}

#[tokio::test]
async fn a_session_that_refreshes_too_often_is_limited_alone() {
    let service = Service::with(&SMALL_AUTH);
    for email in ["ada@example.com", "bob@example.com"] {
        service.account(email, Role::User).await;
    }
    let (thief, owner) = (
        service.native().at("10.0.0.1"),
        service.native().at("10.0.0.2"),
    );
    for (client, email) in [(&thief, "ada@example.com"), (&owner, "bob@example.com")] {
        assert_eq!(client.log_in(email, PASSWORD).await.status, 200);
    }
    let thief = thief.at("203.0.113.1");
    let began = Instant::now();
    let mut passed = 0.0;
    let refusal = loop {
        let answer = thief.refresh().await;
        if answer.status != 200 {
            break answer;
        }
        passed += 1.0;
    };
    refusal.assert_problem("rate_limited");
    assert!(passed <= 1.0 + began.elapsed().as_secs_f64(), "{passed}");
    let owner = owner.at("203.0.113.1");
    assert_eq!(owner.refresh().await.status, 200);
    assert_eq!(
        service
            .native()
            .at("203.0.113.1")
            .log_in("bob@example.com", PASSWORD)
            .await
            .status,
        200
    );
}
