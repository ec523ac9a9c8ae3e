//! Responses and work must not reveal who has an account. These tests compare the work, because
//! times are noisy; `make gate` compares times.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use latchkey::features::users::application::{count_costs, count_costs_first};
use latchkey::features::users::domain::Role;
use serde_json::json;

use crate::support::{Client, PASSWORD, Recorder, Work};

const WRONG: &str = "not the password at all";

/// The parameters of accounts; today's are last.
const OLD: &str = "$argon2id$v=19$m=64,t=1,p=1$";
const RECENT: &str = "$argon2id$v=19$m=64,t=2,p=1$";
const TODAY: &str = "$argon2id$v=19$m=128,t=2,p=1$";
const SETTINGS: [(&str, &str); 2] = [("ARGON2_MEMORY_KIB", "128"), ("ARGON2_ITERATIONS", "2")];

/// Addresses of each kind.
const ADDRESSES: usize = 200;

/// A hash that no password has.
fn hash(parameters: &str) -> String {
    format!("{parameters}{}${}", "A".repeat(22), "A".repeat(43))
}

/// Adds accounts of one kind; half have old parameters, 30 % recent and 20 % today's.
fn add_accounts(recorder: &mut Recorder, kind: &str, columns: &str) {
    recorder.execute(&format!(
        "INSERT INTO users (email, password_hash)
         SELECT '{kind}-' || n || '@example.com',
             CASE WHEN n % 10 < 5 THEN '{}' WHEN n % 10 < 8 THEN '{}' ELSE '{}' END
         FROM generate_series(0, {ADDRESSES} - 1) AS n;
         UPDATE users SET {columns} WHERE email LIKE '{kind}-%'",
        hash(OLD),
        hash(RECENT),
        hash(TODAY)
    ));
}

fn parameters_of(index: usize) -> &'static str {
    match index % 10 {
        0..5 => OLD,
        5..8 => RECENT,
        _ => TODAY,
    }
}

/// The stored costs of unknown addresses.
struct Table {
    key: hmac::Key,
    ranges: Vec<(u64, String)>,
}

impl Table {
    fn read(recorder: &mut Recorder) -> Self {
        let key = recorder.text("SELECT encode(key, 'base64') FROM password_costs");
        let key = {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD
                .decode(key.trim())
                .unwrap()
        };
        let ranges = recorder.text(
            "SELECT string_agg(bound || ' ' || one, E'\\n')
             FROM password_costs, unnest(bounds, parameters) AS ranges (bound, one)",
        );
        let ranges = ranges.lines().map(|line| {
            let (bound, parameters) = line.split_once(' ').unwrap();
            (bound.parse().unwrap(), parameters.to_owned())
        });
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            ranges: ranges.collect(),
        }
    }

    fn parameters_at(&self, email: &str) -> &str {
        let tag = hmac::sign(&self.key, email.as_bytes());
        let point = u32::from_be_bytes(tag.as_ref()[..4].try_into().unwrap());
        let mut ranges = self.ranges.iter();
        let range = ranges.find(|(bound, _)| u64::from(point) < *bound);
        &range.unwrap().1
    }

    /// The points of each set of parameters, in thousandths.
    fn shares(&self) -> BTreeMap<&str, u64> {
        let (mut start, mut points) = (0, BTreeMap::new());
        for (bound, parameters) in &self.ranges {
            *points.entry(parameters.as_str()).or_default() += bound - start;
            start = *bound;
        }
        for points in points.values_mut() {
            *points = (*points * 1000 + (1 << 31)) >> 32;
        }
        points
    }
}

/// A kind of address, and whether its sign-ins cost what the account's hash costs.
const KINDS: [(&str, bool); 7] = [
    ("active", true),
    ("deactivated", true),
    ("administrator", true),
    ("right", true),
    ("none", false),
    ("damaged", false),
    ("unknown", false),
];

/// A service with accounts of all kinds, whose costs are counted.
async fn population() -> (Recorder, Table) {
    let mut recorder = Recorder::start(&SETTINGS);
    let owner = recorder.service.account("owner@example.com", Role::User);
    owner.await;
    let ours = recorder.text("SELECT password_hash FROM users");
    add_accounts(&mut recorder, "active", "is_active = true");
    add_accounts(&mut recorder, "deactivated", "is_active = false");
    add_accounts(&mut recorder, "administrator", "role = 'admin'");
    // A deactivated account, with the right password.
    add_accounts(&mut recorder, "right", "is_active = false");
    let right = "is_active = false AND email LIKE 'right-%' AND password_hash LIKE";
    recorder.execute(&format!(
        "UPDATE users SET password_hash = '{ours}' WHERE {right} '{TODAY}%'"
    ));
    for (parameters, changed) in [
        (
            OLD,
            [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")],
        ),
        (
            RECENT,
            [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "2")],
        ),
    ] {
        let hasher = recorder.beside(&changed).app.passwords.clone();
        let place = hasher.enter().unwrap();
        let hash = place.hash(PASSWORD.into()).await.unwrap();
        recorder.execute(&format!(
            "UPDATE users SET password_hash = '{hash}' WHERE {right} '{parameters}%'"
        ));
    }
    add_accounts(&mut recorder, "none", "password_hash = NULL");
    let damaged = "password_hash = CASE id % 3 WHEN 0 THEN '' WHEN 1 THEN '$argon2id$v=19$m=64'
        ELSE '$argon2id$v=19$m=4294967295,t=9,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA' END";
    add_accounts(&mut recorder, "damaged", damaged);
    recorder.execute("DELETE FROM users WHERE email = 'owner@example.com'");
    assert!(count_costs(&recorder.service.app).await.unwrap());
    let table = Table::read(&mut recorder);
    (recorder, table)
}

/// Signs in at several addresses of each kind. Compares each with the others, and its hash with the
/// expected one. Returns the work, which was the same for all.
async fn compare(
    recorder: &mut Recorder,
    table: &Table,
    client: &Client,
    addresses: usize,
) -> Work {
    let mut reference: Option<Work> = None;
    for (kind, has_hash) in KINDS {
        for index in 0..addresses {
            let email = format!("{kind}-{index}@example.com");
            let password = if kind == "right" { PASSWORD } else { WRONG };
            let mut work = recorder.watch(client.log_in(&email, password)).await;
            let expected = if has_hash {
                parameters_of(index)
            } else {
                table.parameters_at(&email)
            };
            let hashes = std::mem::take(&mut work.hashes);
            assert_eq!(
                hashes,
                BTreeMap::from([(expected.to_owned(), 1)]),
                "{email}"
            );
            let reference = reference.get_or_insert_with(|| work.clone());
            assert_eq!(work, *reference, "{email}");
        }
    }
    reference.unwrap()
}

#[tokio::test]
async fn signing_in_does_the_same_work_whoever_has_an_account() {
    let (mut recorder, table) = population().await;
    let shares = [(OLD, 500), (RECENT, 300), (TODAY, 200)];
    assert_eq!(table.shares(), BTreeMap::from(shares));
    let stranger = recorder.service.native();
    let work = compare(&mut recorder, &table, &stranger, ADDRESSES).await;
    assert!(work.answer.contains("invalid_credentials"), "{work:?}");
    assert_eq!(work.rows, "INSERT sign_in_failures\nINSERT audit_events");
    assert_eq!(work.statements.len(), 7, "{work:?}");
}

#[tokio::test]
async fn a_throttled_sign_in_does_the_same_work_whoever_has_an_account() {
    let (mut recorder, table) = population().await;
    recorder.execute(
        "INSERT INTO sign_in_failures (account, failed_at, last_failed_at)
         SELECT sha256(convert_to(kind || '-' || n || '@example.com', 'UTF8')),
             array_fill(now(), ARRAY[10]), now()
         FROM generate_series(0, 19) AS n, unnest(ARRAY['active', 'deactivated', 'administrator',
             'right', 'none', 'damaged', 'unknown']) AS kind",
    );
    let stranger = recorder.service.native();
    let work = compare(&mut recorder, &table, &stranger, 20).await;
    assert!(work.answer.contains("rate_limited"), "{work:?}");
    assert_eq!(work.rows, "INSERT audit_events");
}

#[tokio::test]
async fn a_device_that_is_known_for_another_account_does_the_same_work_too() {
    let (mut recorder, table) = population().await;
    let phone = recorder.service.user("owner@example.com").await;
    let stranger = recorder.service.native();
    stranger.set_device_token(&phone.device_token().unwrap());
    let work = compare(&mut recorder, &table, &stranger, 20).await;
    assert!(work.answer.contains("invalid_credentials"), "{work:?}");
    // For its own account it does the same work.
    let mut own = recorder
        .watch(stranger.log_in("owner@example.com", WRONG))
        .await;
    let hashes = std::mem::take(&mut own.hashes);
    assert_eq!(hashes, BTreeMap::from([(TODAY.to_owned(), 1)]));
    assert_eq!(own, work);
}

#[tokio::test]
async fn every_instance_takes_the_same_time_for_an_address() {
    let (recorder, table) = population().await;
    let other = recorder.beside(&[("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "2")]);
    for index in 0..20 {
        let email = format!("nobody-{index}@example.com");
        let before = other.app.passwords.computed();
        let answer = other.native().log_in(&email, WRONG).await;
        answer.assert_problem("invalid_credentials");
        let parameters = table.parameters_at(&email);
        let mut expected = before;
        *expected.entry(parameters.to_owned()).or_default() += 1;
        assert_eq!(other.app.passwords.computed(), expected);
    }
}

#[tokio::test]
async fn registering_and_changing_an_address_tell_no_more_than_that_it_is_taken() {
    let mut recorder = Recorder::start(&SETTINGS);
    for (kind, columns) in [
        ("active", "is_active = true"),
        ("deactivated", "is_active = false"),
        ("none", "password_hash = NULL"),
        ("damaged", "password_hash = ''"),
    ] {
        add_accounts(&mut recorder, kind, columns);
    }
    let owner = recorder.service.user("owner@example.com").await;
    let path = recorder.text("SELECT '/api/v1/users/' || id FROM users WHERE email LIKE 'owner%'");
    let stranger = recorder.service.native();
    let mut taken = BTreeMap::<_, Work>::new();
    for (index, kind) in ["active", "deactivated", "none", "damaged"]
        .iter()
        .enumerate()
    {
        let email = format!("{kind}-{}@example.com", index + 3);
        let registered = recorder.watch(stranger.register(&email, PASSWORD)).await;
        let change = |password| json!({"email": email, "current_password": password});
        let changed = recorder.watch(owner.put(&path, change(PASSWORD))).await;
        for (what, work) in [("register", registered), ("change", changed)] {
            assert!(work.answer.contains("email_taken"), "{work:?}");
            assert_eq!(work.hashes, BTreeMap::from([(TODAY.to_owned(), 1)]));
            let reference = taken.entry(what).or_insert_with(|| work.clone());
            assert_eq!(work, *reference, "{email}");
        }
    }
    // Without the password, nothing reveals whether the address has an account.
    let change = json!({"email": "free@example.com", "current_password": WRONG});
    owner.put(&path, change).await;
    let mut refused = Vec::new();
    for email in [
        "active-0@example.com",
        "none-0@example.com",
        "free@example.com",
    ] {
        let change = json!({"email": email, "current_password": WRONG});
        let work = recorder.watch(owner.put(&path, change)).await;
        assert!(work.answer.contains("invalid_credentials"), "{work:?}");
        refused.push(work);
    }
    assert_eq!(refused[1], refused[0]);
    assert_eq!(refused[2], refused[0]);
}

/// The unknown addresses with the cost of these parameters.
fn unknown_at(recorder: &mut Recorder, parameters: &str) -> Vec<usize> {
    let table = Table::read(recorder);
    let email = |index| format!("nobody-{index}@example.com");
    (0..ADDRESSES)
        .filter(|index| table.parameters_at(&email(*index)) == parameters)
        .collect()
}

#[tokio::test]
async fn unknown_addresses_follow_rehashed_accounts_and_never_go_back() {
    let mut recorder = Recorder::start(&SETTINGS);
    add_accounts(&mut recorder, "active", "is_active = true");
    let app = recorder.service.app.clone();
    assert!(count_costs(&app).await.unwrap());
    let mut before = unknown_at(&mut recorder, OLD);
    for left in [80, 30, 31, 2, 0] {
        recorder.execute(&format!(
            "UPDATE users SET password_hash = CASE WHEN id <= {left} THEN '{}' ELSE '{}' END",
            hash(OLD),
            hash(TODAY)
        ));
        recorder.service.advance(301);
        assert!(count_costs(&app).await.unwrap());
        let after = unknown_at(&mut recorder, OLD);
        assert!(after.iter().all(|index| before.contains(index)));
        before = after;
    }
    assert_eq!(before, [0; 0]);
}

#[tokio::test]
async fn one_instance_counts_at_a_time_and_the_strongest_parameters_win() {
    let mut recorder = Recorder::start(&SETTINGS);
    add_accounts(&mut recorder, "active", "is_active = true");
    let app = recorder.service.app.clone();
    assert!(count_costs(&app).await.unwrap());
    assert!(!count_costs(&app).await.unwrap());
    recorder.service.advance(301);
    recorder.execute("BEGIN; SELECT FROM password_costs FOR UPDATE");
    assert!(!count_costs(&app).await.unwrap());
    recorder.execute("COMMIT");
    assert!(count_costs(&app).await.unwrap());

    // During a rolling update, the weaker instance does not count.
    let stronger = recorder.beside(&[("ARGON2_MEMORY_KIB", "256"), SETTINGS[1]]);
    stronger.advance(301);
    assert!(count_costs(&stronger.app).await.unwrap());
    recorder.service.advance(600);
    assert!(!count_costs(&app).await.unwrap());
    let counted_by = "SELECT counted_by FROM password_costs";
    assert_eq!(recorder.text(counted_by), "$argon2id$v=19$m=256,t=2,p=1$");
    // The parameters were lowered: no instance with the stronger ones counts any more.
    recorder.service.advance(1800);
    assert!(count_costs(&app).await.unwrap());
    assert_eq!(recorder.text(counted_by), TODAY);
    let shares = [(OLD, 500), (RECENT, 300), (TODAY, 200)];
    assert_eq!(Table::read(&mut recorder).shares(), BTreeMap::from(shares));
}

#[tokio::test]
async fn of_many_accounts_a_sample_is_counted() {
    let mut recorder = Recorder::start(&SETTINGS);
    recorder.execute(&format!(
        "SET session_replication_role = replica;
         INSERT INTO users (id, email, password_hash)
         SELECT n * 3, n || '@example.com', CASE WHEN n <= 9000 THEN '{}' ELSE '{}' END
         FROM generate_series(1, 30000) AS n",
        hash(OLD),
        hash(TODAY)
    ));
    assert!(count_costs(&recorder.service.app).await.unwrap());
    let shares = [(OLD, 300), (TODAY, 700)];
    assert_eq!(Table::read(&mut recorder).shares(), BTreeMap::from(shares));
}

#[tokio::test]
async fn without_a_count_unknown_addresses_cost_what_new_accounts_do() {
    let mut recorder = Recorder::start(&SETTINGS);
    let stranger = recorder.service.native();
    let work = recorder
        .watch(stranger.log_in("nobody@example.com", WRONG))
        .await;
    assert_eq!(work.hashes, BTreeMap::from([(TODAY.to_owned(), 1)]));
    assert!(count_costs_first(&recorder.service.app).await.unwrap());
    let work = recorder
        .watch(stranger.log_in("nobody@example.com", WRONG))
        .await;
    assert_eq!(work.hashes, BTreeMap::from([(TODAY.to_owned(), 1)]));
}
