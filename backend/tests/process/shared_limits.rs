//! Rate limits shared in a real Redis.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::database::Database;
use crate::http::{self, Answer};
use crate::program::{Service, Setup, awaited};

pub const PASSWORD: &str = "kX3vT8-nobody-guesses-this";
const NATIVE: &str = "x-client-type: native\r\n";

/// A Redis for one test, which stops with it.
pub struct Redis {
    process: Child,
    pub address: SocketAddr,
}

impl Redis {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        Self::start_at(address)
    }

    pub fn start_at(address: SocketAddr) -> Self {
        let port = address.port().to_string();
        let process = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1"])
            .args(["--save", "", "--requirepass", PASSWORD, "--dir", "/tmp"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("redis-server: {error}: apt install it"));
        let redis = Self { process, address };
        awaited("Redis answers", || TcpStream::connect(address).ok());
        redis
    }

    pub fn url(&self, password: &str) -> String {
        format!("redis://:{password}@{}", self.address)
    }

    /// Sends commands, and returns the whole response.
    fn ask(&self, commands: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "AUTH {PASSWORD}\r\n{commands}\r\nQUIT\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().cast_signed()), signal).unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Allows 10 requests a minute in the auth tier; none refills during a test.
fn setup(url: &secrecy::SecretString, redis: &str) -> Setup {
    Setup::on(url)
        .with("JWT_SECRET", "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3")
        .with("REDIS_URL", redis)
        .with("RATE_LIMIT_AUTH_PER_SECOND", "0.001")
        .with("RATE_LIMIT_AUTH_BURST", "10")
}

pub fn await_limits(service: &Service, expected: &str) {
    awaited("readiness tells where requests are counted", || {
        let ready = service.get("/health/ready");
        assert_eq!(ready.status, 200, "{ready:?}");
        (ready.body["checks"]["limits"] == expected).then_some(())
    });
}

/// A request of the auth tier that needs no account.
fn sign_out(service: &Service) -> Answer {
    service
        .ask("POST", "/api/v1/auth/logout", NATIVE, &Value::Null)
        .unwrap()
}

fn sign_in(service: &Service) -> Answer {
    let body = json!({"email": "nobody@example.com", "password": "wrong password"});
    let path = "/api/v1/auth/login";
    service.ask("POST", path, NATIVE, &body).unwrap()
}

#[test]
fn the_eleventh_request_is_refused_on_whichever_instance() {
    let (url, _database) = Database::bare();
    let redis = Redis::start();
    let setup = setup(&url, &redis.url(PASSWORD));
    let services = [setup.start_ready(), setup.start_ready()];
    for service in &services {
        await_limits(service, "ok");
    }
    for turn in 0..10 {
        let service = &services[turn % 2];
        // Neither request is counted.
        service.get("/health/live");
        let preflight = "origin: http://localhost:8081\r\naccess-control-request-method: POST\r\n";
        let path = "/api/v1/auth/login";
        service
            .ask("OPTIONS", path, preflight, &Value::Null)
            .unwrap();
        let answer = if turn < 5 {
            sign_out(service)
        } else {
            sign_in(service)
        };
        assert!([204, 401].contains(&answer.status), "{turn}: {answer:?}");
    }
    for service in &services {
        for answer in [sign_out(service), sign_in(service)] {
            assert_eq!(answer.status, 429, "{answer:?}");
            assert_eq!(answer.body["code"], "rate_limited");
            let wait = answer
                .headers
                .iter()
                .find(|(name, _)| name == "retry-after");
            let wait: u64 = wait.unwrap().1.parse().unwrap();
            assert!((900..=1000).contains(&wait), "{wait}");
        }
    }
    let keys = redis.ask("KEYS *");
    assert!(
        keys.contains("latchkey:limits:auth:address:127.0.0.1"),
        "{keys}"
    );
    let left = redis.ask("PTTL latchkey:limits:auth:address:127.0.0.1");
    let left: i64 = left
        .split(':')
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=10_000_000).contains(&left), "{left}");

    // The script and the counts are gone; the next requests restore both.
    redis.ask("FLUSHALL\r\nSCRIPT FLUSH");
    for service in &services {
        assert_eq!(sign_out(service).status, 204);
        await_limits(service, "ok");
    }
}

#[test]
fn without_redis_each_instance_counts_by_itself_until_it_is_back() {
    let (url, _database) = Database::bare();
    let redis = Redis::start();
    let service = setup(&url, &redis.url(PASSWORD)).start_ready();
    await_limits(&service, "ok");
    let is_over = AtomicBool::new(false);
    let address = service.address;
    let redis = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let is_over = &is_over;
                scope.spawn(move || {
                    let end = Instant::now() + Duration::from_mins(2);
                    let mut passed = 0;
                    while !is_over.load(Ordering::Relaxed) && Instant::now() < end {
                        let path = "/api/v1/auth/logout";
                        let answer = http::ask(address, "POST", path, NATIVE, &Value::Null);
                        let status = answer.unwrap().status;
                        assert!([204, 429].contains(&status), "{status}");
                        passed += u32::from(status == 204);
                    }
                    passed
                })
            })
            .collect();
        let at = redis.address;
        drop(redis);
        await_limits(&service, "local");
        let redis = Redis::start_at(at);
        await_limits(&service, "ok");
        is_over.store(true, Ordering::Relaxed);
        let passed: u32 = clients.into_iter().map(|it| it.join().unwrap()).sum();
        // Ten counted by the first Redis, ten in memory, and ten by the second.
        assert!((10..=30).contains(&passed), "{passed}");
        redis
    });
    while sign_out(&service).status == 204 {}

    // It hangs. The first request notices, and later ones do not wait.
    redis.signal(Signal::SIGSTOP);
    sign_out(&service);
    await_limits(&service, "local");
    let began = Instant::now();
    for _ in 0..400 {
        let status = sign_out(&service).status;
        assert!([204, 429].contains(&status), "{status}");
    }
    // Half the time that it would take if each waited for Redis.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let log = service.log();
    let told = log.matches("Redis does not count").count();
    assert_eq!(told, 2, "once for each time that it went away: {log}");
    redis.signal(Signal::SIGCONT);
    await_limits(&service, "ok");
    assert_eq!(sign_out(&service).status, 429);
}

#[test]
fn a_wrong_password_for_redis_is_told_and_not_shown() {
    let (url, _database) = Database::bare();
    let redis = Redis::start();
    let service = setup(&url, &redis.url("hunter2")).start_ready();
    await_limits(&service, "local");
    awaited("the log tells", || {
        service.log().contains("Redis does not count").then_some(())
    });
    assert!(!service.log().contains("hunter2"));
    for _ in 0..10 {
        assert_eq!(sign_out(&service).status, 204);
    }
    assert_eq!(sign_out(&service).status, 429);
}
