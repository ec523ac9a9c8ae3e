//! The exact cookies of the web transport.

use axum::body::Body;
use axum::http::Request;
use insta::assert_debug_snapshot;
use latchkey::features::users::domain::Role;

use crate::support::{Answer, Client, PASSWORD, Service};

#[tokio::test]
async fn a_page_gets_its_tokens_in_cookies_that_no_script_reads() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let page = service.anonymous();
    assert_debug_snapshot!(page.fetch_csrf_token().await.cookies(), @r#"
    [
        "csrf_token=[token]; HttpOnly; SameSite=Strict; Path=/",
    ]
    "#);
    assert_debug_snapshot!(page.log_in("ada@example.com", PASSWORD).await.cookies(), @r#"
    [
        "access_token=[token]; HttpOnly; SameSite=Strict; Path=/; Max-Age=900",
        "refresh_token=[token]; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=604800",
        "csrf_token=[token]; HttpOnly; SameSite=Strict; Path=/",
        "device=[token]; HttpOnly; SameSite=Strict; Path=/; Max-Age=34560000",
    ]
    "#);
    assert_debug_snapshot!(page.refresh().await.cookies(), @r#"
    [
        "access_token=[token]; HttpOnly; SameSite=Strict; Path=/; Max-Age=900",
        "refresh_token=[token]; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=604800",
    ]
    "#);
    let answer = page
        .post("/api/v1/auth/logout", serde_json::Value::Null)
        .await;
    assert_debug_snapshot!(answer.cookies(), @r#"
    [
        "access_token=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0",
        "refresh_token=; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=0",
        "csrf_token=[token]; HttpOnly; SameSite=Strict; Path=/",
    ]
    "#);
}

#[tokio::test]
async fn secure_cookies_have_prefixed_names() {
    let service = Service::with(&[("COOKIE_SECURE", "true")]);
    service.account("ada@example.com", Role::User).await;
    let page = service.anonymous();
    assert_debug_snapshot!(page.fetch_csrf_token().await.cookies(), @r#"
    [
        "__Host-csrf_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/",
    ]
    "#);
    assert_debug_snapshot!(page.log_in("ada@example.com", PASSWORD).await.cookies(), @r#"
    [
        "__Host-access_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=900",
        "__Host-refresh_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=604800",
        "__Host-csrf_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/",
        "__Host-device=[token]; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=34560000",
    ]
    "#);
    assert_eq!(page.get("/api/v1/users/me").await.status, 200);
    assert_eq!(page.refresh().await.status, 200);
    let answer = page
        .post("/api/v1/auth/logout", serde_json::Value::Null)
        .await;
    assert_debug_snapshot!(answer.cookies(), @r#"
    [
        "__Host-access_token=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0",
        "__Host-refresh_token=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0",
        "__Host-csrf_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/",
    ]
    "#);
}

#[tokio::test]
async fn a_secure_service_does_not_read_cookies_without_the_prefix() {
    let service = Service::with(&[("COOKIE_SECURE", "true")]);
    service.account("ada@example.com", Role::User).await;
    let page = service.browser().await;
    page.log_in("ada@example.com", PASSWORD).await;
    let token = page.cookie("__Host-access_token").unwrap();
    page.remove_cookie("__Host-access_token");
    page.set_cookie("access_token", &token);
    page.get("/api/v1/users/me")
        .await
        .assert_problem("access_token_missing");
}

#[tokio::test]
async fn cookies_of_other_programs_neither_hide_nor_imitate_ours() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    let token = page.cookie("access_token").unwrap();
    let ask = async |before: &[u8]| {
        let cookies = [before, b"access_token=", token.as_bytes()].concat();
        let request = Request::get("/api/v1/users/me").header("cookie", cookies);
        page.send_request(request.body(Body::empty()).unwrap())
            .await
            .status
            .as_u16()
    };
    assert_eq!(ask("city=Köln; ".as_bytes()).await, 200);
    assert_eq!(ask(b"city=K\xf6ln; =; ;\t").await, 200);
    assert_eq!(ask("\u{2000}".as_bytes()).await, 401);
    assert_eq!(ask(b"not_the_").await, 401);
}

#[tokio::test]
async fn same_site_can_be_set() {
    let lax = Service::with(&[("COOKIE_SAMESITE", "lax")]);
    let none = Service::with(&[("COOKIE_SAMESITE", "none"), ("COOKIE_SECURE", "true")]);
    let mut cookies = lax.anonymous().fetch_csrf_token().await.cookies();
    cookies.extend(none.anonymous().fetch_csrf_token().await.cookies());
    assert_debug_snapshot!(cookies, @r#"
    [
        "csrf_token=[token]; HttpOnly; SameSite=Lax; Path=/",
        "__Host-csrf_token=[token]; HttpOnly; SameSite=None; Secure; Path=/",
    ]
    "#);
}

#[tokio::test]
async fn a_native_client_is_given_no_cookie_and_its_cookies_are_ignored() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    let app = service.native();
    for name in ["access_token", "csrf_token"] {
        app.set_cookie(name, &page.cookie(name).unwrap());
    }
    app.get("/api/v1/users/me")
        .await
        .assert_problem("access_token_missing");
    assert_eq!(app.fetch_csrf_token().await.status, 200);
    app.refresh().await.assert_problem("refresh_token_missing");
    assert_eq!(app.log_in("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(app.get("/api/v1/users/me").await.status, 200);
    assert_eq!(app.refresh().await.status, 200);
    assert_eq!(
        app.post("/api/v1/auth/logout", serde_json::Value::Null)
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn the_token_cookies_live_as_long_as_the_tokens() {
    let service = Service::with(&[
        ("ACCESS_TOKEN_TTL_SECONDS", "60"),
        ("REFRESH_TOKEN_TTL_SECONDS", "1000"),
        ("SESSION_MAX_AGE_SECONDS", "1500"),
    ]);
    let page = service.browser_user("ada@example.com").await;
    service.advance(900);
    let cookies = page.refresh().await.cookies();
    let seconds = |cookie: &str| {
        cookie
            .rsplit_once("Max-Age=")
            .unwrap()
            .1
            .parse::<i64>()
            .unwrap()
    };
    assert_eq!(seconds(&cookies[0]), 60);
    assert!((590..=600).contains(&seconds(&cookies[1])), "{cookies:?}");
}

/// Cookies that another program on the host may have set, whatever their name.
const FOREIGN: [&[u8]; 7] = [
    b"x",
    b"a.b.c",
    // A token of another service, signed with another key.
    b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    b"\"quoted\"",
    b"K\xf6ln",
    "K\u{f6}ln".as_bytes(),
    &[b'x'; 8000],
];

/// Sends one request with a `Cookie` header of these pairs.
async fn send_with(page: &Client, method: &str, path: &str, pairs: &[(&str, &[u8])]) -> Answer {
    let cookies: Vec<_> = pairs
        .iter()
        .map(|(name, value)| [name.as_bytes(), b"=", value].concat())
        .collect();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", cookies.join(&b"; "[..]));
    page.send_request(request.body(Body::empty()).unwrap())
        .await
}

#[tokio::test]
async fn of_several_access_cookies_the_one_that_verifies_counts() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    let own = page.cookie("access_token").unwrap();
    let own = ("access_token", own.as_bytes());
    for value in FOREIGN {
        let foreign = ("access_token", value);
        for pairs in [
            &[foreign, own][..],
            &[own, foreign],
            &[foreign, own, foreign],
        ] {
            let answer = send_with(&page, "GET", "/api/v1/users/me", pairs).await;
            assert_eq!(answer.status, 200, "{}", value.escape_ascii());
        }
        let answer = send_with(&page, "GET", "/api/v1/users/me", &[foreign]).await;
        assert_eq!(
            answer.json()["action"],
            "refresh",
            "{}",
            value.escape_ascii()
        );
    }
}

#[tokio::test]
async fn of_several_refresh_cookies_the_one_that_verifies_counts() {
    let service = Service::start();
    for (turn, value) in FOREIGN.into_iter().enumerate() {
        let email = format!("ada{turn}@example.com");
        let page = service.browser_user(&email).await;
        let foreign = ("refresh_token", value);
        let csrf = page.cookie("csrf_token").unwrap();
        let csrf = ("csrf_token", csrf.as_bytes());
        let path = "/api/v1/auth/refresh";
        let alone = send_with(&page, "POST", path, &[csrf, foreign]).await;
        assert_eq!(alone.status, 401, "{}", value.escape_ascii());
        assert_eq!(alone.cookies(), [""; 0], "ours would be cleared");
        for is_first in [true, false] {
            let own = page.cookie("refresh_token").unwrap();
            let mut pairs = [csrf, ("refresh_token", own.as_bytes()), foreign];
            if is_first {
                pairs.swap(1, 2);
            }
            let answer = send_with(&page, "POST", path, &pairs).await;
            assert_eq!(answer.json()["user"]["email"], email, "{answer}");
        }
        let own = page.cookie("refresh_token").unwrap();
        let pairs = [csrf, foreign, ("refresh_token", own.as_bytes())];
        let copy = page.copy();
        let answer = send_with(&page, "POST", "/api/v1/auth/logout", &pairs).await;
        assert_eq!(answer.status, 204);
        copy.refresh().await.assert_problem("session_revoked");
    }
}

#[tokio::test]
async fn of_several_csrf_cookies_the_one_that_verifies_counts() {
    let service = Service::start();
    let page = service.browser().await;
    let own = page.cookie("csrf_token").unwrap();
    let own = ("csrf_token", own.as_bytes());
    for value in FOREIGN {
        let foreign = ("csrf_token", value);
        for pairs in [[foreign, own], [own, foreign]] {
            let answer = send_with(&page.copy(), "POST", "/api/v1/auth/logout", &pairs).await;
            assert_eq!(answer.status, 204, "{}", value.escape_ascii());
        }
        let answer = send_with(&page, "POST", "/api/v1/auth/logout", &[foreign]).await;
        answer.assert_problem("csrf_failed");
    }
}

#[tokio::test]
async fn another_programs_access_cookie_does_not_bar_a_bearer_token() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    let token = page.cookie("access_token").unwrap();
    let program = service
        .anonymous()
        .with("authorization", &format!("Bearer {token}"));
    for value in FOREIGN {
        let pairs = [("access_token", value)];
        let answer = send_with(&program, "GET", "/api/v1/users/me", &pairs).await;
        assert_eq!(answer.status, 200, "{}", value.escape_ascii());
    }
    let pairs = [
        ("access_token", &b"x"[..]),
        ("access_token", token.as_bytes()),
    ];
    send_with(&program, "GET", "/api/v1/users/me", &pairs)
        .await
        .assert_problem("ambiguous_credentials");
}
