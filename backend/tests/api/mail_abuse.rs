//! What an attacker tries with flows and mails of other people.

use serde_json::json;

use crate::support::{Client, FORGOT, MAIL, NEW_PASSWORD, PASSWORD, Service, other_code};

const RESEND: &str = "/api/v1/auth/resend";
const ADA: &str = "ada@example.com";
const NOBODY: &str = "nobody@example.com";

/// An app on the device that a client signed in on.
fn on_device_of(service: &Service, client: &Client) -> Client {
    let app = service.native();
    app.set_device_token(&client.device_token().unwrap());
    app
}

#[tokio::test]
async fn a_code_that_is_too_old_does_not_tell_who_has_an_account() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let app = service.native();
    for email in [ADA, NOBODY] {
        let flow = app.forget(email).await;
        let mail = service.mails().pop().unwrap();
        // Only a mail that is sent is taken, and its code ends ten minutes later.
        if !mail.is_decoy {
            service.take(&mail);
        }
        service.advance(11 * 60);
        let wrong = other_code(&mail.code());
        assert_eq!(
            app.reset(&flow, &wrong).await.code(),
            "proof_invalid",
            "{email}"
        );
    }
    let flow = app.forget(ADA).await;
    let mail = service.mail_to(ADA);
    service.take(&mail);
    service.advance(11 * 60);
    let late = app.reset(&flow, &mail.code()).await;
    assert_eq!(late.code(), "proof_expired", "whoever has the mail is told");
}

#[tokio::test]
async fn a_reset_that_its_owner_ended_looks_alive_to_whoever_began_it() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let stranger = service.native();
    let mut flows = Vec::new();
    for email in [ADA, NOBODY] {
        flows.push((email, stranger.forget(email).await));
    }
    let body = json!({"password": NEW_PASSWORD, "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", body).await.status, 200);
    for (email, flow) in &flows {
        for _ in 0..5 {
            let answer = stranger.reset(flow, "00000000").await;
            assert_eq!(answer.code(), "proof_invalid", "{email}");
        }
        let answer = stranger.reset(flow, "00000000").await;
        assert_eq!(answer.code(), "proof_expired", "{email}");
    }
    service.advance(61);
    for (email, flow) in &flows {
        let answer = stranger.post(RESEND, json!({"flow": flow})).await;
        assert_eq!(answer.status, 202, "{email}: {answer}");
        let mail = service.mails().pop().unwrap();
        assert!(mail.is_decoy, "{email}");
        let code = stranger.reset(flow, &mail.code()).await;
        assert_eq!(code.code(), "proof_invalid", "{email}");
        let link = stranger.reset_by_link(&mail.link()).await;
        assert_eq!(link.code(), "proof_invalid", "{email}");
    }
}

#[tokio::test]
async fn a_sign_up_that_began_before_it_was_closed_is_over() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = app.register(ADA, PASSWORD).await.json()["flow"].clone();
    let mail = service.mail_to(ADA);
    let closed = service.beside(&[&MAIL[..], &[("SIGNUP_ENABLED", "false")]].concat());
    let app = closed.native();
    let verify = "/api/v1/users/verify";
    for body in [
        json!({"flow": flow, "code": mail.code()}),
        json!({"flow": flow, "token": mail.link()}),
    ] {
        assert_eq!(app.post(verify, body).await.code(), "proof_expired");
    }
    service.advance(61);
    let again = app.post(RESEND, json!({"flow": flow})).await;
    assert_eq!(again.code(), "proof_expired");
}

#[tokio::test]
async fn a_password_that_no_account_will_have_is_not_kept() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let app = service.native();
    assert_eq!(app.register(ADA, PASSWORD).await.status, 202);
    let kept = "SELECT count(*) FROM proofs WHERE password_hash IS NOT NULL";
    assert_eq!(service.database(|it| it.text(kept)), "0");
}

#[tokio::test]
async fn a_reset_lets_its_owner_in_whatever_was_guessed_before() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let app = service.native();
    for _ in 0..10 {
        app.log_in(ADA, "a wrong guess of many").await;
    }
    assert_eq!(app.log_in(ADA, PASSWORD).await.code(), "rate_limited");
    let flow = app.forget(ADA).await;
    let mail = service.mail_to(ADA);
    assert_eq!(app.reset(&flow, &mail.code()).await.status, 204);
    assert_eq!(app.log_in(ADA, NEW_PASSWORD).await.status, 200);
    // A proof that was used lets nobody guess again.
    for _ in 0..10 {
        app.log_in(ADA, "a wrong guess of many").await;
    }
    let again = app.reset_by_link(&mail.link()).await;
    assert_eq!(again.code(), "proof_invalid");
    assert_eq!(app.log_in(ADA, NEW_PASSWORD).await.code(), "rate_limited");
}

#[tokio::test]
async fn nobody_uses_up_the_mails_of_an_owner_by_wanting_their_address() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let eve = service.user("eve@example.com").await;
    let body = json!({"email": ADA, "current_password": PASSWORD});
    let wanted = eve.put("/api/v1/users/2", body).await;
    assert_eq!(wanted.status, 202, "{wanted}");
    let flow = &wanted.json()["pending_email_flow"];
    let thief = on_device_of(&service, &eve);
    for _ in 0..6 {
        service.advance(61);
        thief.post(RESEND, json!({"flow": flow})).await;
    }
    let owner = on_device_of(&service, &ada);
    let flow = owner.forget(ADA).await;
    let code = service.mail_to(ADA).code();
    assert_eq!(owner.reset(&flow, &code).await.status, 204);
}

#[tokio::test]
async fn a_reset_for_an_address_that_the_account_left_is_of_no_use() {
    // As a request leaves it that began before the change and was committed after it.
    let missed = "UPDATE proofs SET consumed_at = NULL WHERE purpose = 'reset'";

    let service = Service::with_mail();
    service.user(ADA).await;
    let admin = service.admin("root@example.com").await;
    let app = service.native();
    let flow = app.forget(ADA).await;
    let mail = service.mail_to(ADA);
    let body = json!({"email": "third@example.com"});
    assert_eq!(admin.put("/api/v1/users/1", body).await.status, 200);
    service.database(|it| it.execute(missed));
    let by_code = app.reset(&flow, &mail.code()).await;
    assert_eq!(by_code.code(), "proof_invalid");
    let by_link = app.reset_by_link(&mail.link()).await;
    assert_eq!(by_link.code(), "proof_invalid");
}

#[tokio::test]
async fn a_thief_whose_change_is_undone_does_not_unlock_the_account() {
    let service = Service::with_mail();
    let thief = service.user(ADA).await;
    let body = json!({"email": "thief@example.com", "current_password": PASSWORD});
    thief.put("/api/v1/users/1", body).await;
    let code = service.mail_to("thief@example.com").code();
    let body = json!({"code": code});
    assert_eq!(thief.post("/api/v1/users/1/email", body).await.status, 200);
    let notice = service.mail_to(ADA);
    let app = service.native();
    app.forget("thief@example.com").await;
    let mail = service.mail_to("thief@example.com");
    let body = json!({"token": notice.link(), "code": notice.code()});
    assert_eq!(app.post("/api/v1/auth/undo", body).await.status, 204);
    // As if the thief had asked while the owner undid the change.
    let missed = "UPDATE proofs SET consumed_at = NULL WHERE purpose = 'reset'";
    service.database(|it| it.execute(missed));
    let taken = app.reset_by_link(&mail.link()).await;
    assert_eq!(taken.code(), "proof_invalid");
    for password in [PASSWORD, NEW_PASSWORD] {
        let answer = app.log_in(ADA, password).await;
        assert_eq!(answer.code(), "invalid_credentials");
    }
}

#[tokio::test]
async fn address_and_password_can_be_changed_together() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let to = "new@example.com";
    let body = json!({"email": to, "password": NEW_PASSWORD, "current_password": PASSWORD});
    let changed = ada.put("/api/v1/users/1", body).await;
    assert_eq!(changed.status, 202, "{changed}");
    assert_eq!(changed.json()["pending_email"], to);
    let body = json!({"code": service.mail_to(to).code()});
    let proved = ada.post("/api/v1/users/1/email", body).await;
    assert_eq!(proved.json()["email"], to, "{proved}");
    assert_eq!(service.native().log_in(to, NEW_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn one_account_asks_for_ten_addresses_an_hour() {
    let service = Service::with_mail();
    let eve = service.user("eve@example.com").await;
    for number in 0..11 {
        let email = format!("victim-{number}@example.com");
        let body = json!({"email": email, "current_password": PASSWORD});
        let answer = eve.put("/api/v1/users/1", body).await;
        if number < 10 {
            assert_eq!(answer.status, 202, "{answer}");
        } else {
            assert_eq!(answer.code(), "rate_limited", "{answer}");
            assert_eq!(service.kinds_to(&email), [""; 0]);
        }
    }
    service.advance(3601);
    let eve = service.signed_in("eve@example.com").await;
    let body = json!({"email": "victim-11@example.com", "current_password": PASSWORD});
    assert_eq!(eve.put("/api/v1/users/1", body).await.status, 202);
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_by_its_many_addresses() {
    let service = Service::with(&MAIL);
    let app = service.native();
    for number in 0..20 {
        let email = format!("victim+{number}@example.com");
        assert_eq!(app.register(&email, PASSWORD).await.status, 202);
    }
    for email in ["victim+20@example.com", "VICTIM+a+b@example.com"] {
        let refused = app.register(email, PASSWORD).await;
        assert_eq!(refused.code(), "rate_limited", "{refused}");
        let refused = app.post(FORGOT, json!({"email": email})).await;
        assert_eq!(refused.code(), "rate_limited", "{refused}");
    }
    for email in ["victim@example.com", "other+20@example.com"] {
        assert_eq!(app.register(email, PASSWORD).await.status, 202, "{email}");
    }
}

#[tokio::test]
async fn an_administrator_unlocks_an_account_where_no_mail_can_be_sent() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let admin = service.admin("root@example.com").await;
    let body = json!({"password": NEW_PASSWORD, "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", body).await.status, 200);
    let notice = service.mail_to(ADA);
    let body = json!({"token": notice.link(), "code": notice.code()});
    let undone = service.native().post("/api/v1/auth/undo", body).await;
    assert_eq!(undone.status, 204);
    // With mail only a reset opens it.
    let body = json!({"password": "a third and last phrase"});
    assert_eq!(admin.put("/api/v1/users/1", body.clone()).await.status, 200);
    let refused = service
        .native()
        .log_in(ADA, "a third and last phrase")
        .await;
    assert_eq!(refused.code(), "invalid_credentials");
    let without_mail = service.beside(&[]);
    let admin = without_mail.signed_in("root@example.com").await;
    assert_eq!(admin.put("/api/v1/users/1", body).await.status, 200);
    let app = without_mail.native();
    let entered = app.log_in(ADA, "a third and last phrase").await;
    assert_eq!(entered.status, 200);
}

#[tokio::test]
async fn one_account_changes_its_password_ten_times_an_hour() {
    let service = Service::with_mail();
    let eve = service.user("eve@example.com").await;
    let admin = service.admin("root@example.com").await;
    let mut current = PASSWORD.to_owned();
    for number in 0..10 {
        let new = format!("{NEW_PASSWORD} {number}");
        let body = json!({"password": new, "current_password": current});
        assert_eq!(eve.put("/api/v1/users/1", body).await.status, 200);
        current = new;
    }
    let body = json!({"password": NEW_PASSWORD, "current_password": current});
    let refused = eve.put("/api/v1/users/1", body).await;
    assert_eq!(refused.code(), "rate_limited", "{refused}");
    let app = service.native();
    assert_eq!(app.log_in("eve@example.com", &current).await.status, 200);
    // Administrators and whoever reads the account's mail still change it.
    let body = json!({"password": PASSWORD});
    assert_eq!(admin.put("/api/v1/users/1", body).await.status, 200);
    let flow = app.forget("eve@example.com").await;
    let code = service.mail_to("eve@example.com").code();
    assert_eq!(app.reset(&flow, &code).await.status, 204);
}
