//! `latchkey users`.

use diesel::connection::SimpleConnection;
use insta::assert_snapshot;
use serde_json::Value;

use crate::database::Database;
use crate::program::{PASSWORD, Service, Setup};

fn me(service: &Service, token: &str) -> (u16, String) {
    let bearer = format!("authorization: Bearer {token}\r\n");
    let answer = service
        .ask("GET", "/api/v1/users/me", &bearer, &Value::Null)
        .unwrap();
    (answer.status, answer.text("code"))
}

#[test]
fn a_start_lets_accounts_of_earlier_releases_sign_in_with_either_spelling() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url);
    let old = setup.start_ready();
    for name in ["ada", "bob"] {
        let email = format!("{name}@b\u{fc}cher.example");
        assert_eq!(old.register(&email).unwrap().status, 201);
    }
    let unicode = "UPDATE users SET email = replace(email, 'xn--bcher-kva', 'b\u{fc}cher')";
    connection.batch_execute(unicode).unwrap();
    assert_eq!(old.register("bob@b\u{fc}cher.example").unwrap().status, 201);
    assert_eq!(old.log_in("ada@b\u{fc}cher.example").status, 401);
    let new = setup.start_ready();
    for domain in ["b\u{fc}cher", "xn--bcher-kva"] {
        assert_eq!(new.log_in(&format!("ada@{domain}.example")).status, 200);
    }
    for told in [
        r#""message":"converted the domains of addresses to ASCII","count":1"#,
        r#""user_id":2,"reason":"account 3 has the same address in ASCII""#,
    ] {
        assert!(new.log().contains(told), "{told}: {}", new.log());
    }
}

#[test]
fn accounts_are_managed_while_a_service_runs() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url);
    let users = |command: &str, input: &str| {
        let mut arguments = vec!["users"];
        arguments.extend(command.split(' '));
        let ran = setup.run(&arguments, input);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    };
    let line = format!("{PASSWORD}\n");
    assert_snapshot!(users("create --email Root@example.com --admin --password-stdin", &line), @"Created root@example.com with id 1.");
    assert_snapshot!(users("create --email ada@example.com --password-stdin", &line), @"Created ada@example.com with id 2.");
    let service = setup.start_ready();
    assert_eq!(
        service.log_in("root@example.com").body["user"]["role"],
        "admin"
    );
    let token = service.log_in("ada@example.com").text("access_token");
    assert_eq!(me(&service, &token).0, 200);

    assert_snapshot!(users("sign-out --email ada@example.com", ""), @"Ended 1 sessions of ada@example.com.");
    let refusal = crate::program::awaited("the service hears of it", || {
        let (status, code) = me(&service, &token);
        (status != 200).then_some(code)
    });
    assert_eq!(refusal, "session_revoked");

    assert_snapshot!(users("deactivate --email ada@example.com", ""), @"ada@example.com is deactivated, with the role user.");
    assert_eq!(
        service.log_in("ada@example.com").text("code"),
        "invalid_credentials"
    );
    assert_snapshot!(users("reactivate --email ada@example.com", ""), @"ada@example.com is active, with the role user.");
    assert_snapshot!(users("promote --email ada@example.com", ""), @"ada@example.com is active, with the role admin.");
    assert_eq!(
        service.log_in("ada@example.com").body["user"]["role"],
        "admin"
    );
}

#[test]
fn errors_are_printed_to_standard_error() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url);
    let refused = |command: &str, input: &str| {
        let mut arguments = vec!["users"];
        arguments.extend(command.split(' '));
        let ran = setup.run(&arguments, input);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(1), ""),
            "{}",
            ran.stderr
        );
        ran.stderr
    };
    let line = format!("{PASSWORD}\n");
    setup.run(
        &[
            "users",
            "create",
            "--email",
            "root@example.com",
            "--admin",
            "--password-stdin",
        ],
        &line,
    );
    assert_snapshot!(refused("create --email ROOT@example.com --password-stdin", &line), @"latchkey: an account with this address exists");
    assert_snapshot!(refused("create --email ada@example.com --password-stdin", "password\n"), @"latchkey: This password is among the most common ones. Choose another.");
    assert_snapshot!(refused("create --email ada@example.com --password-stdin", ""), @"latchkey: A password has at least 8 characters.");
    assert_snapshot!(refused("promote --email nobody@example.com", ""), @"latchkey: there is no account with the address nobody@example.com");
    assert_snapshot!(refused("promote --email nobody@b\u{fc}cher.example", ""), @"latchkey: there is no account with the address nobody@xn--bcher-kva.example");
    assert_snapshot!(refused("deactivate --email root@example.com", ""), @"latchkey: this is the last active administrator");
    let malformed = setup.run(&["users", "promote", "--email", "nonsense"], "");
    assert_eq!(malformed.code, Some(2), "{malformed:?}");
}

#[test]
fn the_private_database_is_started_for_a_command_and_stopped_after_it() {
    let setup = Setup::new();
    let line = format!("{PASSWORD}\n");
    let ran = setup.run(
        &[
            "users",
            "create",
            "--email",
            "ada@example.com",
            "--password-stdin",
        ],
        &line,
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let service = setup.start_ready();
    assert_eq!(service.log_in("ada@example.com").status, 200);
    // While one is running, it is used.
    let ran = setup.run(&["users", "promote", "--email", "ada@example.com"], "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
