//! A response, and its form in snapshots.

use std::fmt;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::response::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A response. A snapshot shows its status and whole body, without what differs between runs.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn new(parts: Parts, body: Bytes) -> Self {
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).unwrap_or_default()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The code of a problem; empty if it is not one.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The `Set-Cookie` headers, without the tokens.
    pub fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all(SET_COOKIE).iter();
        let shown = lines.map(|line| {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let value = if value.is_empty() { "" } else { "[token]" };
            format!("{name}={value};{attributes}")
        });
        shown.collect()
    }

    /// Fails unless it is a problem with this code.
    #[track_caller]
    pub fn assert_problem(&self, code: &str) {
        assert_eq!(self.code(), code, "{self}");
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if self.body.is_empty() {
            return Ok(());
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(mut body) => {
                redact(&mut body);
                write!(f, "\n{body:#}")
            }
            Err(_) => write!(f, "\n{}", String::from_utf8_lossy(&self.body)),
        }
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let shown = match name.as_str() {
                    "id" | "request_id" | "flow" => format!("[{name}]"),
                    "access_token" | "refresh_token" | "csrf_token" | "device_token" => {
                        "[token]".into()
                    }
                    name if name.ends_with("_at") => "[time]".into(),
                    name if name.ends_with("_flow") => "[flow]".into(),
                    _ => {
                        redact(field);
                        continue;
                    }
                };
                if field.is_string() || field.is_number() {
                    *field = Value::from(shown);
                }
            }
        }
        _ => {}
    }
}
