//! Accounts of earlier releases, which stored international domains in Unicode.

use diesel::connection::SimpleConnection;
use insta::assert_snapshot;
use latchkey::clock::Clock;
use latchkey::db::migrations;
use latchkey::features::users::application::{
    Conversion, ConvertError, convert_domains, list_unconverted,
};
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{Database, PASSWORD, Service, text};

const UNICODE: &str = "ada@b\u{fc}cher.example";
const ASCII: &str = "ada@xn--bcher-kva.example";

/// Stores the address of an account as an earlier release did.
fn store(service: &Service, id: i64, address: &str) {
    service.database(|it| {
        it.execute(&format!(
            "UPDATE users SET email = '{address}' WHERE id = {id}"
        ));
    });
}

fn address(service: &Service, id: i64) -> String {
    service.database(|it| it.text(&format!("SELECT email FROM users WHERE id = {id}")))
}

/// Converts, after telling the same without a change.
fn convert(service: &Service) -> Conversion {
    service.database(|it| {
        let told = list_unconverted(it.connection(), &Clock::default()).unwrap();
        let done = convert_domains(it.connection(), &Clock::default()).unwrap();
        assert_eq!(told.left, done.left);
        done
    })
}

#[tokio::test]
async fn an_account_of_an_earlier_release_is_entered_with_either_spelling() {
    let service = Service::start();
    let id = service.account(ASCII, Role::User).await.id;
    let signed_in = service.signed_in(ASCII).await;
    store(&service, id, UNICODE);
    for spelling in [UNICODE, ASCII] {
        let refused = service.native().log_in(spelling, PASSWORD).await;
        assert_eq!(refused.status, 401, "{refused}");
    }

    let converted = vec![id];
    let left = Vec::new();
    assert_eq!(convert(&service), Conversion { converted, left });
    for spelling in [UNICODE, ASCII] {
        service.signed_in(spelling).await;
    }
    let own = signed_in.get("/api/v1/users/me").await;
    assert_eq!(own.status, 200, "{own}");
    assert_eq!(own.json()["email"], ASCII);
    let recorded = "SELECT string_agg(user_agent, ' | ') FROM audit_events
        WHERE kind = 'email_changed' AND user_id IS NOT NULL AND actor_id IS NULL";
    let recorded = service.database(|it| it.text(recorded));
    assert_snapshot!(recorded.replace(env!("CARGO_PKG_VERSION"), "[version]"), @"latchkey migration [version]");
    assert_eq!(convert(&service), Conversion::default());
}

#[tokio::test]
async fn an_address_that_another_account_has_in_ascii_stays_until_one_of_them_gets_another() {
    let service = Service::start();
    let admin = service.admin("root@example.com").await;
    let older = service.account("ada@example.com", Role::User).await.id;
    store(&service, older, UNICODE);
    let newer = service.account(ASCII, Role::User).await.id;

    let found = convert(&service);
    assert_eq!(found.left, [(older, ConvertError::Taken { by: newer })]);
    assert_eq!(address(&service, older), UNICODE);
    let me = service
        .signed_in(UNICODE)
        .await
        .get("/api/v1/users/me")
        .await;
    assert_eq!(me.json()["id"], newer);

    let path = format!("/api/v1/users/{newer}");
    let moved = admin.put(&path, json!({"email": "ada@example.com"})).await;
    assert_eq!(moved.status, 200, "{moved}");
    assert_eq!(convert(&service).converted, [older]);
    let me = service
        .signed_in(UNICODE)
        .await
        .get("/api/v1/users/me")
        .await;
    assert_eq!(me.json()["id"], older);
}

#[tokio::test]
async fn of_two_accounts_with_one_address_the_verified_one_gets_it() {
    let service = Service::start();
    let mut ids = Vec::new();
    for spelling in [
        UNICODE,
        "ada@bu\u{308}cher.example",
        "ada@b\u{fc}cher\u{3002}example",
    ] {
        let name = format!("{}@example.com", ids.len());
        let id = service.account(&name, Role::User).await.id;
        store(&service, id, spelling);
        ids.push(id);
    }
    let proved = format!(
        "UPDATE users SET email_verified_at = now() WHERE id = {}",
        ids[1]
    );
    service.database(|it| it.execute(&proved));
    let done = service.database(|it| convert_domains(it.connection(), &Clock::default()));
    let taken = ConvertError::Taken { by: ids[1] };
    let done = done.unwrap();
    assert_eq!(done.converted, [ids[1]]);
    assert_eq!(done.left, [(ids[0], taken), (ids[2], taken)]);
    assert_eq!(address(&service, ids[1]), ASCII);
}

#[tokio::test]
async fn an_address_without_a_form_in_ascii_and_one_that_is_kept_for_another_stay() {
    let service = Service::start();
    let invalid = service.account("ada@example.com", Role::User).await.id;
    store(&service, invalid, "ada@b\u{fc}..example");
    let other = service.account("bob@example.com", Role::User).await.id;
    let kept = service.account("eve@example.com", Role::User).await.id;
    store(&service, kept, UNICODE);
    service.database(|it| {
        it.execute(&format!(
            "INSERT INTO reserved_addresses VALUES ('{ASCII}', {other}, now() + INTERVAL '1 day')"
        ));
    });
    let reasons = [
        (invalid, ConvertError::Invalid),
        (kept, ConvertError::Reserved),
    ];
    assert_eq!(convert(&service).left, reasons);
    service.database(|it| it.execute("DELETE FROM reserved_addresses"));
    assert_eq!(convert(&service).converted, [kept]);
}

/// So that a start reads no account that needs no conversion.
#[test]
fn addresses_that_are_not_in_ascii_are_found_by_an_index_of_their_own() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    connection
        .batch_execute(
            "INSERT INTO users (email, password_hash)
             SELECT n || '@example.com', '' FROM generate_series(1, 10000) n; ANALYZE users",
        )
        .unwrap();
    let scans = "(SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'users')";
    let pages = "(SELECT relpages FROM pg_class WHERE relname = 'users_by_email_beyond_ascii')";
    assert_eq!(text(&mut connection, pages), "1");
    connection
        .batch_execute("SELECT pg_stat_force_next_flush()")
        .unwrap();
    let before = text(&mut connection, scans);
    assert_eq!(
        convert_domains(&mut connection, &Clock::default()).unwrap(),
        Conversion::default()
    );
    assert_eq!(text(&mut connection, scans), before);
}
