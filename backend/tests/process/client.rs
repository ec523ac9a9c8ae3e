//! A client as the API's documents want it, a browser's or an app's.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::http::{Answer, Connection};
use crate::program::PASSWORD;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Web,
    Native,
}

/// Keeps a connection and the credentials of one session.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    transport: Transport,
    connection: Option<Connection>,
    /// By the names of cookies; a native client keeps its tokens under the same ones.
    kept: BTreeMap<String, String>,
    csrf_token: String,
}

impl Client {
    pub fn new(address: SocketAddr, transport: Transport) -> Self {
        Self {
            address,
            transport,
            connection: None,
            kept: BTreeMap::new(),
            csrf_token: String::new(),
        }
    }

    /// Goes on with another instance.
    pub fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
        self.connection = None;
    }

    pub fn access_token(&self) -> String {
        self.kept.get("access_token").cloned().unwrap_or_default()
    }

    /// The id of the session, which its refresh token names.
    pub fn session_id(&self) -> String {
        let token = self.kept.get("refresh_token").expect("signed in");
        let payload = token.split('.').nth(1).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(payload).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        claims["sid"].as_str().unwrap().to_owned()
    }

    /// Forgets the credentials, as a client does that was signed out.
    pub fn forget(&mut self) {
        self.kept.clear();
        self.csrf_token.clear();
    }

    /// Sends a request, once, and keeps the credentials that its answer brings.
    pub fn ask(&mut self, method: &str, path: &str, body: &Value) -> io::Result<Answer> {
        let headers = self.headers(path);
        let answer = self.exchange(method, path, &headers, body);
        match &answer {
            Ok(answer) => self.keep(answer),
            Err(_) => self.connection = None,
        }
        answer
    }

    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask("GET", path, &Value::Null)
    }

    pub fn fetch_csrf_token(&mut self) -> io::Result<Answer> {
        self.get("/api/v1/csrf")
    }

    pub fn log_in(&mut self, email: &str) -> io::Result<Answer> {
        let body = json!({"email": email, "password": PASSWORD});
        self.ask("POST", "/api/v1/auth/login", &body)
    }

    pub fn refresh(&mut self) -> io::Result<Answer> {
        let body = self.refresh_token();
        self.ask("POST", "/api/v1/auth/refresh", &body)
    }

    pub fn log_out(&mut self) -> io::Result<Answer> {
        let body = self.refresh_token();
        self.ask("POST", "/api/v1/auth/logout", &body)
    }

    fn refresh_token(&self) -> Value {
        match (self.transport, self.kept.get("refresh_token")) {
            (Transport::Native, Some(token)) => json!({ "refresh_token": token }),
            _ => json!({}),
        }
    }

    fn headers(&self, path: &str) -> String {
        match self.transport {
            Transport::Web => {
                let pairs = self
                    .kept
                    .iter()
                    .map(|(name, text)| format!("{name}={text}"));
                let cookies = pairs.collect::<Vec<_>>().join("; ");
                format!("cookie: {cookies}\r\nx-csrf-token: {}\r\n", self.csrf_token)
            }
            Transport::Native => {
                let native = "x-client-type: native\r\n";
                let takes_refresh_token = path.ends_with("/refresh") || path.ends_with("/login");
                match self.kept.get("access_token") {
                    Some(token) if !takes_refresh_token => {
                        format!("{native}authorization: Bearer {token}\r\n")
                    }
                    _ => native.to_owned(),
                }
            }
        }
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &Value,
    ) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(kept) => kept,
            None => Connection::open(self.address)?,
        };
        connection.send(method, path, headers, body)?;
        let answer = connection.receive()?;
        let is_last = |(name, value): &(String, String)| name == "connection" && value == "close";
        if !answer.headers.iter().any(is_last) {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    fn keep(&mut self, answer: &Answer) {
        if let Some(token) = answer.body["csrf_token"].as_str() {
            token.clone_into(&mut self.csrf_token);
        }
        for name in ["access_token", "refresh_token"] {
            if let Some(token) = answer.body[name].as_str() {
                self.kept.insert(name.to_owned(), token.to_owned());
            }
        }
        for pair in answer.cookies().split("; ") {
            match pair.split_once('=') {
                Some((name, "")) => drop(self.kept.remove(name)),
                Some((name, text)) => drop(self.kept.insert(name.to_owned(), text.to_owned())),
                None => {}
            }
        }
    }
}
