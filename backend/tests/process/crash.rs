//! Crashes of the service and of its database: nothing acknowledged is lost.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use diesel::{Connection, PgConnection};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::PrivatePostgres;
use secrecy::ExposeSecret;

use crate::http;
use crate::program::{PASSWORD, Service, Setup, awaited};

/// Clients that register accounts one after the other and record those acknowledged.
struct Load {
    acknowledged: Arc<Mutex<BTreeSet<i64>>>,
    is_over: Arc<AtomicBool>,
    clients: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn on(service: &Service) -> Self {
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicUsize::new(0));
        let clients = (0..4)
            .map(|_| {
                let (acknowledged, is_over, count) = (
                    Arc::clone(&acknowledged),
                    Arc::clone(&is_over),
                    Arc::clone(&count),
                );
                let address = service.address;
                thread::spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        let number = count.fetch_add(1, Ordering::Relaxed);
                        let email = format!("user{number}@example.com");
                        let body = serde_json::json!({"email": email, "password": PASSWORD});
                        let native = "x-client-type: native\r\n";
                        let answer = http::ask(address, "POST", "/api/v1/users", native, &body);
                        if let Some(id) = answer.ok().and_then(|answer| answer.body["id"].as_i64())
                        {
                            acknowledged.lock().unwrap().insert(id);
                        }
                    }
                })
            })
            .collect();
        Self {
            acknowledged,
            is_over,
            clients,
        }
    }

    fn await_acknowledged(&self, more: usize) {
        let before = self.acknowledged.lock().unwrap().len();
        awaited("accounts are registered", || {
            (self.acknowledged.lock().unwrap().len() >= before + more).then_some(())
        });
    }

    fn end(self) -> BTreeSet<i64> {
        self.is_over.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().unwrap();
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.clone()
    }
}

/// The ids in the private database of a running service.
fn stored(setup: &Setup) -> BTreeSet<i64> {
    let url = PrivatePostgres::running(&setup.data_dir())
        .unwrap()
        .unwrap();
    let mut connection = PgConnection::establish(url.expose_secret()).unwrap();
    let ids = crate::database::text(
        &mut connection,
        "SELECT string_agg(id::text, ',') FROM users",
    );
    ids.split(',').map(|id| id.parse().unwrap()).collect()
}

#[test]
fn a_killed_service_loses_nothing_that_it_acknowledged() {
    let setup = Setup::new();
    let mut service = setup.start_ready();
    let load = Load::on(&service);
    load.await_acknowledged(40);
    service.signal(Signal::SIGKILL);
    service.ended();
    let acknowledged = load.end();
    let service = setup.start_ready();
    let lost: Vec<_> = acknowledged.difference(&stored(&setup)).copied().collect();
    assert_eq!(lost, [0; 0], "of {}", acknowledged.len());
    assert_eq!(service.register("later@example.com").unwrap().status, 201);
}

#[test]
fn a_killed_database_comes_back_with_everything_that_was_acknowledged() {
    let setup = Setup::new();
    let service = setup.start_ready();
    let load = Load::on(&service);
    load.await_acknowledged(40);
    let entries = fs::read_dir(setup.data_dir()).unwrap();
    let mut folders = entries.map(|entry| entry.unwrap().path().join("data/postmaster.pid"));
    let pid_file = folders.find(|path| path.exists()).unwrap();
    let pid = fs::read_to_string(pid_file).unwrap();
    let pid = pid.lines().next().unwrap().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    // The service restarts it by itself.
    load.await_acknowledged(40);
    service.await_ready();
    let acknowledged = load.end();
    let lost: Vec<_> = acknowledged.difference(&stored(&setup)).copied().collect();
    assert_eq!(lost, [0; 0], "of {}", acknowledged.len());
}
