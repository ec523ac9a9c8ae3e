//! Announcements of other programs on the channel of ended sessions.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::database::Database;
use crate::program::{Service, Setup, awaited};

fn me(service: &Service, token: &str) -> u16 {
    let bearer = format!("authorization: Bearer {token}\r\n");
    let answer = service.ask("GET", "/api/v1/users/me", &bearer, &Value::Null);
    answer.unwrap().status
}

/// Any role that may connect to the database can send announcements.
#[test]
fn a_forged_announcement_ends_no_session() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url).with("JWT_SECRET", "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3");
    let (one, other) = (setup.start_ready(), setup.start_ready());
    one.register("ada@example.com").unwrap();
    awaited("the instance hears", || {
        let ready = one.get("/health/ready");
        (ready.body["checks"]["revocations"] == "ok").then_some(())
    });
    let [ada, leaving] = [0, 1].map(|_| one.log_in("ada@example.com"));
    let (ada_token, leaving_token) = (ada.text("access_token"), leaving.text("access_token"));
    let id = |token: &str| {
        let sessions = one.ask(
            "GET",
            "/api/v1/auth/sessions",
            &format!("authorization: Bearer {token}\r\n"),
            &Value::Null,
        );
        let sessions = sessions.unwrap().body;
        let mut items = sessions["items"].as_array().unwrap().iter();
        items.find(|it| it["is_current"] == true).unwrap()["id"].clone()
    };
    let forged = json!([
        {"session": {"id": id(&ada_token), "until": "2100-01-01T00:00:00Z"}},
        {"account": {"user_id": ada.body["user"]["id"], "epoch": i32::MAX, "kept": null, "until": "2100-01-01T00:00:00Z"}},
    ]);
    connection
        .batch_execute(&format!(
            "SELECT pg_notify('latchkey_sessions_ended', '{forged}')"
        ))
        .unwrap();
    // A real one follows on the same channel.
    let bearer = format!("authorization: Bearer {leaving_token}\r\n");
    let ended = other.ask("POST", "/api/v1/auth/logout", &bearer, &json!({}));
    assert_eq!(ended.unwrap().status, 204);
    awaited("the end that did happen is heard of", || {
        (me(&one, &leaving_token) == 401).then_some(())
    });
    assert_eq!(me(&one, &ada_token), 200);
    let again = one.log_in("ada@example.com").text("access_token");
    assert_eq!(me(&one, &again), 200);
}
