//! `POST /api/v1/auth/logout`, with every kind of token.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Service};

const LOGOUT: &str = "/api/v1/auth/logout";
const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn an_app_signs_out_with_its_bearer_token() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    assert_snapshot!(ada.post(LOGOUT, Value::Null).await, @"204 No Content");
    assert_snapshot!(ada.get(ME).await, @r#"
    401 Unauthorized
    {
      "action": "reauth",
      "code": "session_revoked",
      "detail": "This session was ended. Sign in again.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    assert_snapshot!(ada.refresh().await, @r#"
    401 Unauthorized
    {
      "action": "reauth",
      "code": "session_revoked",
      "detail": "This session was ended. Sign in again.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn an_app_signs_out_with_its_refresh_token() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let body = json!({"refresh_token": ada.refresh_token()});
    assert_eq!(service.native().post(LOGOUT, body).await.status, 204);
    ada.get(ME).await.assert_problem("session_revoked");
}

#[tokio::test]
async fn a_page_signs_out_with_its_cookies() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    let before = page.copy();
    assert_eq!(page.post(LOGOUT, Value::Null).await.status, 204);
    assert_eq!(page.cookie("access_token"), None);
    assert_eq!(page.cookie("refresh_token"), None);
    page.get(ME).await.assert_problem("access_token_missing");
    before.get(ME).await.assert_problem("session_revoked");
    before.refresh().await.assert_problem("session_revoked");
}

#[tokio::test]
async fn only_this_session_ends() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let elsewhere = service.signed_in("ada@example.com").await;
    ada.post(LOGOUT, Value::Null).await;
    assert_eq!(elsewhere.get(ME).await.status, 200);
    assert_eq!(elsewhere.refresh().await.status, 200);
}

#[tokio::test]
async fn expired_tokens_still_sign_out() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    service.advance(3600);
    ada.get(ME).await.assert_problem("access_token_expired");
    assert_eq!(ada.post(LOGOUT, Value::Null).await.status, 204);
    ada.refresh().await.assert_problem("session_revoked");
    let bob = service.user("bob@example.com").await;
    service.advance(8 * 24 * 3600);
    let body = json!({"refresh_token": bob.refresh_token()});
    assert_eq!(service.native().post(LOGOUT, body).await.status, 204);
    bob.refresh().await.assert_problem("refresh_token_expired");
}

#[tokio::test]
async fn an_old_refresh_token_signs_out_too() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let old = ada.refresh_token();
    ada.refresh().await;
    ada.refresh().await;
    let body = json!({ "refresh_token": old });
    assert_eq!(service.native().post(LOGOUT, body).await.status, 204);
    ada.refresh().await.assert_problem("session_revoked");
}

#[tokio::test]
async fn signing_out_can_be_repeated_and_done_with_nothing() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    for _ in 0..3 {
        assert_eq!(ada.post(LOGOUT, Value::Null).await.status, 204);
    }
    assert_eq!(service.native().post(LOGOUT, Value::Null).await.status, 204);
    assert_eq!(
        service
            .native()
            .post(LOGOUT, json!({"refresh_token": "made up"}))
            .await
            .status,
        204
    );
    assert_eq!(
        service
            .browser()
            .await
            .post(LOGOUT, Value::Null)
            .await
            .status,
        204
    );
    let signed_out = "SELECT count(*) FROM audit_events WHERE kind = 'signed_out'";
    assert_eq!(service.database(|it| it.text(signed_out)), "1");
}

#[tokio::test]
async fn the_address_can_sign_in_again() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    page.post(LOGOUT, Value::Null).await;
    page.fetch_csrf_token().await;
    assert_eq!(page.log_in("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(page.get(ME).await.status, 200);
}

#[tokio::test]
async fn tokens_of_two_sessions_end_both() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let other = service.signed_in("ada@example.com").await;
    let body = json!({"refresh_token": other.refresh_token()});
    assert_eq!(ada.post(LOGOUT, body).await.status, 204);
    for client in [ada, other] {
        client.get(ME).await.assert_problem("session_revoked");
    }
}
