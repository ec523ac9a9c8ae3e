//! Shared by the load generators: an HTTP client with little overhead of its own.

pub mod timing;

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An error message.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The password of every account created for a measurement.
pub const PASSWORD: &str = "correct horse battery 9";

/// A response.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body; null if it is not JSON.
    pub body: Value,
}

/// A client on one persistent connection: a native one, or one that keeps cookies as browsers do.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    browser: Option<Browser>,
}

#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
    csrf_token: String,
}

impl Client {
    /// Connects to a service. Fails if nothing listens there.
    pub async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
            browser: None,
        })
    }

    /// Connects to a service as a browser, and fetches a CSRF token. Fails if nothing listens there.
    pub async fn connect_web(address: &str) -> Result<Self, Failure> {
        let mut client = Self::connect(address).await?;
        client.browser = Some(Browser::default());
        client.send("GET", "/api/v1/csrf", "", &Value::Null).await?;
        Ok(client)
    }

    /// The `Cookie` header of a browser; empty for a native client.
    pub fn cookies(&self) -> String {
        let cookies = self.browser.iter().flat_map(|browser| &browser.cookies);
        let pairs: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn own_headers(&self) -> String {
        match &self.browser {
            None => "X-Client-Type: native\r\n".into(),
            Some(browser) => format!(
                "Cookie: {}\r\nX-CSRF-Token: {}\r\n",
                self.cookies(),
                browser.csrf_token
            ),
        }
    }

    fn keep(&mut self, answer: &Answer) {
        let Some(browser) = &mut self.browser else {
            return;
        };
        if let Some(token) = answer.body["csrf_token"].as_str() {
            token.clone_into(&mut browser.csrf_token);
        }
        let set = answer
            .head
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: "));
        for cookie in set {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                browser.cookies.insert(name.into(), value.into());
            }
        }
    }

    /// Sends a request, with a bearer token unless it is empty, and returns the response. Fails if
    /// the connection breaks.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        let body = body.to_string();
        let bearer = if token.is_empty() {
            ""
        } else {
            "Authorization: Bearer "
        };
        let end = if token.is_empty() { "" } else { "\r\n" };
        let own = self.own_headers();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\n{own}\
             {bearer}{token}{end}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
            let text = std::str::from_utf8(&self.buffer)?;
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(Ok(0), str::parse)?;
            if body.len() >= length {
                let answer = Answer {
                    status: head.get(9..12).unwrap_or_default().parse()?,
                    head: head.to_owned(),
                    body: serde_json::from_str(body).unwrap_or_default(),
                };
                self.keep(&answer);
                return Ok(answer);
            }
        }
    }

    /// Posts JSON and returns the body of the response. Fails if the connection breaks or the
    /// status is not `expected`.
    pub async fn post(
        &mut self,
        path: &str,
        body: &Value,
        expected: u16,
    ) -> Result<Value, Failure> {
        let answer = self.send("POST", path, "", body).await?;
        if answer.status != expected {
            return Err(format!("{path}: {} {}", answer.status, answer.body).into());
        }
        Ok(answer.body)
    }

    /// Creates an account with [`PASSWORD`] and returns its id. Fails if the service refuses.
    pub async fn register(&mut self, email: &str) -> Result<i64, Failure> {
        let account = json!({"email": email, "password": PASSWORD});
        let user = self.post("/api/v1/users", &account, 201).await?;
        user["id"].as_i64().ok_or_else(|| "no id".into())
    }

    /// Signs in with [`PASSWORD`] and returns the access token. Fails if the service refuses.
    pub async fn sign_in(&mut self, email: &str) -> Result<String, Failure> {
        let credentials = json!({"email": email, "password": PASSWORD});
        let tokens = self.post("/api/v1/auth/login", &credentials, 200).await?;
        Ok(tokens["access_token"].as_str().unwrap_or_default().into())
    }
}
