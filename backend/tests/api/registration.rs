//! `POST /api/v1/users`: registration.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Service};

#[tokio::test]
async fn a_stranger_registers_and_signs_in() {
    let service = Service::start();
    let page = service.browser().await;
    let answer = page.register("  Ada@Example.COM ", PASSWORD).await;
    assert_snapshot!(answer, @r#"
    201 Created
    {
      "created_at": "[time]",
      "email": "ada@example.com",
      "email_bounced_at": null,
      "email_verified_at": null,
      "factors_reset_at": null,
      "id": "[id]",
      "invited_at": null,
      "is_active": true,
      "locale": null,
      "pending_email": null,
      "pending_email_expires_at": null,
      "pending_email_flow": null,
      "role": "user",
      "second_factor_at": null,
      "updated_at": "[time]"
    }
    "#);
    assert_eq!(answer.header("location"), Some("/api/v1/users/1"));
    assert_eq!(answer.cookies(), [""; 0]);
    assert_eq!(page.log_in("ADA@example.com", PASSWORD).await.status, 200);
    assert_eq!(page.get("/api/v1/users/1").await.json(), answer.json());
}

/// A new timeline of the database is a fail-over or a recovery, which may have lost accounts.
#[tokio::test]
async fn a_new_timeline_of_the_database_leaves_one_gap_of_ids() {
    let service = Service::start();
    let noted = "INSERT INTO id_timelines (timeline) VALUES ";
    let mut ids = Vec::new();
    for (turn, timeline) in ["database_timeline()", "'0000002A'", ""].iter().enumerate() {
        if !timeline.is_empty() {
            service.database(|it| {
                it.execute("DELETE FROM id_timelines");
                it.execute(&format!("{noted} ({timeline})"));
            });
        }
        let email = format!("ada{turn}@example.com");
        let answer = service.native().register(&email, PASSWORD).await;
        ids.push(answer.json()["id"].as_i64().unwrap());
    }
    assert_eq!(ids, [1, 1_000_002, 1_000_003]);
}

#[tokio::test]
async fn an_app_registers_without_a_csrf_token() {
    let service = Service::start();
    assert_eq!(
        service
            .native()
            .register("ada@example.com", PASSWORD)
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn an_address_has_one_account_whatever_its_case() {
    let service = Service::start();
    let app = service.native();
    app.register("ada@example.com", PASSWORD).await;
    assert_snapshot!(app.register("ADA@EXAMPLE.com", PASSWORD).await, @r#"
    409 Conflict
    {
      "action": "fix",
      "code": "email_taken",
      "detail": "An account with this email address exists. Sign in, or use another address.",
      "errors": {
        "email": [
          "An account with this address exists."
        ]
      },
      "request_id": "[request_id]",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn the_address_of_a_deactivated_account_stays_taken() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    assert_eq!(ada.leave("/api/v1/users/1").await.status, 204);
    let answer = service.native().register("ada@example.com", PASSWORD).await;
    answer.assert_problem("email_taken");
}

#[tokio::test]
async fn all_invalid_fields_are_reported_together() {
    let service = Service::start();
    let app = service.native();
    assert_snapshot!(app.register("ada", "short").await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "email": [
          "Enter an email address of the form name@example.com."
        ],
        "password": [
          "A password has at least 8 characters."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    assert_snapshot!(app.post("/api/v1/users", json!({"email": "a@example.com"})).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "password": [
          "This field is required."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    assert_snapshot!(app.post("/api/v1/users", json!({"email": 7, "password": PASSWORD})).await, @r#"
    422 Unprocessable Entity
    {
      "action": "fix",
      "code": "validation_failed",
      "detail": "Correct the fields named in errors and send the request again.",
      "errors": {
        "email": [
          "This value is of the wrong type."
        ]
      },
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn unacceptable_addresses_and_passwords_are_refused() {
    let service = Service::start();
    let app = service.native();
    let long = format!("{}@example.com", "n".repeat(250));
    let emails = [
        "",
        " ",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "a@b@example.com",
        "a\u{0}b@example.com",
        &long,
    ];
    for email in emails {
        let answer = app.register(email, PASSWORD).await;
        answer.assert_problem("validation_failed");
        assert!(
            answer.json()["errors"]["email"].is_array(),
            "{email:?}: {answer}"
        );
    }
    let long = "x7ñ".repeat(43);
    let passwords = [
        "",
        "2gBvÄß7",
        &long,
        "password1",
        "PASSWORD",
        "qwertyuiop",
        "12345678",
        "xK7-Grace-92w",
        "aaaaaaaaaaaa",
    ];
    for password in passwords {
        let answer = app.register("grace@example.com", password).await;
        answer.assert_problem("validation_failed");
        assert!(
            answer.json()["errors"]["password"].is_array(),
            "{password:?}: {answer}"
        );
    }
    let shortest = "2gBvÄß7ü";
    assert_eq!(
        app.register("grace@example.com", shortest).await.status,
        201
    );
    let longest = "ñ7xQ".repeat(32);
    assert_eq!(
        app.register("hopper@example.com", &longest).await.status,
        201
    );
    assert_eq!(app.log_in("hopper@example.com", &longest).await.status, 200);
    assert_eq!(
        app.log_in("hopper@example.com", &format!("{longest}x"))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_password_is_the_same_in_every_unicode_form() {
    let service = Service::start();
    let app = service.native();
    app.register("ada@example.com", "caf\u{e9} ﬁx 1234 zz")
        .await;
    assert_eq!(
        app.log_in("ada@example.com", "cafe\u{301} fix 1234 zz")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn clients_cannot_choose_role_id_or_state() {
    let service = Service::start();
    for field in ["role", "is_active", "id", "password_hash", "created_at"] {
        let mut body = json!({"email": "ada@example.com", "password": PASSWORD});
        body[field] = "admin".into();
        let answer = service.native().post("/api/v1/users", body).await;
        answer.assert_problem("validation_failed");
        assert!(answer.json()["errors"][field].is_array(), "{answer}");
    }
    assert_eq!(
        service.database(|it| it.text("SELECT count(*) FROM users")),
        "0"
    );
}

#[tokio::test]
async fn while_sign_up_is_off_only_administrators_create_accounts() {
    let service = Service::with(&[("SIGNUP_ENABLED", "false")]);
    let stranger = service.native();
    assert_snapshot!(stranger.register("eve@example.com", PASSWORD).await, @r#"
    401 Unauthorized
    {
      "action": "refresh",
      "code": "access_token_missing",
      "detail": "Sign in first, then send the access token.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    let user = service.user("ada@example.com").await;
    assert_snapshot!(user.register("eve@example.com", PASSWORD).await, @r#"
    403 Forbidden
    {
      "action": "fix",
      "code": "forbidden",
      "detail": "This account may not do that. Ask an administrator.",
      "request_id": "[request_id]",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
    let admin = service.admin("root@example.com").await;
    assert_eq!(
        admin.register("eve@example.com", PASSWORD).await.status,
        201
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_registrations_gets_the_address() {
    let service = Service::start();
    let app = service.native();
    let attempts = (0..20).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.register("ada@example.com", PASSWORD).await })
    });
    let mut outcomes = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        let answer = attempt.await.unwrap();
        outcomes.push((answer.status.as_u16(), answer.code()));
    }
    outcomes.sort();
    assert_eq!(outcomes[0], (201, String::new()));
    assert!(
        outcomes[1..]
            .iter()
            .all(|one| *one == (409, "email_taken".into())),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn the_hash_is_never_returned_and_the_password_never_stored() {
    let service = Service::start();
    let answer = service.native().register("ada@example.com", PASSWORD).await;
    let hash = service.database(|it| it.text("SELECT password_hash FROM users"));
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
    assert!(!answer.text().contains("argon2"));
    let dump = service.database(|it| {
        it.text("SELECT string_agg(u::text, '') FROM users AS u")
            + &it.text("SELECT string_agg(e::text, '') FROM audit_events AS e")
    });
    assert!(!dump.contains(PASSWORD));
    let _: Value = answer.json();
}

#[tokio::test]
async fn a_domain_in_unicode_and_in_ascii_is_one_account() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let client = service.native();
    let answer = client.register("Ada@B\u{dc}CHER.example", PASSWORD).await;
    assert_eq!(answer.status, 201, "{answer}");
    assert_eq!(answer.json()["email"], "ada@xn--bcher-kva.example");
    for spelling in [
        "ada@xn--bcher-kva.example",
        "ADA@XN--BCHER-KVA.EXAMPLE",
        "ada@b\u{fc}cher.example",
        "ada@bu\u{308}cher\u{3002}example",
    ] {
        let answer = client.register(spelling, PASSWORD).await;
        answer.assert_problem("email_taken");
        let answer = client.log_in(spelling, PASSWORD).await;
        assert_eq!(answer.status, 200, "{spelling}: {answer}");
    }
    for part in ["b%C3%BCcher", "Ada%40B%C3%9CCHER.ex", "xn--bch", "BCHER"] {
        let path = format!("/api/v1/users?email_contains={part}");
        let answer = admin.get(&path).await;
        let items = answer.json()["items"].as_array().unwrap().len();
        assert_eq!(items, 1, "{part}: {answer}");
    }
    let carl = service.user("carl@example.com").await;
    let id = carl.get("/api/v1/users/me").await.json()["id"].clone();
    let change =
        serde_json::json!({"email": "ada@b\u{fc}cher.example", "current_password": PASSWORD});
    let answer = carl.put(&format!("/api/v1/users/{id}"), change).await;
    answer.assert_problem("email_taken");
}
