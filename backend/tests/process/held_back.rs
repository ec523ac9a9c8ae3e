//! A request that is deliberately sent slowly.

use serde_json::json;

use crate::database::Database;
use crate::http::Connection;
use crate::program::{PASSWORD, Setup};

#[test]
fn a_body_that_is_held_back_does_not_outlive_its_session() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).start_ready();
    service.register("ada@example.com").unwrap();
    let signed_in = service.log_in("ada@example.com");
    let bearer = format!(
        "authorization: Bearer {}\r\n",
        signed_in.text("access_token")
    );
    let path = format!("/api/v1/users/{}", signed_in.body["user"]["id"]);
    let body = json!({"email": "eve@example.com", "current_password": PASSWORD}).to_string();
    let (first, rest) = body.split_at(1);

    let mut held = Connection::open(service.address).unwrap();
    held.write(&format!(
        "PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{bearer}\r\n{first}",
        body.len()
    ))
    .unwrap();
    let signed_out = service
        .ask("POST", "/api/v1/auth/logout", &bearer, &json!({}))
        .unwrap();
    assert_eq!(signed_out.status, 204);
    held.write(rest).unwrap();
    assert_eq!(held.receive().unwrap().text("code"), "session_revoked");
}
