//! Clients that use the fleet, each with an account of its own, and remember what was acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use serde_json::{Value, json};

use super::tally::Tally;
use crate::client::{Client, Transport};
use crate::faults::random;
use crate::http::Answer;
use crate::program::{PASSWORD, awaited};

/// The longest that a request is repeated.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two requests of a client: a fleet that is not saturated.
const THINKS_FOR: Duration = Duration::from_millis(20);

/// An account, its client, and what the client was told.
pub struct Member {
    pub client: Client,
    pub id: i64,
    /// As it was acknowledged last.
    pub email: String,
    pub changes: usize,
    pub ended_sessions: Vec<String>,
    /// Of the session that ended last.
    pub ended_access_token: String,
    tally: Arc<Tally>,
}

impl Member {
    /// Registers and signs in.
    pub fn register(front: SocketAddr, number: usize, tally: &Arc<Tally>) -> Self {
        let transport = [Transport::Native, Transport::Web][number % 2];
        let mut member = Self {
            client: Client::new(front, transport),
            id: 0,
            email: format!("member{number}-0@example.com"),
            changes: 0,
            ended_sessions: Vec::new(),
            ended_access_token: String::new(),
            tally: Arc::clone(tally),
        };
        let account = json!({"email": member.email, "password": PASSWORD});
        member.client.fetch_csrf_token().unwrap();
        let answer = member.client.ask("POST", "/api/v1/users", &account);
        let answer = answer.unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        member.id = answer.body["id"].as_i64().unwrap();
        member.sign_in();
        member
    }

    /// Sends a request until it has succeeded, doing what each error asks for.
    fn insist(&mut self, request: impl Fn(&mut Client) -> std::io::Result<Answer>) -> Answer {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "a request does not succeed");
            let answer = request(&mut self.client);
            self.tally.note(&answer);
            let Ok(answer) = answer else { continue };
            if answer.status < 400 {
                return answer;
            }
            match answer.text("action").as_str() {
                "refresh" => self.refresh(),
                "csrf" => drop(self.client.fetch_csrf_token()),
                "reauth" => {
                    self.tally.note_signed_out();
                    self.sign_in();
                }
                "fix" => panic!("{} {}", answer.status, answer.body),
                _ => {
                    let seconds = answer.header("retry-after");
                    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
                    thread::sleep(Duration::from_secs(seconds.unwrap_or(1)));
                }
            }
        }
    }

    fn sign_in(&mut self) {
        self.client.forget();
        let email = self.email.clone();
        self.insist(Client::fetch_csrf_token);
        self.insist(|client| client.log_in(&email));
    }

    fn refresh(&mut self) {
        self.insist(Client::refresh);
    }

    /// Reads the own account, which has the address that was acknowledged last.
    fn read(&mut self) {
        let answer = self.insist(|client| client.get("/api/v1/users/me"));
        let found = answer.text("email");
        if found != self.email {
            let lost = format!("{} was acknowledged, {found} is there", self.email);
            self.tally.note_lost(lost);
        }
    }

    fn change(&mut self) {
        let email = format!("member{}-{}@example.com", self.id, self.changes + 1);
        let path = format!("/api/v1/users/{}", self.id);
        let body = json!({"email": email, "current_password": PASSWORD});
        self.insist(|client| client.ask("PUT", &path, &body));
        self.changes += 1;
        self.email = email;
    }

    fn list(&mut self) {
        let answer = self.insist(|client| client.get("/api/v1/auth/sessions"));
        let sessions = answer.body["items"].as_array().cloned();
        let is_current = |session: &Value| session["is_current"] == true;
        if !sessions.unwrap_or_default().iter().any(is_current) {
            self.tally
                .note_lost("the current session is not listed".to_owned());
        }
    }

    fn sign_out_and_in(&mut self) {
        let (session, access_token) = (self.client.session_id(), self.client.access_token());
        self.insist(Client::log_out);
        self.ended_sessions.push(session);
        self.ended_access_token = access_token;
        self.sign_in();
    }

    fn act(&mut self, choice: u32) {
        match choice % 20 {
            0..9 => self.read(),
            9..13 => self.refresh(),
            13..16 => self.change(),
            16..19 => self.list(),
            _ => self.sign_out_and_in(),
        }
    }
}

/// Clients at work.
pub struct Load {
    is_over: Arc<AtomicBool>,
    /// What each client has done.
    done: Arc<Vec<AtomicUsize>>,
    clients: Vec<thread::JoinHandle<Member>>,
}

impl Load {
    pub fn start(members: Vec<Member>, seed: u64) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let done: Arc<Vec<_>> = Arc::new(members.iter().map(|_| AtomicUsize::new(0)).collect());
        let clients = members.into_iter().enumerate().map(|(index, mut member)| {
            let (is_over, done) = (Arc::clone(&is_over), Arc::clone(&done));
            let mut random = random(seed ^ ((index as u64) << 32));
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    member.act(random.next_u32());
                    done[index].fetch_add(1, Ordering::Relaxed);
                    thread::sleep(THINKS_FOR);
                }
                member
            })
        });
        let clients = clients.collect();
        Self {
            is_over,
            done,
            clients,
        }
    }

    /// Waits until every client has done so much more.
    pub fn await_progress(&self, more: usize) {
        let counts = || self.done.iter().map(|count| count.load(Ordering::Relaxed));
        let before: Vec<_> = counts().collect();
        awaited("every client gets on", || {
            let failed = self.clients.iter().any(thread::JoinHandle::is_finished);
            assert!(!failed, "a client has given up");
            let mut pairs = counts().zip(&before);
            pairs
                .all(|(now, before)| now >= before + more)
                .then_some(())
        });
    }

    pub fn end(self) -> Vec<Member> {
        self.is_over.store(true, Ordering::Relaxed);
        let clients = self.clients.into_iter();
        clients.map(|client| client.join().unwrap()).collect()
    }
}
