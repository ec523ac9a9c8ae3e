//! Known devices: unknown devices can neither lock them out nor delay them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use latchkey::features::users::domain::Role;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Database, MAIL, PASSWORD, Service};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NEW: &str = "another fine passphrase 42";
const WRONG: &str = "not the password at all";

/// Unknown devices at this many addresses each guess ADA's password once.
async fn guess(service: &Service, addresses: u8) {
    for last in 1..=addresses {
        let stranger = service.native().at(&format!("203.0.113.{last}"));
        let answer = stranger.log_in(ADA, WRONG).await;
        let code = answer.code();
        assert!(
            code == "invalid_credentials" || code == "rate_limited",
            "{answer}"
        );
    }
}

/// Another client that has only the device's mark.
fn marked(service: &Service, device: &Client) -> Client {
    let client = service.native();
    client.set_device_token(&device.device_token().unwrap());
    client
}

/// Whether the device is known for ADA, when the budget of unknown devices is exhausted.
async fn is_known(service: &Service, device: &Client) -> bool {
    let answer = marked(service, device).log_in(ADA, PASSWORD).await;
    match answer.code().as_str() {
        "" => true,
        "rate_limited" => false,
        _ => panic!("{answer}"),
    }
}

/// ADA resets the password from this client.
async fn reset(service: &Service, client: &Client, password: &str) {
    let begun = client
        .post("/api/v1/auth/forgot", json!({"email": ADA}))
        .await;
    let mail = service.mail_to(ADA);
    let body = json!({"flow": begun.json()["flow"], "code": mail.code(), "password": password});
    let answer = client.post("/api/v1/auth/reset", body).await;
    assert_eq!(answer.status, 204, "{answer}");
}

async fn sign_out(client: &Client) {
    let token = client.refresh_token();
    let body = token.map_or(Value::Null, |token| json!({ "refresh_token": token }));
    let answer = client.post("/api/v1/auth/logout", body).await;
    assert_eq!(answer.status, 204);
    if client.csrf_token().is_some() {
        client.fetch_csrf_token().await;
    }
}

/// The id of this client's session.
async fn session_id(client: &Client) -> String {
    let sessions = client.get("/api/v1/auth/sessions").await.json();
    let items = sessions["items"].as_array().unwrap();
    let current = items.iter().find(|item| item["is_current"] == true);
    current.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn guesses_from_many_addresses_lock_out_only_unknown_devices() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let page = service.browser().await;
    assert_eq!(page.log_in(ADA, PASSWORD).await.status, 200);
    for device in [&phone, &page] {
        sign_out(device).await;
    }
    guess(&service, 110).await;
    let stranger = service.native().log_in(ADA, PASSWORD).await;
    stranger.assert_problem("rate_limited");
    for device in [&phone, &page] {
        assert_eq!(device.log_in(ADA, PASSWORD).await.status, 200);
    }
    let elsewhere = service.beside(&[]);
    assert!(is_known(&elsewhere, &phone).await);
}

#[tokio::test]
async fn known_devices_share_a_budget_of_their_own() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let tablet = service.signed_in(ADA).await;
    for turn in 0..10 {
        let device = if turn % 2 == 0 { &phone } else { &tablet };
        let answer = device.log_in(ADA, WRONG).await;
        answer.assert_problem("invalid_credentials");
    }
    for device in [&phone, &tablet] {
        let answer = device.log_in(ADA, PASSWORD).await;
        answer.assert_problem("rate_limited");
        assert_eq!(answer.header("retry-after"), Some("900"));
    }
    assert_eq!(service.native().log_in(ADA, PASSWORD).await.status, 200);
    service.advance(901);
    assert_eq!(phone.log_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn guesses_of_known_devices_made_at_once_are_counted_one_by_one() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let mut guesses = JoinSet::new();
    for _ in 0..30 {
        let device = phone.clone();
        guesses.spawn(async move { device.log_in(ADA, WRONG).await.code() });
    }
    let codes = guesses.join_all().await;
    let judged = codes.iter().filter(|code| *code == "invalid_credentials");
    assert_eq!(judged.count(), 10, "{codes:?}");
}

#[tokio::test]
async fn a_known_device_changes_its_password_while_strangers_guess() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    guess(&service, 11).await;
    let change = json!({"password": "the sea is blue 42", "current_password": PASSWORD});
    let answer = phone.put("/api/v1/users/1", change).await;
    assert_eq!(answer.status, 200, "{answer}");
    let answer = phone.log_in(ADA, "the sea is blue 42").await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn a_stolen_mark_gives_no_access() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let page = service.browser_user(BOB).await;
    let thief = marked(&service, &phone);
    thief
        .get("/api/v1/users/me")
        .await
        .assert_problem("access_token_missing");
    thief
        .refresh()
        .await
        .assert_problem("refresh_token_missing");
    thief
        .log_in(ADA, WRONG)
        .await
        .assert_problem("invalid_credentials");
    let mark = page.cookie("device").unwrap();
    let thief = service.browser().await;
    for name in ["device", "access_token", "refresh_token"] {
        thief.set_cookie(name, &mark);
    }
    thief
        .get("/api/v1/users/me")
        .await
        .assert_problem("access_token_missing");
    thief
        .refresh()
        .await
        .assert_problem("refresh_token_invalid");
    thief.set_access_token(Some(&mark));
    thief
        .get("/api/v1/users/me")
        .await
        .assert_problem("access_token_invalid");
}

#[tokio::test]
async fn a_mark_of_one_account_is_unknown_to_another() {
    let service = Service::start();
    service.account(ADA, Role::User).await;
    let bob = service.user(BOB).await;
    guess(&service, 11).await;
    assert!(!is_known(&service, &bob).await);
    // Failures of unknown devices do not count against known ones either.
    let eve = marked(&service, &bob);
    for _ in 0..10 {
        eve.log_in("unknown@example.com", WRONG)
            .await
            .assert_problem("invalid_credentials");
    }
    let answer = service.native().log_in("unknown@example.com", WRONG).await;
    answer.assert_problem("rate_limited");
    assert_eq!(bob.log_in(BOB, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn signing_out_keeps_the_device_known() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    sign_out(&phone).await;
    guess(&service, 11).await;
    assert!(is_known(&service, &phone).await);
}

#[tokio::test]
async fn signing_a_device_out_from_another_ends_its_mark_alone() {
    let service = Service::start();
    let (phone, tablet) = (service.user(ADA).await, service.signed_in(ADA).await);
    let laptop = service.signed_in(ADA).await;
    guess(&service, 11).await;
    let path = format!("/api/v1/auth/sessions/{}", session_id(&phone).await);
    assert_eq!(laptop.delete(&path).await.status, 204);
    let mut known = Vec::new();
    for device in [&phone, &tablet, &laptop] {
        known.push(is_known(&service, device).await);
    }
    assert_eq!(known, [false, true, true]);
}

/// Each sign-in begins a session, and a device may have several.
#[tokio::test]
async fn signing_out_an_older_session_of_a_device_ends_its_mark_too() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let older = format!("/api/v1/auth/sessions/{}", session_id(&phone).await);
    assert_eq!(phone.log_in(ADA, PASSWORD).await.status, 200);
    let laptop = service.signed_in(ADA).await;
    guess(&service, 11).await;
    assert_eq!(laptop.delete(&older).await.status, 204);
    assert!(!is_known(&service, &phone).await);
    assert!(is_known(&service, &laptop).await);
}

#[tokio::test]
async fn clearing_up_the_own_devices_older_session_keeps_its_mark() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let older = format!("/api/v1/auth/sessions/{}", session_id(&phone).await);
    assert_eq!(phone.log_in(ADA, PASSWORD).await.status, 200);
    guess(&service, 11).await;
    assert_eq!(phone.delete(&older).await.status, 204);
    assert!(is_known(&service, &phone).await);
}

#[tokio::test]
async fn an_older_session_that_ends_all_others_keeps_its_own_devices_mark() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let older = phone.copy();
    assert_eq!(phone.log_in(ADA, PASSWORD).await.status, 200);
    let laptop = service.signed_in(ADA).await;
    guess(&service, 11).await;
    assert_eq!(older.delete("/api/v1/auth/sessions").await.status, 204);
    assert!(!is_known(&service, &laptop).await);
    assert!(is_known(&service, &phone).await);
}

/// The release before this one noted no device of a session.
#[tokio::test]
async fn a_session_that_names_no_device_is_its_devices_latest_or_none() {
    let service = Service::start();
    let (phone, laptop) = (service.user(ADA).await, service.signed_in(ADA).await);
    service.database(|it| it.execute("UPDATE sessions SET known_device_id = NULL"));
    guess(&service, 11).await;
    let path = format!("/api/v1/auth/sessions/{}", session_id(&phone).await);
    assert_eq!(laptop.delete(&path).await.status, 204);
    assert!(!is_known(&service, &phone).await);
    assert!(is_known(&service, &laptop).await);
}

#[tokio::test]
async fn ending_all_other_sessions_ends_all_other_marks() {
    let service = Service::start();
    let (phone, laptop) = (service.user(ADA).await, service.signed_in(ADA).await);
    // Its session has already ended, and only the current one is alive.
    sign_out(&phone).await;
    guess(&service, 11).await;
    let answer = laptop.delete("/api/v1/auth/sessions").await;
    assert_eq!(answer.status, 204);
    assert!(!is_known(&service, &phone).await);
    assert!(is_known(&service, &laptop).await);
}

#[tokio::test]
async fn a_new_password_ends_the_marks_of_other_devices() {
    let service = Service::start();
    let (phone, laptop) = (service.user(ADA).await, service.signed_in(ADA).await);
    let change = json!({"password": "the sea is blue 42", "current_password": PASSWORD});
    assert_eq!(laptop.put("/api/v1/users/1", change).await.status, 200);
    guess(&service, 11).await;
    let answer = phone.log_in(ADA, "the sea is blue 42").await;
    answer.assert_problem("rate_limited");
    let answer = laptop.log_in(ADA, "the sea is blue 42").await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Whoever guesses on would keep the owner from signing in with the new password.
#[tokio::test]
async fn whoever_resets_the_password_by_mail_signs_in_on_a_known_device() {
    let service = Service::with_mail();
    service.user(ADA).await;
    for owner in [service.native(), service.browser().await] {
        reset(&service, &owner, NEW).await;
        assert_eq!(owner.access_token(), None);
        guess(&service, 12).await;
        let stranger = service.native().log_in(ADA, NEW).await;
        stranger.assert_problem("rate_limited");
        let answer = owner.log_in(ADA, NEW).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

#[tokio::test]
async fn the_mark_of_a_reset_is_worth_no_more_than_that_of_a_sign_in() {
    let service = Service::with_mail();
    let ada = service.user(ADA).await;
    let thief = service.native();
    reset(&service, &thief, NEW).await;
    let mark = thief.device_token().unwrap();
    assert_ne!(ada.device_token().unwrap(), mark);
    // Other devices are told, although the reset opened no session.
    assert_eq!(service.native().log_in(ADA, NEW).await.status, 200);
    assert!(service.kinds_to(ADA).contains(&"new_device".to_owned()));
    service.advance(61);
    reset(&service, &service.native(), PASSWORD).await;
    guess(&service, 10).await;
    assert!(!is_known(&service, &thief).await);
}

#[tokio::test]
async fn each_act_of_an_administrator_ends_all_marks() {
    let service = Service::start();
    let admin = service.admin("admin@example.com").await;
    let path = format!(
        "/api/v1/users/{}",
        service.account(ADA, Role::User).await.id
    );
    let mut left = Vec::new();
    for act in 0..4 {
        admin.put(&path, json!({"is_active": true})).await;
        service.signed_in(ADA).await;
        let done = match act {
            0 => admin.delete(&format!("{path}/sessions")).await,
            1 => admin.delete(&path).await,
            2 => admin.put(&path, json!({"password": PASSWORD})).await,
            _ => admin.put(&path, json!({"role": "admin"})).await,
        };
        assert!(done.status.is_success(), "{done}");
        let count = "SELECT count(*) FROM known_devices WHERE user_id = 2";
        left.push(service.database(|it| it.text(count)));
    }
    // A change of role does not affect devices.
    assert_eq!(left, ["0", "0", "0", "1"]);
}

#[tokio::test]
async fn one_browser_is_known_for_several_accounts() {
    let service = Service::start();
    service.account(BOB, Role::User).await;
    let page = service.browser_user(ADA).await;
    sign_out(&page).await;
    assert_eq!(page.log_in(BOB, PASSWORD).await.status, 200);
    sign_out(&page).await;
    guess(&service, 11).await;
    for turn in 0..11 {
        let answer = service.native().log_in(BOB, WRONG).await;
        assert_eq!(answer.code() == "rate_limited", turn == 10, "{answer}");
    }
    for email in [ADA, BOB, ADA] {
        let answer = page.log_in(email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    let rows = service.database(|it| it.text("SELECT count(*) FROM known_devices"));
    assert_eq!(rows, "2", "a device is one row for each account");
}

#[tokio::test]
async fn an_invalid_mark_counts_as_none() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    guess(&service, 11).await;
    let good = phone.device_token().unwrap();
    let longer = format!("{good}{good}");
    let twice_as_long = "A".repeat(6000);
    for bad in [
        "",
        "x",
        "0",
        "%",
        &good[1..],
        &good[..good.len() - 4],
        &longer,
        &twice_as_long,
    ] {
        let client = service.native();
        client.set_device_token(bad);
        let answer = client.log_in(ADA, PASSWORD).await;
        answer.assert_problem("rate_limited");
        let page = service.browser().await;
        page.set_cookie("device", bad);
        let answer = page.log_in(ADA, PASSWORD).await;
        answer.assert_problem("rate_limited");
    }
    // Another program's cookie with this name comes first.
    let page = service.browser().await;
    page.set_cookie("device", &format!("foreign; device={good}"));
    assert_eq!(page.log_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_mark_is_read_only_from_where_its_transport_carries_it() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    guess(&service, 11).await;
    let good = phone.device_token().unwrap();
    let page = service.browser().await;
    page.set_device_token(&good);
    let answer = page.log_in(ADA, PASSWORD).await;
    answer.assert_problem("rate_limited");
    let app = service.native();
    app.set_cookie("device", &good);
    let answer = app.log_in(ADA, PASSWORD).await;
    answer.assert_problem("rate_limited");
}

/// With a valid mark the table of devices is always read before the response; without one, never.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_is_looked_up_whether_or_not_there_is_such_an_account() {
    let service = Service::start();
    service.account(ADA, Role::User).await;
    let bob = service.user(BOB).await;
    let url = service.database(Database::url);
    let lock = "BEGIN; LOCK TABLE known_devices IN ACCESS EXCLUSIVE MODE";
    for email in [ADA, BOB, "nobody@example.com"] {
        let mut other = PgConnection::establish(url.expose_secret()).unwrap();
        other.batch_execute(lock).unwrap();
        let plain = service.native().log_in(email, WRONG).await;
        plain.assert_problem("invalid_credentials");
        let device = marked(&service, &bob);
        let asked = tokio::spawn(async move { device.log_in(email, WRONG).await });
        service.await_waiting(1, || asked.is_finished());
        assert!(!asked.is_finished(), "{email}");
        drop(other);
        asked.await.unwrap().assert_problem("invalid_credentials");
    }
}

#[tokio::test]
async fn an_account_keeps_the_fifty_devices_that_were_used_last() {
    let service = Service::start();
    let oldest = service.user(ADA).await;
    let second = service.signed_in(ADA).await;
    for _ in 0..48 {
        service.signed_in(ADA).await;
    }
    service.advance(1);
    assert_eq!(oldest.log_in(ADA, PASSWORD).await.status, 200);
    service.signed_in(ADA).await;
    guess(&service, 11).await;
    assert!(is_known(&service, &oldest).await);
    assert!(!is_known(&service, &second).await);
    let rows = service.database(|it| it.text("SELECT count(*) FROM known_devices"));
    assert_eq!(rows, "50");
}

#[tokio::test]
async fn a_device_that_was_not_used_for_400_days_is_forgotten() {
    let service = Service::start();
    let (phone, tablet) = (service.user(ADA).await, service.signed_in(ADA).await);
    service.advance(399 * 86_400);
    assert_eq!(tablet.log_in(ADA, PASSWORD).await.status, 200);
    service.advance(2 * 86_400);
    latchkey::process::delete_old_rows(&service.app)
        .await
        .unwrap();
    guess(&service, 11).await;
    assert!(!is_known(&service, &phone).await);
    assert!(is_known(&service, &tablet).await);
}

#[tokio::test]
async fn a_full_hash_queue_has_places_for_known_devices() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let bob = service.user(BOB).await;
    let mut places = Vec::new();
    while let Ok(place) = service.app.passwords.enter() {
        places.push(place);
    }
    let stranger = service.native().log_in(ADA, PASSWORD).await;
    stranger.assert_problem("overloaded");
    // A device that is known for one account does not go ahead at others.
    let other = marked(&service, &bob).log_in(ADA, PASSWORD).await;
    other.assert_problem("overloaded");
    assert_eq!(phone.log_in(ADA, PASSWORD).await.status, 200);
    let mut ahead = Vec::new();
    while let Ok(place) = service.app.passwords.enter_ahead() {
        ahead.push(place);
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(ahead.len(), cores * 8);
    let answer = phone.log_in(ADA, PASSWORD).await;
    answer.assert_problem("overloaded");
}

/// Who is signed in needs no mark: their account is certain.
#[tokio::test]
async fn a_full_hash_queue_has_places_for_those_who_are_signed_in() {
    let service = Service::start();
    let ada = service.user(ADA).await;
    let admin = service.admin("admin@example.com").await;
    ada.set_device_token("x");
    let mut places = Vec::new();
    while let Ok(place) = service.app.passwords.enter() {
        places.push(place);
    }
    let stranger = service.native().register(BOB, PASSWORD).await;
    stranger.assert_problem("overloaded");
    let change = json!({"password": "the sea is blue 42", "current_password": PASSWORD});
    let answer = ada.put("/api/v1/users/1", change).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(admin.register(BOB, PASSWORD).await.status, 201);
    let change = json!({"password": PASSWORD});
    let answer = admin.put("/api/v1/users/1", change).await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Whoever owns an account may change its password as often as they like.
#[tokio::test]
async fn a_flood_of_password_changes_of_one_account_falls_back_into_the_queue() {
    let service = Service::start();
    let (eve, ada) = (service.user(BOB).await, service.user(ADA).await);
    let mut places = Vec::new();
    while let Ok(place) = service.app.passwords.enter() {
        places.push(place);
    }
    let change = json!({"password": PASSWORD, "current_password": PASSWORD});
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(eve.put("/api/v1/users/1", change.clone()).await.code());
    }
    assert_eq!(codes[0], "");
    assert_eq!(codes[19], "overloaded", "{codes:?}");
    let answer = ada.put("/api/v1/users/2", change).await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Strangers take turns on an account; while theirs are held up, a known device need not wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_device_does_not_wait_for_unknown_ones() {
    let service = Service::start();
    let phone = service.user(ADA).await;
    let url = service.database(Database::url);
    let mut other = PgConnection::establish(url.expose_secret()).unwrap();
    other
        .batch_execute("BEGIN; LOCK TABLE sign_in_failures IN SHARE MODE")
        .unwrap();
    let mut guesses = JoinSet::new();
    for _ in 0..60 {
        let stranger = service.native();
        guesses.spawn(async move { stranger.log_in(ADA, WRONG).await.code() });
    }
    service.await_waiting(2, || false);
    let answer = phone.log_in(ADA, PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer}");
    let mut done = 0;
    while guesses.try_join_next().is_some() {
        done += 1;
    }
    assert!(done < 60, "the strangers were not held up");
}

#[tokio::test]
async fn a_known_device_gets_the_next_core() {
    let service = Service::with(&[("ARGON2_MEMORY_KIB", "8192"), ("ARGON2_ITERATIONS", "4")]);
    let mut strangers = JoinSet::new();
    let mut count = 0;
    while let Ok(place) = service.app.passwords.enter() {
        strangers.spawn(place.hash(PASSWORD.into()));
        count += 1;
    }
    // All of them wait in the queue while the cores are busy.
    while service.app.passwords.free_cores() > 0 {
        tokio::task::yield_now().await;
    }
    let place = service.app.passwords.enter_ahead().unwrap();
    place.hash(PASSWORD.into()).await.unwrap();
    let mut done = 0;
    while let Some(one) = strangers.try_join_next() {
        one.unwrap().unwrap();
        done += 1;
    }
    assert!(done < count / 2, "{done} of {count} strangers went first");
}

/// Whoever proves to read the account's mail is no stranger.
#[tokio::test]
async fn a_reset_by_mail_gets_the_next_core() {
    let service = Service::with(&[
        MAIL[0],
        MAIL[1],
        ("ARGON2_MEMORY_KIB", "8192"),
        ("ARGON2_ITERATIONS", "4"),
    ]);
    service.user(ADA).await;
    let owner = service.native();
    let begun = owner
        .post("/api/v1/auth/forgot", json!({"email": ADA}))
        .await;
    let code = service.mail_to(ADA).code();
    let body = json!({"flow": begun.json()["flow"], "code": code, "password": NEW});
    let mut strangers = JoinSet::new();
    let mut count = 0;
    while let Ok(place) = service.app.passwords.enter() {
        strangers.spawn(place.hash(PASSWORD.into()));
        count += 1;
    }
    while service.app.passwords.free_cores() > 0 {
        tokio::task::yield_now().await;
    }
    let answer = owner.post("/api/v1/auth/reset", body).await;
    assert_eq!(answer.status, 204, "{answer}");
    let mut done = 0;
    while let Some(one) = strangers.try_join_next() {
        one.unwrap().unwrap();
        done += 1;
    }
    assert!(done < count / 2, "{done} of {count} strangers went first");
}

/// The owner of any account has a valid mark for it, and may send it often.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_from_a_known_device_of_one_account_crowds_out_no_other_accounts_devices() {
    let service = Service::with(&[("ARGON2_MEMORY_KIB", "8192"), ("ARGON2_ITERATIONS", "4")]);
    let eve = service.user("eve@example.com").await;
    let owners = [ADA, BOB, "cid@example.com"];
    let mut devices = Vec::new();
    for email in owners {
        devices.push(service.user(email).await);
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let mut flood = JoinSet::new();
    for _ in 0..300 {
        let (eve, is_over) = (marked(&service, &eve), Arc::clone(&is_over));
        flood.spawn(async move {
            let mut refused = 0_u32;
            while !is_over.load(Ordering::Relaxed) {
                let answer = eve.log_in("eve@example.com", WRONG).await;
                refused += u32::from(answer.code() == "overloaded");
                tokio::task::yield_now().await;
            }
            refused
        });
    }
    // Until the queue is full.
    while service.app.passwords.enter().is_ok() {
        tokio::task::yield_now().await;
    }
    let mut codes = Vec::new();
    for _ in 0..5 {
        for (device, email) in devices.iter().zip(owners) {
            codes.push(device.log_in(email, PASSWORD).await.code());
        }
    }
    is_over.store(true, Ordering::Relaxed);
    let refused: u32 = flood.join_all().await.into_iter().sum();
    assert!(refused > 0, "the queue was never full");
    assert_eq!(codes, [""; 15]);
}
