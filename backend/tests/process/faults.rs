//! Refreshes through crashes: three processes on one database, a thousand concurrent refreshes of
//! one token, connections cut before their response, processes killed in the middle.

use std::collections::BTreeSet;
use std::env;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::json;

use crate::database::Database;
use crate::http::{Answer, Connection};
use crate::program::{Service, Setup, awaited};

const REFRESH: &str = "/api/v1/auth/refresh";
const NATIVE: &str = "x-client-type: native\r\n";
const SECRET: &str = "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3";
const INSTANCES: usize = 3;
const THREADS: usize = 20;
const CONNECTIONS_PER_THREAD: usize = 25;
/// Pipelined requests: 1,000 refreshes are in flight at a time.
const REFRESHES_PER_CONNECTION: usize = 2;

/// The counts for the final table.
#[derive(Default, Debug)]
struct Counts {
    rounds: usize,
    sent: usize,
    answered: usize,
    cut: usize,
    killed: usize,
    without_any_answer: usize,
}

/// A number from the environment variable `name`.
pub fn setting(name: &str, default: u64) -> u64 {
    let text = env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

pub fn random(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

fn one_in(random: &mut TestRng, chances: u32) -> bool {
    random.next_u32().is_multiple_of(chances)
}

fn refresh(service: &Service, token: &str) -> Option<Answer> {
    let body = json!({ "refresh_token": token });
    service.ask("POST", REFRESH, NATIVE, &body).ok()
}

/// Sends many refreshes at once and returns the successors received. Some connections are cut after
/// the request, some within the response. A response other than 200 or 503 fails the test.
fn storm(services: &[Service], token: &str, seed: u64, counts: &Mutex<Counts>) -> Vec<String> {
    let body = json!({ "refresh_token": token });
    let arrived = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for index in 0..THREADS {
            let (body, arrived) = (&body, &arrived);
            scope.spawn(move || {
                let mut random = random(seed ^ ((index as u64) << 32));
                let (mut open, mut broken_off) = (Vec::new(), Vec::new());
                for turn in 0..CONNECTIONS_PER_THREAD {
                    let address = services[(index + turn) % INSTANCES].address;
                    let Ok(mut connection) = Connection::open(address) else {
                        continue;
                    };
                    let sent = (0..REFRESHES_PER_CONNECTION)
                        .take_while(|_| connection.send("POST", REFRESH, NATIVE, body).is_ok());
                    counts.lock().unwrap().sent += sent.count();
                    if one_in(&mut random, 8) {
                        counts.lock().unwrap().cut += 1;
                        if one_in(&mut random, 2) {
                            broken_off.push(connection);
                        }
                    } else {
                        open.push(connection);
                    }
                }
                for mut connection in broken_off {
                    connection.receive_part(random.next_u32() as usize % 2000);
                }
                for mut connection in open {
                    for _ in 0..REFRESHES_PER_CONNECTION {
                        let Ok(answer) = connection.receive() else {
                            break;
                        };
                        match answer.status {
                            200 => arrived.lock().unwrap().push(answer.text("refresh_token")),
                            503 => {}
                            other => panic!("{other}: {}", answer.body),
                        }
                    }
                }
            });
        }
    });
    arrived.into_inner().unwrap()
}

/// Every answered refresh of a round gets the same successor, whatever dies meanwhile. The session
/// stays alive and has advanced by one generation. At the end, a token two generations old ends
/// this session and no other.
///
/// Runs for `FAULT_SECONDS` (20) from `FAULT_SEED`; `make soak` runs it for ten minutes.
#[test]
fn a_session_survives_storms_of_refreshes_and_crashes_without_a_fork() {
    let seed = setting("FAULT_SEED", 20_261_123);
    let end = Instant::now() + Duration::from_secs(setting("FAULT_SECONDS", 20));
    println!("FAULT_SEED={seed}");
    let mut database = Database::lease();
    let setup = Setup::on(&database.url()).with("JWT_SECRET", SECRET);
    let mut services: Vec<_> = (0..INSTANCES).map(|_| setup.start_ready()).collect();
    services[0].register("ada@example.com").unwrap();
    let bystander = services[1].log_in("ada@example.com").text("refresh_token");
    let mut chain = vec![services[0].log_in("ada@example.com").text("refresh_token")];
    let counts = Mutex::new(Counts::default());
    let mut random = random(seed);

    while Instant::now() < end || counts.lock().unwrap().rounds < 3 {
        let token = chain.last().unwrap().clone();
        let victim = one_in(&mut random, 2).then(|| random.next_u32() as usize % INSTANCES);
        let delay = Duration::from_millis(u64::from(random.next_u32() % 60));
        let round = random.next_u64();
        let arrived = thread::scope(|scope| {
            let storm = scope.spawn(|| storm(&services, &token, round, &counts));
            if let Some(victim) = victim {
                thread::sleep(delay);
                services[victim].signal(Signal::SIGKILL);
            }
            storm.join().unwrap()
        });
        if let Some(victim) = victim {
            services[victim].ended();
            services[victim] = setup.start_ready();
        }
        let mut successors: BTreeSet<String> = arrived.iter().cloned().collect();
        let again = awaited("an honest client gets its answer", || {
            refresh(&services[0], &token).filter(|answer| answer.status != 503)
        });
        assert_eq!(again.status, 200, "signed out: {}", again.body);
        successors.insert(again.text("refresh_token"));
        assert_eq!(successors.len(), 1, "the session forked: FAULT_SEED={seed}");
        chain.extend(successors);
        let state = database.text(
            "SELECT string_agg(generation || ' ' || (revoked_at IS NULL), ', ' ORDER BY generation)
             FROM sessions",
        );
        assert_eq!(state, format!("1 true, {} true", chain.len()));
        let mut counts = counts.lock().unwrap();
        counts.rounds += 1;
        counts.answered += arrived.len();
        counts.killed += usize::from(victim.is_some());
        counts.without_any_answer += usize::from(arrived.is_empty());
    }

    let stale = refresh(&services[2], &chain[chain.len() - 3]).unwrap();
    assert_eq!(stale.text("code"), "refresh_token_reused");
    let newest = refresh(&services[0], chain.last().unwrap()).unwrap();
    assert_eq!(newest.text("code"), "session_revoked");
    assert_eq!(refresh(&services[1], &bystander).unwrap().status, 200);
    let Counts {
        rounds,
        sent,
        answered,
        cut,
        killed,
        without_any_answer,
    } = counts.into_inner().unwrap();
    println!(
        "| rounds | refreshes sent | answered 200 | connections cut | processes killed | rounds without an answer | forks | signed out |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n\
         | {rounds} | {sent} | {answered} | {cut} | {killed} | {without_any_answer} | 0 | 0 |"
    );
}

/// Cuts the listening connections of both instances, once they exist.
fn cut_listeners(database: &mut Database, services: [&Service; 2]) {
    for service in services {
        awaited("the instance listens", || {
            let ready = service.get("/health/ready");
            (ready.body["checks"]["revocations"] == "ok").then_some(())
        });
    }
    let listeners = "FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE '% listener'";
    awaited("both listen", || {
        let both = format!("SELECT count(*) = 2 {listeners}");
        (database.text(&both) == "true").then_some(())
    });
    database.execute(&format!("SELECT pg_terminate_backend(pid) {listeners}"));
}

/// Ends a session on `one` and returns how long `other` took to learn of it; `cut` runs just
/// before.
fn end_heard_after(one: &Service, other: &Service, cut: impl FnOnce()) -> Duration {
    let tokens = one.log_in("ada@example.com");
    let bearer = format!("authorization: Bearer {}\r\n", tokens.text("access_token"));
    let me = || other.ask("GET", "/api/v1/users/me", &bearer, &serde_json::Value::Null);
    assert_eq!(me().unwrap().status, 200);
    cut();
    let headers = format!("{NATIVE}{bearer}");
    one.ask("POST", "/api/v1/auth/logout", &headers, &json!({}))
        .unwrap();
    let began = Instant::now();
    awaited("the other instance hears of the end", || {
        (me().unwrap().status == 401).then_some(())
    });
    began.elapsed()
}

/// When one instance ends a session, another learns of it, even if its listener was just cut off.
#[test]
fn an_end_is_heard_of_on_other_instances_also_after_the_listener_was_cut_off() {
    let mut database = Database::lease();
    let setup = Setup::on(&database.url()).with("JWT_SECRET", SECRET);
    let (one, other) = (setup.start_ready(), setup.start_ready());
    one.register("ada@example.com").unwrap();
    let table = |name: &str, mut latencies: Vec<Duration>| {
        latencies.sort_unstable();
        let [p50, p99] = [50, 99].map(|share| latencies[latencies.len() * share / 100]);
        println!("An end was heard of {name} after {p50:?} (p50), {p99:?} (p99).");
    };
    let heard = (0..50).map(|_| end_heard_after(&one, &other, || {}));
    table("by a listener", heard.collect());
    let heard = (0..50).map(|_| {
        end_heard_after(&one, &other, || {
            cut_listeners(&mut database, [&one, &other]);
        })
    });
    table("by one that was cut off", heard.collect());
}
