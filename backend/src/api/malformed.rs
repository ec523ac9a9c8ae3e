//! The responses to malformed HTTP, which is rejected before routing.

use axum::http::header::{CONNECTION, DATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use futures_util::FutureExt;
use http_body_util::BodyExt;

use crate::api::code::Code;
use crate::api::layers::headers::Defaults;
use crate::api::layers::request_id::{RequestId, X_REQUEST_ID};
use crate::api::problem::{self, Problem};
use crate::config::Config;

/// Builds these responses.
pub struct Refusals {
    defaults: Defaults,
}

impl Refusals {
    /// Prepares the common headers.
    pub fn new(config: &Config) -> Self {
        Self {
            defaults: Defaults::new(config),
        }
    }

    /// Completes the bare head of hyper's response: returns the whole response with a problem as
    /// its body. It closes the connection, because the start of the next request is unknown.
    pub fn complete(&self, head: &[u8]) -> Vec<u8> {
        let status = head.get(9..12).unwrap_or_default();
        let status = StatusCode::from_bytes(status).unwrap_or(StatusCode::BAD_REQUEST);
        let id = RequestId::random();
        let request_id = id.as_str();
        tracing::info!(status = status.as_u16(), request_id, "unreadable request");
        let problem = Problem::from(Code::MalformedRequest).status(status);
        let problem = match status {
            StatusCode::URI_TOO_LONG => problem.detail("The URL is too long. Shorten it."),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => problem.detail(
                "The request has more than 100 headers or 64 KiB of them. Send fewer, or delete \
                 this site's cookies.",
            ),
            _ => problem.detail("This is not HTTP/1.1. Send a request as RFC 9112 describes it."),
        };
        let mut response = problem::render(problem.into_response(), &id);
        self.defaults.complete(response.headers_mut(), true);
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        headers.insert(X_REQUEST_ID, id.into());
        let mut lines = head
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii_end);
        if let Some(date) = lines.find_map(|line| line.strip_prefix(b"date: "))
            && let Ok(date) = HeaderValue::from_bytes(date)
        {
            headers.insert(DATE, date);
        }
        let (parts, body) = response.into_parts();
        let mut bytes = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
        for (name, value) in &parts.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        // The whole body is already in memory.
        if let Some(Ok(body)) = body.collect().now_or_never() {
            bytes.extend_from_slice(&body.to_bytes());
        }
        bytes
    }
}
