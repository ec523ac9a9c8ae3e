//! Three instances whose clocks differ, behind `HAProxy`, with `PgBouncer`, a replica and Redis,
//! while one part after the other fails.

mod load;
mod parts;
mod tally;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use self::load::{Load, Member};
use self::parts::{Fleet, INSTANCES};
use self::tally::{Phase, Tally};
use crate::client::{Client, Transport};
use crate::database::text;
use crate::faults::setting;
use crate::http;
use crate::program::awaited;

const MEMBERS: usize = 6;

/// What every client does before the next part fails.
const STEPS: usize = 15;

/// What a later release adds, beside which these instances run. A table at a time, as the rules of
/// migrations demand: one that locks two can deadlock with a request.
const LATER: [(&str, &str); 2] = [
    (
        "ALTER TABLE users ADD COLUMN nickname TEXT",
        "ALTER TABLE users DROP COLUMN nickname",
    ),
    (
        "ALTER TABLE sessions ADD COLUMN nickname TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE sessions DROP COLUMN nickname",
    ),
];

/// The migrations of a later release.
struct LaterMigrations {
    folder: TempDir,
    have_run: bool,
}

impl LaterMigrations {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (number, (up, down)) in LATER.iter().enumerate() {
            let name = format!("2999-01-01-00000{number}_add_nickname");
            let one = folder.path().join(name);
            fs::create_dir(&one).unwrap();
            fs::write(one.join("up.sql"), up).unwrap();
            fs::write(one.join("down.sql"), down).unwrap();
        }
        Self {
            folder,
            have_run: false,
        }
    }

    /// Runs them, or undoes them when they have run.
    fn turn(&mut self, fleet: &Fleet) {
        let source = FileBasedMigrations::from_path(self.folder.path()).unwrap();
        let mut conn = fleet.pair.primary.connect();
        let mut all: Vec<Box<dyn Migration<Pg>>> = source.migrations().unwrap();
        all.sort_by_key(|one| one.name().version().to_string());
        if self.have_run {
            for one in all.iter().rev() {
                conn.revert_migration(one.as_ref()).unwrap();
            }
        } else {
            for one in &all {
                conn.run_migration(one.as_ref()).unwrap();
            }
        }
        self.have_run = !self.have_run;
    }
}

/// What happens to a fleet under load.
struct Drill {
    fleet: Fleet,
    load: Load,
    tally: Arc<Tally>,
    later: LaterMigrations,
    probe: Client,
    recoveries: Vec<Duration>,
}

impl Drill {
    fn start(seed: u64) -> Self {
        let (fleet, tally) = (Fleet::start(), Arc::new(Tally::new()));
        fleet.await_replica();
        let members: Vec<_> = (0..MEMBERS)
            .map(|number| Member::register(fleet.front, number, &tally))
            .collect();
        let mut probe = Client::new(fleet.front, Transport::Native);
        probe.log_in(&members[0].email).unwrap();
        tally.begin(Phase::Quiet);
        Self {
            load: Load::start(members, seed),
            fleet,
            tally,
            later: LaterMigrations::new(),
            probe,
            recoveries: Vec::new(),
        }
    }

    fn begin(&self, phase: Phase) {
        self.load.await_progress(STEPS);
        self.tally.begin(phase);
    }

    fn kill_an_instance(&mut self, index: usize) {
        self.begin(Phase::KilledInstance);
        self.fleet.restart(index, Signal::SIGKILL);
    }

    /// As a deployment does it: the migration runs while the old instances do.
    fn restart_all(&mut self) {
        self.begin(Phase::RollingRestart);
        for index in 0..INSTANCES {
            self.fleet.restart(index, Signal::SIGTERM);
            // The proxy has to see it first.
            let service = &self.fleet.services[index];
            awaited("the restarted instance is asked", || {
                service.log().contains("/api/v1/").then_some(())
            });
            if index == 0 {
                self.later.turn(&self.fleet);
            }
        }
    }

    fn kill_redis(&mut self) {
        self.begin(Phase::KilledRedis);
        let load = &self.load;
        self.fleet.without_redis(|| load.await_progress(STEPS));
    }

    fn stop_the_replica(&mut self) {
        self.begin(Phase::StoppedReplica);
        self.fleet.pair.replica.stop();
        self.load.await_progress(STEPS);
        self.fleet.pair.replica.start();
        self.fleet.await_replica();
    }

    fn restart_the_primary(&mut self) {
        self.begin(Phase::RestartedPrimary);
        self.fleet.pair.primary.stop();
        awaited("every instance has noticed", || {
            let mut services = self.fleet.services.iter();
            services
                .all(|service| service.get("/health/ready").status == 503)
                .then_some(())
        });
        self.fleet.pair.primary.start();
        let returned = Instant::now();
        awaited("a write is acknowledged", || {
            let answer = self.probe.refresh().ok()?;
            (answer.status == 200).then_some(())
        });
        self.recoveries.push(returned.elapsed());
        self.load.await_progress(STEPS);
        self.fleet.await_replica();
    }

    /// Ends the load and looks for everything that was acknowledged.
    fn end(self) -> (Arc<Tally>, Fleet) {
        self.begin(Phase::Quiet);
        self.load.await_progress(STEPS);
        let members = self.load.end();
        for member in &members {
            look_for(member, &self.fleet, &self.tally);
        }
        let changes: usize = members.iter().map(|member| member.changes).sum();
        let ends: usize = members
            .iter()
            .map(|member| member.ended_sessions.len())
            .sum();
        println!("{}", self.tally);
        println!("Acknowledged: {changes} changes of an account, {ends} sign-outs.");
        let recoveries = &self.recoveries;
        println!(
            "The first write was acknowledged so long after PostgreSQL's return: {recoveries:?}"
        );
        (self.tally, self.fleet)
    }
}

fn look_for(member: &Member, fleet: &Fleet, tally: &Tally) {
    let mut conn = fleet.pair.primary.connect();
    let id = member.id;
    let email = text(
        &mut conn,
        &format!("SELECT email FROM users WHERE id = {id}"),
    );
    if email != member.email {
        tally.note_lost(format!(
            "{} was acknowledged, {email} is stored",
            member.email
        ));
    }
    let events = format!(
        "SELECT count(*) >= {} FROM audit_events WHERE kind = 'email_changed' AND user_id = {id}",
        member.changes
    );
    if text(&mut conn, &events) != "true" {
        tally.note_lost(format!("events of account {id}"));
    }
    for session in &member.ended_sessions {
        let ended = format!(
            "SELECT coalesce(bool_and(revoked_at IS NOT NULL), false) FROM sessions WHERE id = '{session}'"
        );
        if text(&mut conn, &ended) != "true" {
            tally.note_lost(format!("the end of session {session}"));
        }
    }
    if member.ended_access_token.is_empty() {
        return;
    }
    let bearer = format!("authorization: Bearer {}\r\n", member.ended_access_token);
    for service in &fleet.services {
        awaited("every instance knows of the end", || {
            let path = "/api/v1/users/me";
            let answer = http::ask(service.address, "GET", path, &bearer, &Value::Null);
            (answer.ok()?.status == 401).then_some(())
        });
    }
}

/// Nothing that was acknowledged is lost, nobody is signed out, and only while the primary is away
/// are there errors: those that say when to try again.
///
/// Every part fails once, and on until `FLEET_SECONDS` (0) are over; `make fleet` takes five minutes.
#[test]
fn a_fleet_serves_its_clients_while_one_part_after_the_other_fails() {
    let seed = setting("FAULT_SEED", 20_261_125);
    let end = Instant::now() + Duration::from_secs(setting("FLEET_SECONDS", 0));
    println!("FAULT_SEED={seed}");
    let mut drill = Drill::start(seed);
    for round in 0.. {
        drill.kill_an_instance(round % INSTANCES);
        drill.restart_all();
        drill.kill_redis();
        drill.stop_the_replica();
        drill.restart_the_primary();
        drill.begin(Phase::Quiet);
        if Instant::now() >= end {
            break;
        }
    }
    let (tally, fleet) = drill.end();
    assert_eq!(tally.faults(), Vec::<String>::new());
    drop(fleet);
}
