//! The cookies of the web transport, to the letter.

use axum::body::Body;
use axum::http::Request;
use insta::assert_debug_snapshot;
use latchkey::features::users::domain::Role;

use crate::support::{PASSWORD, Service};

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
        "__Secure-refresh_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/api/v1/auth; Max-Age=604800",
        "__Host-csrf_token=[token]; HttpOnly; SameSite=Strict; Secure; Path=/",
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
        "__Secure-refresh_token=; HttpOnly; SameSite=Strict; Secure; Path=/api/v1/auth; Max-Age=0",
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
