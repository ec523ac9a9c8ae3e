//! The service with a real streaming replica, made by `pg_basebackup`.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::program::{PASSWORD, Service, Setup, awaited};
use crate::servers::{Pair, Server};

const JWT_SECRET: &str = "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3";

impl Pair {
    fn instance(&self) -> Service {
        Setup::on(&self.primary.url())
            .with("JWT_SECRET", JWT_SECRET)
            .with("DATABASE_REPLICA_URL", self.replica.url().expose_secret())
            .start_ready()
    }
}

fn await_replica(service: &Service, expected: &str) {
    awaited("readiness tells what the replica does", || {
        let ready = service.get("/health/ready");
        (ready.body["checks"]["replica"] == expected).then_some(())
    });
}

/// An administrator, who may read everything that a replica answers.
struct Admin<'a> {
    service: &'a Service,
    bearer: String,
    id: i64,
}

impl<'a> Admin<'a> {
    fn sign_in(service: &'a Service, pair: &Pair) -> Self {
        service.register("root@example.com").unwrap();
        let promote = "UPDATE users SET role = 'admin'";
        pair.primary.connect().batch_execute(promote).unwrap();
        let tokens = service.log_in("root@example.com");
        Self {
            service,
            bearer: format!("authorization: Bearer {}\r\n", tokens.text("access_token")),
            id: tokens.body["user"]["id"].as_i64().unwrap(),
        }
    }

    fn on(&self, service: &'a Service) -> Self {
        Self {
            service,
            bearer: self.bearer.clone(),
            id: self.id,
        }
    }

    fn get(&self, path: &str) -> Value {
        let answer = self
            .service
            .ask("GET", path, &self.bearer, &Value::Null)
            .unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    fn put(&self, path: &str, body: &Value) {
        let answer = self.service.ask("PUT", path, &self.bearer, body).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
}

/// The servers' counters of reads from `users`, which show which one answered.
fn scans(server: &Server) -> i64 {
    number(
        server,
        "SELECT (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::bigint FROM pg_stat_user_tables
         WHERE relname = 'users'",
    )
}

/// Asks a server for one number.
fn number(server: &Server, query: &str) -> i64 {
    let number = sql::<BigInt>(&format!("({query})"));
    diesel::select(number)
        .get_result(&mut server.connect())
        .unwrap()
}

#[test]
fn reads_that_may_be_old_are_answered_by_the_replica_and_by_the_primary_while_it_is_away() {
    let mut pair = Pair::start();
    let (one, other) = (pair.instance(), pair.instance());
    for service in [&one, &other] {
        await_replica(service, "ok");
    }
    let admin = Admin::sign_in(&one, &pair);
    let paths = [
        "/api/v1/users/me".to_owned(),
        format!("/api/v1/users/{}", admin.id),
        "/api/v1/users?email_contains=root".to_owned(),
        "/api/v1/audit-events".to_owned(),
    ];

    // Counters are published when a connection is idle, after at most a second.
    awaited("the replica answers", || {
        let before = scans(&pair.replica);
        for path in &paths {
            admin.get(path);
        }
        (scans(&pair.replica) > before).then_some(())
    });

    // A user sees their own change on every instance.
    let elsewhere = admin.on(&other);
    for round in 0..20 {
        let email = format!("root{round}@example.com");
        let change = json!({"email": email, "current_password": PASSWORD});
        admin.put(
            "/api/v1/users/me"
                .replace("me", &admin.id.to_string())
                .as_str(),
            &change,
        );
        assert_eq!(elsewhere.get("/api/v1/users/me")["email"], email);
        assert_eq!(admin.get("/api/v1/users/me")["email"], email);
        let listed = elsewhere.get(&format!("/api/v1/users?email_contains=root{round}@"));
        assert_eq!(listed["items"][0]["email"], email);
    }

    // With a replica that stands still, own changes are visible too.
    one.log_in("root19@example.com");
    pair.replica
        .connect()
        .batch_execute("SELECT pg_wal_replay_pause()")
        .unwrap();
    let others = one.ask(
        "DELETE",
        "/api/v1/auth/sessions",
        &admin.bearer,
        &Value::Null,
    );
    assert_eq!(others.unwrap().status, 204);
    let ends = elsewhere.get("/api/v1/audit-events?kind=sessions_revoked");
    assert_eq!(ends["items"].as_array().unwrap().len(), 1, "{ends}");
    let change = json!({"email": "late@example.com", "current_password": PASSWORD});
    admin.put(&format!("/api/v1/users/{}", admin.id), &change);
    assert_eq!(
        elsewhere.get("/api/v1/users/me")["email"],
        "late@example.com"
    );
    assert_eq!(admin.get("/api/v1/users/me")["email"], "late@example.com");
    await_replica(&one, "behind");
    pair.replica
        .connect()
        .batch_execute("SELECT pg_wal_replay_resume()")
        .unwrap();
    for service in [&one, &other] {
        await_replica(service, "ok");
    }

    // If it stops in the middle, no request fails, and it is used again when it returns.
    pair.replica.stop();
    for path in &paths {
        admin.get(path);
        elsewhere.get(path);
    }
    await_replica(&one, "unavailable");
    assert_eq!(one.get("/health/ready").status, 200);
    let change = json!({"email": "root@example.com", "current_password": PASSWORD});
    admin.put(&format!("/api/v1/users/{}", admin.id), &change);
    pair.replica.start();
    await_replica(&one, "ok");
    assert_eq!(admin.get("/api/v1/users/me")["email"], "root@example.com");
}

#[test]
fn a_replica_that_was_promoted_is_not_asked_any_more() {
    let pair = Pair::start();
    let service = pair.instance();
    await_replica(&service, "ok");
    let admin = Admin::sign_in(&service, &pair);
    pair.replica
        .connect()
        .batch_execute("SELECT pg_promote()")
        .unwrap();
    await_replica(&service, "unavailable");
    let stray = "UPDATE users SET email = 'elsewhere@example.com'";
    awaited("the promoted server takes changes", || {
        pair.replica.connect().batch_execute(stray).ok()
    });
    assert_eq!(admin.get("/api/v1/users/me")["email"], "root@example.com");
}

/// An asynchronous fail-over loses the latest accounts, while their access tokens are still about.
#[test]
fn the_id_of_an_account_that_a_fail_over_lost_goes_to_nobody_else() {
    let mut pair = Pair::start();
    let before = pair.instance();
    before.register("root@example.com").unwrap();
    let counter = "SELECT last_value FROM users_id_seq";
    let kept = "SELECT count(*) FROM users";
    awaited("the replica has the account", || {
        (number(&pair.replica, kept) == 1).then_some(())
    });
    let promised = number(&pair.replica, counter);
    pair.replica.stop();

    // PostgreSQL logs ids in advance. As many as the replica knows of are taken.
    let taken = format!("SELECT setval('users_id_seq', {promised})");
    pair.primary.connect().batch_execute(&taken).unwrap();
    before.register("lost@example.com").unwrap();
    let tokens = before.log_in("lost@example.com");
    let lost = tokens.body["user"]["id"].as_i64().unwrap();
    pair.primary.stop();

    pair.replica.start();
    let promote = "SELECT pg_promote()";
    pair.replica.connect().batch_execute(promote).unwrap();
    let after = Setup::on(&pair.replica.url())
        .with("JWT_SECRET", JWT_SECRET)
        .start_ready();
    let mut ids = Vec::new();
    for email in ["eve@example.com", "mal@example.com"] {
        let registered = after.register(email).unwrap();
        ids.push(registered.body["id"].as_i64().unwrap());
    }
    assert!(ids[0] > lost, "{lost} {ids:?}");
    assert_eq!(ids[1], ids[0] + 1, "one gap is enough");
    let bearer = format!("authorization: Bearer {}\r\n", tokens.text("access_token"));
    let answer = after.ask("GET", "/api/v1/users/me", &bearer, &Value::Null);
    assert_eq!(answer.unwrap().body["code"], "session_revoked");
}
