//! Who has an account: what is done by mail does not tell either, by its answers or by the work.

use serde_json::{Value, json};

use crate::support::{MAIL, PASSWORD, Recorder, Work};

/// Addresses that must look alike.
const KINDS: [&str; 5] = ["active", "deactivated", "none", "left", "unknown"];

/// A service with mail, and with accounts of all kinds.
fn population() -> Recorder {
    let mut recorder = Recorder::start(&MAIL);
    for (kind, columns) in [
        ("active", "is_active = true"),
        ("deactivated", "is_active = false"),
        ("none", "password_hash = NULL"),
    ] {
        recorder.execute(&format!(
            "INSERT INTO users (email, password_hash)
             SELECT '{kind}-' || n || '@example.com', 'x' FROM generate_series(0, 9) AS n;
             UPDATE users SET {columns} WHERE email LIKE '{kind}-%'"
        ));
    }
    // Addresses that accounts left lately, and that they can still come back to.
    recorder.execute(
        "INSERT INTO reserved_addresses (address, user_id, until)
         SELECT 'left-' || n || '@example.com', 1, now() + interval '1 day'
         FROM generate_series(0, 9) AS n",
    );
    recorder
}

/// The flow that was begun last.
fn flow(recorder: &mut Recorder) -> Value {
    json!(recorder.text("SELECT id FROM proofs ORDER BY created_at DESC LIMIT 1"))
}

#[tokio::test]
async fn what_is_done_by_mail_does_the_same_work_whoever_has_an_account() {
    for (begin, finish) in [
        ("/api/v1/users", "/api/v1/users/verify"),
        ("/api/v1/auth/forgot", "/api/v1/auth/reset"),
    ] {
        let mut recorder = population();
        let stranger = recorder.service.native();
        // Opens the connection.
        stranger.log_in("nobody@example.com", PASSWORD).await;
        let mut reference: Option<[Work; 4]> = None;
        for kind in KINDS {
            let email = format!("{kind}-1@example.com");
            let body = if begin.ends_with("forgot") {
                json!({"email": email})
            } else {
                json!({"email": email, "password": PASSWORD})
            };
            let begun = recorder.watch(stranger.post(begin, body)).await;
            let flow = flow(&mut recorder);
            let body = if finish.ends_with("reset") {
                json!({"flow": flow, "code": "00000000", "password": PASSWORD})
            } else {
                json!({"flow": flow, "code": "00000000"})
            };
            let wrong = recorder.watch(stranger.post(finish, body.clone())).await;
            recorder.service.advance(61);
            let resend = json!({"flow": flow});
            let again = recorder
                .watch(stranger.post("/api/v1/auth/resend", resend))
                .await;
            for _ in 0..4 {
                stranger.post(finish, body.clone()).await;
            }
            let exhausted = recorder.watch(stranger.post(finish, body)).await;
            let all = [begun, wrong, again, exhausted];
            let reference = reference.get_or_insert_with(|| all.clone());
            assert_eq!(all, *reference, "{begin}: {email}");
        }
        let [begun, wrong, again, exhausted] = reference.unwrap();
        let written =
            "INSERT proof_budgets\nINSERT proofs\nINSERT audit_events\nINSERT mail_outbox";
        assert_eq!(begun.rows, written);
        assert_eq!(begun.hashes.len(), usize::from(begin.ends_with("users")));
        assert!(wrong.answer.contains("proof_invalid"), "{wrong:?}");
        assert_eq!(wrong.rows, "UPDATE proofs");
        assert_eq!(
            again.rows,
            "UPDATE proofs\nUPDATE proof_budgets\nINSERT mail_outbox"
        );
        assert!(exhausted.answer.contains("proof_expired"), "{exhausted:?}");
        assert_eq!(exhausted.rows, "");
    }
}

#[tokio::test]
async fn a_used_up_budget_is_answered_alike() {
    let mut recorder = population();
    let stranger = recorder.service.native();
    let mut reference: Option<Work> = None;
    for kind in KINDS {
        let body = json!({"email": format!("{kind}-2@example.com")});
        for _ in 0..5 {
            stranger.post("/api/v1/auth/forgot", body.clone()).await;
        }
        let refused = recorder
            .watch(stranger.post("/api/v1/auth/forgot", body))
            .await;
        assert!(refused.answer.contains("rate_limited"), "{refused:?}");
        let reference = reference.get_or_insert_with(|| refused.clone());
        assert_eq!(refused, *reference, "{kind}");
    }
}

#[tokio::test]
async fn whoever_wants_an_address_does_not_learn_whether_it_is_taken() {
    let mut recorder = population();
    let owner = recorder.service.user("owner@example.com").await;
    let path = recorder.text("SELECT '/api/v1/users/' || id FROM users WHERE email LIKE 'owner%'");
    // The first one alone has no other to end.
    let body = json!({"email": "first@example.com", "current_password": PASSWORD});
    owner.put(&path, body).await;
    let mut reference: Option<[Work; 2]> = None;
    for kind in KINDS {
        let body = json!({"email": format!("{kind}-3@example.com"), "current_password": PASSWORD});
        let mut asked = recorder.watch(owner.put(&path, body)).await;
        asked.answer = asked.answer.replace(&format!("{kind}-3@"), "…@");
        let length = asked
            .answer
            .lines()
            .find(|line| line.starts_with("content-length"));
        asked.answer = asked.answer.replace(length.unwrap(), "…");
        let code = json!({"code": "00000000"});
        let wrong = recorder
            .watch(owner.post(&format!("{path}/email"), code))
            .await;
        let both = [asked, wrong];
        let reference = reference.get_or_insert_with(|| both.clone());
        assert_eq!(both, *reference, "{kind}");
    }
    let [asked, wrong] = reference.unwrap();
    assert!(asked.rows.contains("INSERT mail_outbox"), "{asked:?}");
    assert!(wrong.answer.contains("proof_invalid"), "{wrong:?}");
}
