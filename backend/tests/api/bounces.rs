//! What a mail provider reports.

use latchkey::features::users::domain::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Service};

const TOKEN: &str = "kT5-nB8vC2xZ6mL9pO3iU7yT1rE4wQ0aSdFg";

async fn report(service: &Service, token: Option<&str>, body: &Value) -> Answer {
    let reporter = service.native();
    reporter.set_access_token(token);
    reporter.post("/api/v1/mail/bounces", body.clone()).await
}

fn bounce(kind: &str, address: &str) -> Value {
    json!({"address": address, "kind": kind, "at": "2026-11-25T19:05:00Z"})
}

fn marked(service: &Service) -> String {
    let query = "SELECT coalesce(string_agg(email, ' ' ORDER BY email), '') FROM users
        WHERE email_bounced_at = '2026-11-25T19:05:00Z'";
    service.database(|it| it.text(query))
}

#[tokio::test]
async fn a_bounce_or_a_complaint_marks_the_account_with_that_address() {
    let service = Service::with(&[("MAIL_BOUNCE_TOKEN", TOKEN)]);
    for name in ["ada", "grace", "joan"] {
        service
            .account(&format!("{name}@example.com"), Role::User)
            .await;
    }
    for (kind, address) in [
        ("soft", "joan@example.com"),
        ("hard", "Ada@Example.com"),
        ("complaint", "grace@example.com"),
        ("hard", "nobody@example.com"),
    ] {
        let answer = report(&service, Some(TOKEN), &bounce(kind, address)).await;
        assert_eq!(answer.status, 204, "{answer}");
    }
    assert_eq!(marked(&service), "ada@example.com grace@example.com");
    let events = "SELECT count(*) FROM audit_events WHERE kind = 'mail_bounced'";
    assert_eq!(service.database(|it| it.text(events)), "2");
    let admin = service.admin("root@example.com").await;
    let list = admin.get("/api/v1/users?email_contains=ada").await;
    assert!(
        list.json()["items"][0]["email_bounced_at"].is_string(),
        "{list}"
    );
}

#[tokio::test]
async fn an_address_that_was_proved_since_is_not_marked() {
    let service = Service::with(&[("MAIL_BOUNCE_TOKEN", TOKEN)]);
    service.account("ada@example.com", Role::User).await;
    let prove = "UPDATE users SET email_verified_at = '2026-11-25T19:06:00Z'";
    service.database(|it| it.execute(prove));
    let answer = report(&service, Some(TOKEN), &bounce("hard", "ada@example.com")).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert_eq!(marked(&service), "");
}

#[tokio::test]
async fn nobody_reports_without_the_token_or_while_there_is_none() {
    let service = Service::with(&[("MAIL_BOUNCE_TOKEN", TOKEN)]);
    service.account("ada@example.com", Role::User).await;
    let body = bounce("hard", "ada@example.com");
    for token in ["", "made up", &TOKEN[1..], &format!("{TOKEN}x")] {
        let answer = report(&service, Some(token), &body).await;
        assert_eq!(answer.code(), "invalid_credentials", "{token}");
        assert!(answer.text().contains("MAIL_BOUNCE_TOKEN"), "{answer}");
    }
    let answer = report(&service, None, &body).await;
    assert_eq!(answer.code(), "invalid_credentials");
    assert_eq!(marked(&service), "");
    let without = Service::start();
    let answer = report(&without, Some(TOKEN), &body).await;
    assert_eq!(answer.code(), "not_found");
    let wrong = json!({"address": "ada", "kind": "hard", "at": "2026-11-25T19:05:00Z"});
    let answer = report(&service, Some(TOKEN), &wrong).await;
    assert!(answer.json()["errors"]["address"].is_array(), "{answer}");
}
