//! Random interleavings of all operations, compared with the model.

use latchkey::clock::Clock;
use latchkey::features::audit::domain::Cause;
use latchkey::features::sessions::application::{Which, confirm, end};
use latchkey::features::sessions::domain::EndReason;
use latchkey::features::users::application::register;
use latchkey::features::users::domain::{Email, NewPassword, Role};
use proptest::prelude::*;
use proptest::sample::Index;
use secrecy::SecretString;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::instance::{Instance, session_of};
use crate::model::{Outcome, SETTINGS, Session, TICK};
use crate::operations::{self, Operation};
use crate::support::{Answer, Database, PASSWORD};

const EMAIL: &str = "ada@example.com";

struct Issued {
    token: String,
    generation: usize,
    at: i64,
}

/// A session of the service and of the model, with every token that was issued.
struct Known {
    id: Uuid,
    model: Session,
    /// The tokens by generation.
    refresh: Vec<String>,
    access: Vec<Issued>,
}

/// Two instances on one database, and the model of their sessions.
pub struct World {
    database: Database,
    url: SecretString,
    clock: Clock,
    now: i64,
    user_id: i64,
    instances: [Instance; 2],
    sessions: Vec<Known>,
}

impl World {
    pub async fn new() -> Self {
        let mut database = Database::lease();
        let url = database.url();
        let clock = Clock::default();
        let instances = [
            Instance::start(&url, &clock, &SETTINGS).await,
            Instance::start(&url, &clock, &SETTINGS).await,
        ];
        let email = Email::parse(EMAIL).unwrap();
        let password = NewPassword::parse(&PASSWORD.into(), Some(&email)).unwrap();
        let app = &instances[0].app;
        let user = register(app, email, password, Role::User, Cause::default());
        Self {
            user_id: user.await.unwrap().id,
            database,
            url,
            clock,
            now: 0,
            instances,
            sessions: Vec::new(),
        }
    }

    pub async fn run(&mut self, operation: Operation) {
        match operation {
            Operation::SignIn { via } => self.sign_in(via).await,
            Operation::Wait { ticks } => {
                self.now += ticks * TICK;
                self.clock.advance(chrono::TimeDelta::seconds(ticks * TICK));
            }
            Operation::Confirm { via } => {
                confirm(&self.instances[via].app).await.unwrap();
                self.sessions
                    .iter_mut()
                    .for_each(|one| one.model.confirm(via));
            }
            Operation::Restart { via } => {
                self.instances[via] = Instance::start(&self.url, &self.clock, &SETTINGS).await;
                self.sessions
                    .iter_mut()
                    .for_each(|one| one.model.forget(via));
            }
            Operation::EndAll { via } => self.end_all(via).await,
            Operation::Refresh {
                session,
                age,
                times,
                via,
            } => {
                if let Some(index) = self.pick(session) {
                    self.refresh(index, age, times, via).await;
                }
            }
            Operation::Use { session, age, via } => {
                if let Some(index) = self.pick(session) {
                    self.use_access(index, age, via).await;
                }
            }
            Operation::SignOut { session, age, via } => {
                if let Some(index) = self.pick(session) {
                    self.sign_out(index, age, via).await;
                }
            }
        }
    }

    fn pick(&self, index: Index) -> Option<usize> {
        (!self.sessions.is_empty()).then(|| index.index(self.sessions.len()))
    }

    async fn sign_in(&mut self, via: usize) {
        let answer = self.instances[via].client().log_in(EMAIL, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer}");
        let (refresh, access) = tokens(&answer);
        self.sessions.push(Known {
            id: session_of(&refresh),
            model: Session::open(self.now),
            refresh: vec![refresh],
            access: vec![Issued {
                token: access,
                generation: 1,
                at: self.now,
            }],
        });
    }

    /// The order of concurrent refreshes is undefined; their results together must match those of
    /// the model one after the other.
    async fn refresh(&mut self, index: usize, age: usize, times: usize, via: usize) {
        let session = &mut self.sessions[index];
        let generation = session.model.newest().saturating_sub(age).max(1);
        let age = session.model.newest() - generation;
        let token = session.refresh[generation - 1].clone();
        let mut expected: Vec<Outcome> = (0..times)
            .map(|_| session.model.refresh(generation, self.now))
            .collect();

        let mut under_way = JoinSet::new();
        for turn in 0..times {
            let client = self.instances[(via + turn) % 2].client();
            let body = serde_json::json!({ "refresh_token": token });
            under_way.spawn(async move { client.post("/api/v1/auth/refresh", body).await });
        }
        let answers = under_way.join_all().await;
        let mut found: Vec<Outcome> = answers
            .iter()
            .map(|answer| session.note(answer, self.now))
            .collect();
        assert!(
            age < 2 || answers.iter().all(|answer| answer.status == 401),
            "two generations old"
        );
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(
            found, expected,
            "generation {generation} of {:?}",
            session.model
        );
        self.await_end(index).await;
    }

    async fn use_access(&mut self, index: usize, age: usize, via: usize) {
        let session = &mut self.sessions[index];
        let newest = session.access.len() - 1;
        let issued = &session.access[newest.saturating_sub(age)];
        let answer = self.instances[via].use_access(&issued.token).await;
        let expected = session
            .model
            .use_access(issued.generation, issued.at, via, self.now);
        assert_eq!(answer.code(), expected, "{:?}", session.model);
        assert_eq!(answer.status == 200, expected.is_empty());
    }

    async fn sign_out(&mut self, index: usize, age: usize, via: usize) {
        let session = &mut self.sessions[index];
        let newest = session.refresh.len() - 1;
        let token = &session.refresh[newest.saturating_sub(age)];
        assert_eq!(self.instances[via].sign_out(token).await.status, 204);
        session.model.is_over = true;
        self.await_end(index).await;
    }

    async fn end_all(&mut self, via: usize) {
        let which = Which::All {
            user_id: self.user_id,
        };
        let reason = EndReason::EndedByAdministrator;
        let live = self.sessions.iter();
        let live = live.filter(|one| one.model.is_alive(self.now)).count();
        let ended = end(&self.instances[via].app, which, reason, Cause::default())
            .await
            .unwrap();
        assert_eq!(ended, live);
        for index in 0..self.sessions.len() {
            // Also expired ones, although no instance is told of them.
            self.sessions[index].model.is_over = true;
            self.await_end(index).await;
        }
    }

    /// When a session ends, every instance learns of it. Ends of long ago are forgotten, but their
    /// access tokens have expired too.
    async fn await_end(&self, index: usize) {
        let session = &self.sessions[index];
        let usable = session
            .access
            .last()
            .is_some_and(|last| self.now <= last.at + 900);
        if session.model.is_over && !session.model.has_expired(self.now) && usable {
            for instance in &self.instances {
                instance.hears_of(&session.access[0].token).await;
            }
        }
    }

    /// Compares every row: reuse ended only one session, and no row was added.
    pub fn compare(&mut self) {
        let rows = self.database.text(
            "SELECT coalesce(string_agg(sessions.id || ' ' || generation || ' ' ||
                 (revoked_at IS NOT NULL OR epoch < session_epoch), E'\n' ORDER BY sessions.id), '')
             FROM sessions JOIN users ON users.id = user_id",
        );
        let mut known: Vec<String> = self
            .sessions
            .iter()
            .map(|one| format!("{} {} {}", one.id, one.model.newest(), one.model.is_over))
            .collect();
        known.sort_unstable();
        assert_eq!(rows, known.join("\n"));
    }
}

impl Known {
    /// Classifies a response and stores its tokens. The model has already advanced.
    fn note(&mut self, answer: &Answer, now: i64) -> Outcome {
        if answer.status != 200 {
            assert_eq!(answer.status, 401, "{answer}");
            let codes = [
                "refresh_token_expired",
                "refresh_token_reused",
                "session_revoked",
            ];
            let code = codes.into_iter().find(|code| *code == answer.code());
            return Outcome::Refused(code.unwrap_or_else(|| panic!("{answer}")));
        }
        let (refresh, access) = tokens(answer);
        let newest = self.model.newest();
        self.access.push(Issued {
            token: access,
            generation: newest,
            at: self.model.issued_at(now),
        });
        if self.refresh.len() < newest {
            assert!(!self.refresh.contains(&refresh), "an old token came back");
            self.refresh.push(refresh);
            return Outcome::Advanced;
        }
        assert_eq!(
            refresh,
            self.refresh[newest - 1],
            "a second live generation"
        );
        Outcome::Repeated
    }
}

/// The refresh token and the access token of a response.
pub fn tokens(answer: &Answer) -> (String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("refresh_token"), text("access_token"))
}

proptest! {
    #![proptest_config(operations::settings())]

    /// For any sequence of operations, on any instance:
    ///
    /// - at most one generation is live: every successful refresh returns the newest token of the
    ///   model, and always the same one;
    /// - a token two generations old never yields a token, nor does a parent whose successor was
    ///   used and whose grace period is over;
    /// - reuse ends its own session and no other;
    /// - an ended session stays ended on every instance, even on one that starts later;
    /// - sessions are rows, refreshes are not.
    ///
    /// The next test checks that an honest client that retries is never signed out.
    #[test]
    fn sessions_do_what_the_model_says(
        steps in prop::collection::vec(operations::operation(), 1..50),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.run(step).await;
            }
            world.compare();
        });
    }
}
