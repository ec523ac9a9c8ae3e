//! A client that adds its credentials to every request and stores those it receives.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use super::{Answer, Contract, PASSWORD, mails::assert_says_no_secret};

/// The service, whatever its layers are.
pub type AnyApi = BoxCloneSyncService<Request<Body>, Response, Infallible>;

/// A program that talks to the service.
#[derive(Clone)]
pub struct Client {
    api: AnyApi,
    headers: HeaderMap,
    is_native: bool,
    peer: Option<SocketAddr>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Clone, Default)]
struct Kept {
    /// Cookies by name, with value and path.
    cookies: BTreeMap<String, (String, String)>,
    csrf_token: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    device_token: Option<String>,
}

impl Client {
    pub fn new(api: AnyApi) -> Self {
        Self {
            api,
            headers: HeaderMap::new(),
            is_native: false,
            peer: None,
            kept: Arc::default(),
        }
    }

    /// The same client as an app.
    pub fn native(mut self) -> Self {
        self.is_native = true;
        self.with("x-client-type", "native")
    }

    /// The same client with another header on every request.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// The same client from this address.
    pub fn at(mut self, peer: &str) -> Self {
        self.peer = Some(SocketAddr::new(peer.parse().unwrap(), 4711));
        self
    }

    /// A copy of this client, which is independent from now on.
    pub fn copy(&self) -> Self {
        let kept = self.kept.lock().unwrap().clone();
        Self {
            kept: Arc::new(Mutex::new(kept)),
            ..self.clone()
        }
    }

    pub fn access_token(&self) -> Option<String> {
        self.kept.lock().unwrap().access_token.clone()
    }

    pub fn refresh_token(&self) -> Option<String> {
        self.kept.lock().unwrap().refresh_token.clone()
    }

    pub fn set_access_token(&self, token: Option<&str>) {
        self.kept.lock().unwrap().access_token = token.map(str::to_owned);
    }

    pub fn csrf_token(&self) -> Option<String> {
        self.kept.lock().unwrap().csrf_token.clone()
    }

    pub fn set_csrf_token(&self, token: Option<&str>) {
        self.kept.lock().unwrap().csrf_token = token.map(str::to_owned);
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        kept.cookies.get(name).map(|(value, _)| value.clone())
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        let cookie = (value.to_owned(), "/".to_owned());
        let mut kept = self.kept.lock().unwrap();
        kept.cookies.insert(name.to_owned(), cookie);
    }

    pub fn remove_cookie(&self, name: &str) {
        self.kept.lock().unwrap().cookies.remove(name);
    }

    pub fn device_token(&self) -> Option<String> {
        self.kept.lock().unwrap().device_token.clone()
    }

    pub fn set_device_token(&self, token: &str) {
        self.kept.lock().unwrap().device_token = Some(token.to_owned());
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &Value::Null).await
    }

    /// Deactivates the client's own account, which has this path.
    pub async fn leave(&self, path: &str) -> Answer {
        let body = json!({"current_password": PASSWORD});
        self.send(Method::DELETE, path, &body).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, &body).await
    }

    pub async fn fetch_csrf_token(&self) -> Answer {
        self.get("/api/v1/csrf").await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.post("/api/v1/auth/login", body).await
    }

    /// Refreshes with the stored tokens.
    pub async fn refresh(&self) -> Answer {
        let body = match self.refresh_token() {
            Some(token) if self.is_native => json!({ "refresh_token": token }),
            _ => Value::Null,
        };
        self.post("/api/v1/auth/refresh", body).await
    }

    pub async fn register(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.post("/api/v1/users", body).await
    }

    /// Sends a JSON body, or none if it is null.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.send_request(request.body(body).unwrap()).await
    }

    /// Sends a request, with this client's headers where it has none of its own.
    pub async fn send_request(&self, mut request: Request<Body>) -> Answer {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        for (name, value) in self.credentials(&path).iter().chain(&self.headers) {
            let headers = request.headers_mut();
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let Ok(response) = self.api.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer::new(parts, body);
        self.keep(&answer);
        if self.is_native {
            assert_eq!(answer.cookies(), [""; 0], "a native client got a cookie");
        }
        assert_says_no_secret(&answer);
        Contract::check(&method, &path, &answer);
        answer
    }

    fn credentials(&self, path: &str) -> HeaderMap {
        let kept = self.kept.lock().unwrap();
        let mut headers = HeaderMap::new();
        let fits = |cookie_path: &str| path.starts_with(cookie_path);
        let cookies: Vec<_> = kept
            .cookies
            .iter()
            .filter(|(_, (_, cookie_path))| fits(cookie_path))
            .map(|(name, (value, _))| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            headers.insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        if let Some(token) = &kept.csrf_token {
            headers.insert("x-csrf-token", token.parse().unwrap());
        }
        if let Some(token) = &kept.access_token {
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        if let Some(token) = &kept.device_token {
            headers.insert("x-device-token", token.parse().unwrap());
        }
        headers
    }

    fn keep(&self, answer: &Answer) {
        let mut kept = self.kept.lock().unwrap();
        for line in answer.headers.get_all(SET_COOKIE) {
            let cookie = cookie::Cookie::parse(line.to_str().unwrap()).unwrap();
            let name = cookie.name().to_owned();
            if cookie.max_age() == Some(cookie::time::Duration::ZERO) {
                kept.cookies.remove(&name);
            } else {
                let path = cookie.path().unwrap_or("/").to_owned();
                kept.cookies.insert(name, (cookie.value().to_owned(), path));
            }
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        kept.csrf_token = text("csrf_token")
            .filter(|_| !self.is_native)
            .or(kept.csrf_token.take());
        kept.access_token = text("access_token").or(kept.access_token.take());
        kept.refresh_token = text("refresh_token").or(kept.refresh_token.take());
        let marked = answer.header("x-device-token").map(str::to_owned);
        let marked = marked.or_else(|| text("device_token"));
        kept.device_token = marked.or(kept.device_token.take());
    }
}
