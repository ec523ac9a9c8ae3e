//! What the load generators share: an HTTP client that adds little of its own to what it measures.

use std::error::Error;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What went wrong, for a person.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The password of every account that is made for a measurement.
pub const PASSWORD: &str = "correct horse battery 9";

/// An answer as it came.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body; null when it is no JSON.
    pub body: Value,
}

/// A native client on one connection that stays open.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to a service.
    ///
    /// # Errors
    ///
    /// When nobody listens there.
    pub async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Sends a request, with a bearer token unless that is empty, and returns its answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
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
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\nX-Client-Type: native\r\n\
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
                return Ok(Answer {
                    status: head.get(9..12).unwrap_or_default().parse()?,
                    head: head.to_owned(),
                    body: serde_json::from_str(body).unwrap_or_default(),
                });
            }
        }
    }

    /// Posts JSON and returns the body of the answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks, or the status is another than `expected`.
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

    /// Makes an account with [`PASSWORD`] and returns its id.
    ///
    /// # Errors
    ///
    /// When the service refuses.
    pub async fn register(&mut self, email: &str) -> Result<i64, Failure> {
        let account = json!({"email": email, "password": PASSWORD});
        let user = self.post("/api/v1/users", &account, 201).await?;
        user["id"].as_i64().ok_or_else(|| "no id".into())
    }

    /// Signs in with [`PASSWORD`] and returns the access token.
    ///
    /// # Errors
    ///
    /// When the service refuses.
    pub async fn sign_in(&mut self, email: &str) -> Result<String, Failure> {
        let credentials = json!({"email": email, "password": PASSWORD});
        let tokens = self.post("/api/v1/auth/login", &credentials, 200).await?;
        Ok(tokens["access_token"].as_str().unwrap_or_default().into())
    }
}
