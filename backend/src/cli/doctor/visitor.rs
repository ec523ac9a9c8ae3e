//! Visits the service over its public URL, as a browser or an app would.

use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method};
use serde_json::Value;
use url::Url;

use crate::cli::Failure;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The most that is read of a response.
const MAX_BODY: usize = 64 * 1024;

pub struct Visitor {
    client: Client,
    /// Scheme, host and port.
    pub base: Url,
}

/// A response.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Visitor {
    /// Prepares requests to `url`. `ca` has certificates that are trusted in addition to the
    /// machine's.
    pub fn new(url: &Url, ca: Option<&Path>) -> Result<Self, Failure> {
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("--public-url must be of the form https://app.example.com".into());
        }
        let extra = match ca {
            Some(path) => {
                let pem = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                Certificate::from_pem_bundle(&pem)
                    .map_err(|error| format!("{}: {error}", path.display()))?
            }
            None => Vec::new(),
        };
        let mut base = url.clone();
        base.set_path("/");
        base.set_query(None);
        base.set_fragment(None);
        let client = Client::builder()
            .user_agent(concat!("latchkey-doctor/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .tls_certs_merge(extra)
            .build()?;
        Ok(Self { client, base })
    }

    /// The origin as browsers send it.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    pub fn get(&self, path: &str) -> Result<Answer, String> {
        send(self.request(Method::GET, path))
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        send(with(self.request(Method::GET, path), headers))
    }

    /// Sends an empty JSON object.
    pub fn post(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        let request = self.request(Method::POST, path);
        let request = request
            .header("content-type", "application/json")
            .body("{}");
        send(with(request, headers))
    }

    /// Sends a request to the same host without TLS.
    pub fn get_plain(&self, path: &str) -> Result<Answer, String> {
        let mut url = self.base.clone();
        let _ = url.set_scheme("http");
        url.set_path(path);
        send(self.client.get(url))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(path);
        self.client.request(method, url)
    }
}

fn send(request: RequestBuilder) -> Result<Answer, String> {
    let answer = request.send().and_then(read);
    answer.map_err(|error| describe(&error))
}

fn with(request: RequestBuilder, headers: &[(&str, &str)]) -> RequestBuilder {
    let add = |request: RequestBuilder, (name, value): &(&str, &str)| request.header(*name, *value);
    headers.iter().fold(request, add)
}

fn read(answer: Response) -> reqwest::Result<Answer> {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes()?;
    let start = &bytes[..bytes.len().min(MAX_BODY)];
    let text = String::from_utf8_lossy(start).into_owned();
    Ok(Answer {
        status,
        headers,
        text,
    })
}

/// The error with its causes; the last one says what is wrong with a certificate.
fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl Answer {
    /// The value of a header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.and_then(Result::ok).unwrap_or_default()
    }

    /// A field of the problem in the body.
    pub fn field(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body[name].as_str().unwrap_or_default().to_owned()
    }

    /// A short summary of status, code and action.
    pub fn summary(&self) -> String {
        let words = [
            self.status.to_string(),
            self.field("code"),
            self.field("action"),
        ];
        words.join(" ").trim_end().to_owned()
    }
}
