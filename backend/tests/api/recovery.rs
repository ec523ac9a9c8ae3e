//! Forgotten passwords, invitations, and what a notice undoes.

use serde_json::{Value, json};

use crate::support::{
    Answer, Client, FORGOT, MAIL, NEW_PASSWORD, PASSWORD, RESET, Service, other_code,
};

const UNDO: &str = "/api/v1/auth/undo";
const ME: &str = "/api/v1/users/me";
const ADA: &str = "ada@example.com";

async fn undo(client: &Client, link: &str, code: &str) -> Answer {
    client
        .post(UNDO, json!({"token": link, "code": code}))
        .await
}

/// Prepares a change of address that the owner has proved; returns the former address's mail.
async fn change_address(service: &Service, ada: &Client, to: &str) {
    let body = json!({"email": to, "current_password": PASSWORD});
    assert_eq!(ada.put("/api/v1/users/1", body).await.status, 202);
    let code = service.mail_to(to).code();
    let proved = ada
        .post("/api/v1/users/1/email", json!({"code": code}))
        .await;
    assert_eq!(proved.status, 200, "{proved}");
}

#[tokio::test]
async fn whoever_forgot_the_password_sets_another_and_all_sessions_end() {
    let service = Service::with_mail();
    let (here, there) = (service.user(ADA).await, service.signed_in(ADA).await);
    let page = service.browser().await;
    let flow = page.forget("ADA@example.com").await;
    let code = service.mail_to(ADA).code();
    let answer = page.reset(&flow, &code).await;
    assert_eq!(answer.status, 204, "{answer}");
    let mark = "device=[token]; HttpOnly; SameSite=Strict; Path=/; Max-Age=34560000";
    assert_eq!(answer.cookies(), [mark], "nobody is signed in");
    for client in [&here, &there] {
        assert_eq!(client.get(ME).await.code(), "session_revoked");
        assert_eq!(client.refresh().await.code(), "session_revoked");
    }
    assert_eq!(
        page.log_in(ADA, PASSWORD).await.code(),
        "invalid_credentials"
    );
    assert_eq!(page.log_in(ADA, NEW_PASSWORD).await.status, 200);
    assert!(page.get(ME).await.json()["email_verified_at"].is_string());
    assert_eq!(
        page.reset(&flow, &code).await.code(),
        "proof_invalid",
        "once"
    );
    let kinds = service.kinds_to(ADA);
    assert!(kinds.contains(&"password_changed".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn nobody_learns_by_a_reset_who_has_an_account() {
    let service = Service::with_mail();
    service.user(ADA).await;
    service
        .user("gone@example.com")
        .await
        .leave("/api/v1/users/2")
        .await;
    let app = service.native();
    for email in [ADA, "gone@example.com", "nobody@example.com"] {
        let flow = app.forget(email).await;
        let mails = service.mails();
        let mail = mails.last().unwrap();
        assert_eq!(mail.recipient, email);
        assert_eq!(mail.is_decoy, email != ADA);
        let wrong = other_code(&mail.code());
        for _ in 0..5 {
            assert_eq!(app.reset(&flow, &wrong).await.code(), "proof_invalid");
        }
        assert_eq!(app.reset(&flow, &wrong).await.code(), "proof_expired");
    }
}

#[tokio::test]
async fn a_decoys_secrets_would_not_do_either() {
    let service = Service::with_mail();
    let app = service.native();
    let flow = app.forget("nobody@example.com").await;
    let mails = service.mails();
    let mail = mails.last().unwrap();
    assert_eq!(app.reset(&flow, &mail.code()).await.code(), "proof_invalid");
    assert_eq!(
        app.reset_by_link(&mail.link()).await.code(),
        "proof_invalid"
    );
}

#[tokio::test]
async fn a_password_that_is_refused_spends_nothing() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let app = service.native();
    let flow = app.forget(ADA).await;
    let mail = service.mail_to(ADA);
    for password in ["short", "password1", "my name is ada!"] {
        for _ in 0..3 {
            let by_code = json!({"flow": flow, "code": mail.code(), "password": password});
            assert_eq!(app.post(RESET, by_code).await.code(), "validation_failed");
            let by_link = json!({"token": mail.link(), "password": password});
            assert_eq!(app.post(RESET, by_link).await.code(), "validation_failed");
        }
    }
    assert_eq!(app.reset(&flow, &mail.code()).await.status, 204);
}

#[tokio::test]
async fn a_change_of_password_or_address_ends_resets_that_are_under_way() {
    for change in [
        json!({"password": "some other phrase", "current_password": PASSWORD}),
        json!({"email": "new@example.com", "current_password": PASSWORD}),
    ] {
        let service = Service::with_mail();
        let ada = service.user(ADA).await;
        let app = service.native();
        let flow = app.forget(ADA).await;
        let mail = service.mail_to(ADA);
        let is_address = change.get("email").is_some();
        ada.put("/api/v1/users/1", change).await;
        if is_address {
            // Only the proof of it changes the address.
            let code = service.mail_to("new@example.com").code();
            ada.post("/api/v1/users/1/email", json!({"code": code}))
                .await;
        }
        assert_eq!(app.reset(&flow, &mail.code()).await.code(), "proof_invalid");
        assert_eq!(
            app.reset_by_link(&mail.link()).await.code(),
            "proof_invalid"
        );
    }
}

#[tokio::test]
async fn a_code_of_one_purpose_is_of_no_use_for_another() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let app = service.native();
    let reset_flow = app.forget(ADA).await;
    let by_reset = service.mail_to(ADA);
    let begun = app.register("new@example.com", PASSWORD).await.json();
    let by_sign_up = service.mail_to("new@example.com");
    let body = json!({"email": "other@example.com", "current_password": PASSWORD});
    ada.put("/api/v1/users/1", body).await;
    let by_address = service.mail_to("other@example.com");
    let verify = "/api/v1/users/verify";
    for body in [
        json!({"flow": reset_flow, "code": by_reset.code()}),
        json!({"flow": reset_flow, "token": by_reset.link()}),
    ] {
        assert_eq!(app.post(verify, body).await.status, 422);
    }
    assert_eq!(
        app.reset(&begun["flow"], &by_sign_up.code()).await.status,
        422
    );
    assert_eq!(app.reset_by_link(&by_sign_up.link()).await.status, 422);
    assert_eq!(app.reset_by_link(&by_address.link()).await.status, 422);
    assert_eq!(
        undo(&app, &by_reset.link(), &by_reset.code()).await.status,
        422
    );
    let prove = "/api/v1/users/1/email";
    for body in [
        json!({"token": by_reset.link()}),
        json!({"code": by_reset.code()}),
    ] {
        assert_eq!(ada.post(prove, body).await.status, 422);
    }
    // None of them was spent by that.
    assert_eq!(
        ada.post(prove, json!({"token": by_address.link()}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn strangers_cannot_use_up_the_mails_of_an_owner() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let stranger = service.native();
    for _ in 0..5 {
        stranger.forget(ADA).await;
    }
    let refused = stranger.post(FORGOT, json!({"email": ADA})).await;
    assert_eq!(refused.code(), "rate_limited");
    let device = ada.device_token().unwrap();
    let owner = service.native();
    owner.set_device_token(&device);
    let flow = owner.forget(ADA).await;
    assert_eq!(
        owner
            .reset(&flow, &service.mail_to(ADA).code())
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn whoever_planted_an_account_keeps_nothing_once_the_owner_resets_it() {
    let service = Service::start();
    let planter = service.user(ADA).await;
    let device = planter.device_token().unwrap();
    let with_mail = service.beside(&MAIL);
    let owner = with_mail.native();
    let flow = owner.forget(ADA).await;
    assert_eq!(
        owner
            .reset(&flow, &service.mail_to(ADA).code())
            .await
            .status,
        204
    );
    assert_eq!(planter.refresh().await.code(), "session_revoked");
    assert_eq!(
        planter.log_in(ADA, PASSWORD).await.code(),
        "invalid_credentials"
    );
    let devices = "SELECT count(*) FROM known_devices";
    assert_eq!(service.database(|it| it.text(devices)), "1");
    assert_ne!(owner.device_token().unwrap(), device, "a stranger's");
}

#[tokio::test]
async fn a_change_of_address_waits_for_the_new_mailbox_and_is_undone_from_the_old_one() {
    let service = Service::with_mail();
    let thief = service.user(ADA).await;
    let body = json!({"email": "evil@example.com", "current_password": PASSWORD});
    let answer = thief.put("/api/v1/users/1", body).await;
    assert_eq!(answer.status, 202, "{answer}");
    assert_eq!(answer.json()["email"], ADA);
    assert_eq!(answer.json()["pending_email"], "evil@example.com");
    let code = service.mail_to("evil@example.com").code();
    let proved = thief
        .post("/api/v1/users/1/email", json!({"code": code}))
        .await;
    assert_eq!(proved.json()["email"], "evil@example.com");
    assert_eq!(proved.json()["pending_email"], Value::Null);
    let notice = service.mail_to(ADA);
    assert_eq!(notice.kind, "address_changed");
    // Whatever the thief does at the new address gets a notice there, with an undo of its own.
    let body = json!({"password": "the thief's own phrase", "current_password": PASSWORD});
    assert_eq!(thief.put("/api/v1/users/1", body).await.status, 200);
    let thiefs = service.mail_to("evil@example.com");

    let owner = service.native();
    // Nobody else can take the address that its owner may come back to.
    let begun = owner.register(ADA, PASSWORD).await;
    assert_eq!(begun.status, 202);
    assert!(service.mails().last().unwrap().is_decoy);

    let wrong = undo(&owner, &notice.link(), &other_code(&notice.code())).await;
    assert_eq!(wrong.code(), "proof_invalid");
    let undone = undo(&owner, &notice.link(), &notice.code()).await;
    assert_eq!(undone.status, 204, "{undone}");
    assert_eq!(thief.refresh().await.code(), "session_revoked");
    for password in [PASSWORD, "the thief's own phrase"] {
        for email in [ADA, "evil@example.com"] {
            let locked = owner.log_in(email, password).await;
            assert_eq!(locked.code(), "invalid_credentials", "{email}");
        }
    }
    let void = undo(&owner, &thiefs.link(), &thiefs.code()).await;
    assert_eq!(
        void.code(),
        "proof_invalid",
        "the thief cannot undo the undoing"
    );

    let flow = owner.forget(ADA).await;
    assert_eq!(
        owner
            .reset(&flow, &service.mail_to(ADA).code())
            .await
            .status,
        204
    );
    assert_eq!(owner.log_in(ADA, NEW_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_reset_at_the_new_address_takes_no_undo_from_the_old_one() {
    let service = Service::with_mail();
    let thief = service.user(ADA).await;
    change_address(&service, &thief, "evil@example.com").await;
    let notice = service.mail_to(ADA);
    let app = service.native();
    let flow = app.forget("evil@example.com").await;
    let code = service.mail_to("evil@example.com").code();
    assert_eq!(app.reset(&flow, &code).await.status, 204);
    service.advance(71 * 3600);
    assert_eq!(undo(&app, &notice.link(), &notice.code()).await.status, 204);
    assert_eq!(
        app.log_in("evil@example.com", NEW_PASSWORD).await.code(),
        "invalid_credentials"
    );
}

#[tokio::test]
async fn an_undo_lives_for_72_hours_and_then_the_old_address_is_free() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    change_address(&service, &ada, "new@example.com").await;
    let notice = service.mail_to(ADA);
    service.advance(72 * 3600 + 1);
    let app = service.native();
    assert_eq!(
        undo(&app, &notice.link(), &notice.code()).await.code(),
        "proof_expired"
    );
    let flow = app.register(ADA, PASSWORD).await.json()["flow"].clone();
    let body = json!({"flow": flow, "code": service.mail_to(ADA).code()});
    assert_eq!(app.post("/api/v1/users/verify", body).await.status, 200);
}

#[tokio::test]
async fn an_undo_reverses_nothing_that_an_administrator_did() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let admin = service.admin("root@example.com").await;
    change_address(&service, &ada, "new@example.com").await;
    let notice = service.mail_to(ADA);
    let given = admin
        .put("/api/v1/users/1", json!({"email": "third@example.com"}))
        .await;
    assert_eq!(given.json()["email"], "third@example.com");
    let app = service.native();
    assert_eq!(
        undo(&app, &notice.link(), &notice.code()).await.code(),
        "proof_invalid"
    );
}

#[tokio::test]
async fn an_address_that_an_administrator_changes_is_told_at_both_addresses() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let admin = service.admin("root@example.com").await;
    let new = "new@example.com";
    let answer = admin.put("/api/v1/users/1", json!({"email": new})).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(service.kinds_to(ADA), ["address_replaced"]);
    assert_eq!(service.kinds_to(new), ["address_replaced"]);
    let undone = "SELECT count(*) FROM proofs WHERE purpose = 'undo'";
    assert_eq!(service.database(|it| it.text(undone)), "0");
}

#[tokio::test]
async fn whom_an_invitation_never_reached_is_not_told_of_another_address() {
    let service = Service::with_mail();
    let admin = service.admin("root@example.com").await;
    admin.post("/api/v1/users", json!({"email": ADA})).await;
    let body = json!({"email": "right@example.com"});
    assert_eq!(admin.put("/api/v1/users/2", body).await.status, 200);
    assert_eq!(service.kinds_to(ADA), ["invitation"]);
    assert_eq!(service.kinds_to("right@example.com"), [""; 0]);
}

#[tokio::test]
async fn a_wanted_address_stays_with_its_owner_who_is_told() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    service.user("bob@example.com").await;
    for wanted in ["bob@example.com", "free@example.com"] {
        let body = json!({"email": wanted, "current_password": PASSWORD});
        let answer = ada.put("/api/v1/users/1", body).await;
        assert_eq!(answer.status, 202, "{answer}");
        assert_eq!(answer.json()["pending_email"], wanted);
        let wrong = ada
            .post("/api/v1/users/1/email", json!({"code": "00000000"}))
            .await;
        assert_eq!(wrong.code(), "proof_invalid");
    }
    assert_eq!(service.kinds_to("bob@example.com"), ["address_wanted"]);
    assert_eq!(service.kinds_to("free@example.com"), ["prove_address"]);
}

#[tokio::test]
async fn a_change_of_address_can_be_withdrawn() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let body = json!({"email": "new@example.com", "current_password": PASSWORD});
    ada.put("/api/v1/users/1", body).await;
    let mail = service.mail_to("new@example.com");
    assert_eq!(ada.delete("/api/v1/users/1/email").await.status, 204);
    assert_eq!(ada.delete("/api/v1/users/1/email").await.status, 204);
    assert_eq!(ada.get(ME).await.json()["pending_email"], Value::Null);
    for body in [json!({"token": mail.link()}), json!({"code": mail.code()})] {
        let answer = ada.post("/api/v1/users/1/email", body).await;
        assert_eq!(answer.status, 422, "{answer}");
    }
}

#[tokio::test]
async fn an_owner_proves_the_address_that_the_account_has_and_keeps_everything() {
    let service = Service::with_mail();
    let (ada, there) = (service.user(ADA).await, service.signed_in(ADA).await);
    let answer = ada.put("/api/v1/users/1", json!({"email": ADA})).await;
    assert_eq!(answer.status, 202, "{answer}");
    let code = service.mail_to(ADA).code();
    let proved = ada
        .post("/api/v1/users/1/email", json!({"code": code}))
        .await;
    assert!(proved.json()["email_verified_at"].is_string(), "{proved}");
    assert_eq!(there.get(ME).await.status, 200);
    let again = ada.put("/api/v1/users/1", json!({"email": ADA})).await;
    assert_eq!(again.status, 200, "nothing is left to prove");
}

#[tokio::test]
async fn nobody_proves_an_address_for_another_account() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let bob = service.user("bob@example.com").await;
    let admin = service.admin("root@example.com").await;
    let body = json!({"email": "new@example.com", "current_password": PASSWORD});
    ada.put("/api/v1/users/1", body).await;
    let mail = service.mail_to("new@example.com");
    let proof = json!({"token": mail.link()});
    for (client, path) in [
        (&bob, "/api/v1/users/2/email"),
        (&bob, "/api/v1/users/1/email"),
        (&admin, "/api/v1/users/1/email"),
    ] {
        assert!(
            client
                .post(path, proof.clone())
                .await
                .status
                .is_client_error()
        );
    }
    assert_eq!(ada.get(ME).await.json()["email"], ADA);
}

#[tokio::test]
async fn an_administrator_invites_somebody_who_chooses_a_password() {
    let service = Service::with_mail();
    let admin = service.admin("root@example.com").await;
    let answer = admin.post("/api/v1/users", json!({"email": ADA})).await;
    assert_eq!(answer.status, 201, "{answer}");
    assert!(answer.json()["invited_at"].is_string());
    let first = service.mail_to(ADA).link();
    let invitation = "/api/v1/users/2/invitation";
    assert_eq!(admin.post(invitation, Value::Null).await.status, 204);
    let app = service.native();
    assert_eq!(
        app.reset_by_link(&first).await.code(),
        "proof_invalid",
        "replaced"
    );
    service.advance(6 * 24 * 3600);
    assert_eq!(
        app.reset_by_link(&service.mail_to(ADA).link()).await.status,
        204
    );
    let signed_in = app.log_in(ADA, NEW_PASSWORD).await.json();
    assert_eq!(signed_in["user"]["invited_at"], Value::Null);
    assert!(signed_in["user"]["email_verified_at"].is_string());
    service.advance(24 * 3600);
    let admin = service.signed_in("root@example.com").await;
    assert_eq!(
        admin.delete(invitation).await.code(),
        "not_found",
        "it was accepted"
    );
}

#[tokio::test]
async fn an_invitation_is_taken_back_and_its_address_is_free() {
    let service = Service::with_mail();
    let admin = service.admin("root@example.com").await;
    admin.post("/api/v1/users", json!({"email": ADA})).await;
    let link = service.mail_to(ADA).link();
    assert_eq!(admin.delete("/api/v1/users/2/invitation").await.status, 204);
    assert_eq!(admin.get("/api/v1/users/2").await.code(), "not_found");
    let app = service.native();
    assert_eq!(app.reset_by_link(&link).await.code(), "proof_invalid");
    assert_eq!(admin.register(ADA, PASSWORD).await.status, 201);
    let user = service.signed_in(ADA).await;
    let stranger = user.post("/api/v1/users/3/invitation", Value::Null).await;
    assert_eq!(stranger.code(), "forbidden");
    let nobody = admin.post("/api/v1/users/3/invitation", Value::Null).await;
    assert_eq!(nobody.code(), "not_found");
}

#[tokio::test]
async fn an_account_without_a_password_is_only_made_by_an_administrator_with_mail() {
    let service = Service::with_mail();
    let app = service.native();
    let answer = app.post("/api/v1/users", json!({"email": ADA})).await;
    assert_eq!(answer.code(), "validation_failed");
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let answer = admin.post("/api/v1/users", json!({"email": ADA})).await;
    assert_eq!(answer.code(), "validation_failed");
}

#[tokio::test]
async fn a_sign_in_on_another_device_is_told_and_a_known_one_is_not() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    assert_eq!(service.kinds_to(ADA), [""; 0], "the first device");
    let device = ada.device_token().unwrap();
    let again = service.native();
    again.set_device_token(&device);
    again.log_in(ADA, PASSWORD).await;
    assert_eq!(service.kinds_to(ADA), [""; 0], "a known device");
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let other = service.native().with("user-agent", firefox);
    other.log_in(ADA, PASSWORD).await;
    let notice = service.mail_to(ADA);
    assert_eq!(notice.kind, "new_device");
    assert!(notice.text().contains("Firefox") && notice.text().contains("Linux"));
    assert_eq!(
        undo(&service.native(), &notice.link(), &notice.code())
            .await
            .status,
        204
    );
    for client in [&ada, &other] {
        assert_eq!(client.refresh().await.code(), "session_revoked");
    }
}

#[tokio::test]
async fn notices_quote_no_text_that_a_stranger_chose() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let body = json!({"email": ADA, "password": PASSWORD, "device_name": "Call +1 555 0100"});
    let stranger = service
        .native()
        .with("user-agent", "Visit-evil.example/1.0");
    stranger.post("/api/v1/auth/login", body).await;
    let text = service.mail_to(ADA).text();
    assert!(!text.contains("555") && !text.contains("evil"), "{text}");
}

#[tokio::test]
async fn a_stranger_with_the_password_cannot_fill_the_mailbox() {
    let service = Service::with_mail();
    service.user(ADA).await;
    for _ in 0..8 {
        service.signed_in(ADA).await;
    }
    assert_eq!(service.kinds_to(ADA).len(), 5);
    // What changes the account is told all the same.
    let ada = service.signed_in(ADA).await;
    let body = json!({"password": NEW_PASSWORD, "current_password": PASSWORD});
    ada.put("/api/v1/users/1", body).await;
    assert_eq!(service.mail_to(ADA).kind, "password_changed");
}

#[tokio::test]
async fn a_deactivation_is_told_and_ends_what_is_under_way() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let app = service.native();
    let flow = app.forget(ADA).await;
    let code = service.mail_to(ADA).code();
    assert_eq!(ada.leave("/api/v1/users/1").await.status, 204);
    assert_eq!(service.mail_to(ADA).kind, "deactivated");
    assert_eq!(app.reset(&flow, &code).await.code(), "proof_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_parallel_resets_one_succeeds() {
    let service = Service::with_mail();
    service.user(ADA).await;
    let other = service.beside(&MAIL);
    service.native().forget(ADA).await;
    let link = service.mail_to(ADA).link();
    let resets = (0..40).map(|number| {
        let app = if number % 2 == 0 {
            service.native()
        } else {
            other.native()
        };
        let body = json!({"token": link, "password": format!("{NEW_PASSWORD} {number}")});
        tokio::spawn(async move { app.post(RESET, body).await })
    });
    let mut winners = Vec::new();
    for (number, answer) in resets.collect::<Vec<_>>().into_iter().enumerate() {
        if answer.await.unwrap().status == 204 {
            winners.push(number);
        }
    }
    assert_eq!(winners.len(), 1);
    let password = format!("{NEW_PASSWORD} {}", winners[0]);
    assert_eq!(service.native().log_in(ADA, &password).await.status, 200);
}
