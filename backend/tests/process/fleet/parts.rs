//! What the fleet consists of.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::pgbouncer::PgBouncer;
use crate::program::{Service, Setup, awaited};
use crate::proxies::{Proxy, await_answer, free_address};
use crate::servers::Pair;
use crate::shared_limits::{PASSWORD, Redis, await_limits};

const SECRET: &str = "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3";

/// How wrong the clocks of the instances are: 30 s apart.
const CLOCKS: [&str; INSTANCES] = ["+15s", "+0s", "-15s"];

pub const INSTANCES: usize = 3;

/// Everything; what stands in front ends first.
pub struct Fleet {
    pub front: SocketAddr,
    _proxy: Proxy,
    _folder: TempDir,
    pub services: Vec<Service>,
    setups: Vec<Setup>,
    redis: Option<Redis>,
    _pgbouncer: PgBouncer,
    pub pair: Pair,
}

impl Fleet {
    pub fn start() -> Self {
        let pair = Pair::start();
        let pgbouncer = PgBouncer::with_servers(&pair.primary.url(), 12);
        let redis = Redis::start();
        let addresses = [(); INSTANCES].map(|()| free_address());
        let setups: Vec<_> = (0..INSTANCES)
            .map(|index| setup(index, addresses[index], &pair, &pgbouncer, &redis))
            .collect();
        let services = setups.iter().map(Setup::start_ready).collect();
        let (front, folder) = (free_address(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("haproxy.cfg"), haproxy(front, addresses)).unwrap();
        let proxy = Proxy::start("haproxy", &["-db", "-f", "haproxy.cfg"], folder.path());
        await_answer(front);
        Self {
            front,
            _proxy: proxy,
            _folder: folder,
            services,
            setups,
            redis: Some(redis),
            _pgbouncer: pgbouncer,
            pair,
        }
    }

    /// Ends an instance by a signal, and starts it again.
    pub fn restart(&mut self, index: usize, signal: Signal) {
        let service = &mut self.services[index];
        service.signal(signal);
        let status = service.ended();
        if signal == Signal::SIGTERM {
            assert_eq!(status.code(), Some(0), "{}", service.log());
        }
        *service = self.setups[index].start_ready();
    }

    /// Kills Redis until every instance counts by itself and `meanwhile` is done.
    pub fn without_redis(&mut self, meanwhile: impl FnOnce()) {
        let address = self.redis.take().map(|killed| killed.address).unwrap();
        self.await_limits("local");
        meanwhile();
        self.redis = Some(Redis::start_at(address));
        self.await_limits("ok");
    }

    fn await_limits(&self, expected: &str) {
        for service in &self.services {
            await_limits(service, expected);
        }
    }

    /// Waits until all that hear of each other's writes ask the replica.
    pub fn await_replica(&self) {
        for service in &self.services[..INSTANCES - 1] {
            awaited("the replica is asked", || {
                let ready = service.get("/health/ready");
                (ready.body["checks"]["replica"] == "ok").then_some(())
            });
        }
    }
}

fn setup(
    index: usize,
    address: SocketAddr,
    pair: &Pair,
    pgbouncer: &PgBouncer,
    redis: &Redis,
) -> Setup {
    let setup = Setup::on(&pgbouncer.url("postgres"))
        .with("BIND_ADDRESS", &address.to_string())
        .with("JWT_SECRET", SECRET)
        .with("DATABASE_REPLICA_URL", pair.replica.url().expose_secret())
        .with("REDIS_URL", &redis.url(PASSWORD))
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .with("SHUTDOWN_DELAY_SECONDS", "2")
        // They expire under way, on the fastest clock after 30 s.
        .with("ACCESS_TOKEN_TTL_SECONDS", "60")
        // Limits that are counted and never reached.
        .with("RATE_LIMIT_GENERAL_PER_SECOND", "10000")
        .with("RATE_LIMIT_GENERAL_BURST", "10000")
        .with("RATE_LIMIT_AUTH_PER_SECOND", "10000")
        .with("RATE_LIMIT_AUTH_BURST", "10000")
        .with("LD_PRELOAD", faketime().to_str().unwrap())
        .with("FAKETIME", CLOCKS[index])
        .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .with("FAKETIME_DISABLE_SHM", "1");
    // The last one hears nothing: it looks for ends of sessions, and never asks the replica.
    if index + 1 == INSTANCES {
        return setup;
    }
    setup.with("DATABASE_DIRECT_URL", pair.primary.url().expose_secret())
}

/// The library that moves a program's clock.
fn faketime() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten();
    let mut libraries = folders.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    let found = libraries.find(|path| path.exists());
    found.expect("libfaketime, which makes clocks wrong: apt install libfaketime")
}

/// An instance gets requests while it is ready. When none is, which is when the database is away,
/// all that run get them: their own errors say what to do. What may be repeated is: everything but
/// a registration.
fn haproxy(front: SocketAddr, addresses: [SocketAddr; INSTANCES]) -> String {
    let servers = |name: &str| {
        let lines = addresses.iter().enumerate();
        let lines = lines.map(|(index, address)| format!("  server {name}{index} {address}\n"));
        lines.collect::<String>()
    };
    let (ready, running) = (servers("ready"), servers("running"));
    format!(
        "defaults
  mode http
  timeout connect 2s
  timeout client 90s
  timeout server 60s
  timeout check 5s
  option forwardfor
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  http-error status 502 content-type text/plain string unavailable hdr retry-after 1
  http-error status 503 content-type text/plain string unavailable hdr retry-after 1
frontend front
  bind {front}
  http-request disable-l7-retry if METH_POST {{ path /api/v1/users }}
  use_backend running if {{ nbsrv(ready) eq 0 }}
  default_backend ready
backend ready
  option httpchk GET /health/ready
  default-server check inter 100ms fall 2 rise 2
{ready}backend running
  option httpchk GET /health/live
  default-server check inter 100ms fall 2 rise 2
{running}"
    )
}
