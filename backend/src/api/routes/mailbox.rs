//! `/dev/mail`: the development mailbox. Whoever reads it can take over any account, so nothing but a
//! browser on this machine that asked for this machine gets an answer.

use std::net::{IpAddr, SocketAddr};

use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use axum::{Json, Router};
use serde::Serialize;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::config::Delivery;
use crate::features::mail::memory::mailbox::Mail;
use crate::state::AppState;

const PAGE: &str = include_str!("mailbox/page.html");
const SCRIPT: &str = include_str!("mailbox/mailbox.js");
const STYLE: &str = include_str!("mailbox/mailbox.css");

/// For the page: its own script and style, and the frame that shows a mail.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// For a mail, which comes with styles of its own and must not do anything else.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'; \
    sandbox allow-popups allow-popups-to-escape-sandbox";

/// What proxies add; whoever comes through one is not on this machine.
const FORWARDING: [&str; 9] = [
    "cf-connecting-ip",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-real-ip",
];

/// The routes of the mailbox; everything else under `/dev` is missing, and never a page of the client.
pub fn routes() -> Router<AppState> {
    let own = |route: MethodRouter<AppState>| route.fallback(missing);
    Router::new()
        .route("/dev/mail", own(get(get_page)))
        .route("/dev/mail/mailbox.js", own(get(get_script)))
        .route("/dev/mail/mailbox.css", own(get(get_style)))
        .route("/dev/mail/messages", own(get(list_mails)))
        .route("/dev/mail/messages/{id}/html", own(get(get_html)))
        .route("/dev", any(missing))
        .route("/dev/", any(missing))
        .route("/dev/{*path}", any(missing))
}

async fn missing() -> Problem {
    Code::NotFound.into()
}

/// Somebody on this machine, while mails go to the mailbox.
struct OnThisMachine;

impl FromRequestParts<AppState> for OnThisMachine {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let is_on = matches!(app.config.mail.delivery, Delivery::Mailbox);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // A router that is driven without a socket has no peer.
        let is_near = peer.is_none_or(|peer| peer.0.ip().to_canonical().is_loopback());
        // Browsers speak 1.1 at least; nginx speaks 1.0 unless told otherwise, names this machine as the
        // host, and adds no header.
        let is_direct = parts.version > Version::HTTP_10;
        if is_on && is_near && is_direct && is_local(&parts.uri, &parts.headers) {
            Ok(Self)
        } else {
            Err(Code::NotFound.into())
        }
    }
}

/// Tells whether a request names this machine, by a name that nobody else can make lead here (DNS
/// rebinding), and came straight.
fn is_local(uri: &Uri, headers: &HeaderMap) -> bool {
    let is_forwarded = headers.keys().any(|name| {
        name.as_str().starts_with("x-forwarded") || FORWARDING.contains(&name.as_str())
    });
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let is_single = hosts.next().is_none();
    let is_host = |host: &str| host.parse().is_ok_and(|host| is_loopback(&host));
    let is_uri = uri.authority().is_none_or(is_loopback);
    !is_forwarded && is_single && is_uri && host.is_some_and(is_host)
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let is_address = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse().is_ok_and(is_address)
}

async fn get_page(_: OnThisMachine) -> Response {
    answer("text/html; charset=utf-8", PAGE_POLICY, PAGE.to_owned())
}

async fn get_script(_: OnThisMachine) -> Response {
    answer(
        "text/javascript; charset=utf-8",
        PAGE_POLICY,
        SCRIPT.to_owned(),
    )
}

async fn get_style(_: OnThisMachine) -> Response {
    answer("text/css; charset=utf-8", PAGE_POLICY, STYLE.to_owned())
}

/// The mails, newest first.
#[derive(Serialize)]
struct Mails {
    items: Vec<Mail>,
}

async fn list_mails(_: OnThisMachine, State(app): State<AppState>) -> Response {
    let items = app.mailbox.list();
    ([NOT_STORED], Json(Mails { items })).into_response()
}

async fn get_html(
    _: OnThisMachine,
    State(app): State<AppState>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Response, Problem> {
    let mail = id.ok().and_then(|Path(id)| app.mailbox.find(id));
    let mail = mail.ok_or(Code::NotFound)?;
    let mut response = answer("text/html; charset=utf-8", MAIL_POLICY, mail.html);
    let framed = HeaderValue::from_static("SAMEORIGIN");
    response.headers_mut().insert(X_FRAME_OPTIONS, framed);
    Ok(response)
}

const NOT_STORED: (HeaderName, &str) = (CACHE_CONTROL, "no-store");

fn answer(kind: &'static str, policy: &'static str, body: String) -> Response {
    let headers = [
        NOT_STORED,
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_answered(uri: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        is_local(&uri.parse().unwrap(), &map)
    }

    #[test]
    fn this_machine_is_known_by_names_that_nobody_else_can_have() {
        for host in [
            "localhost",
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
        ] {
            assert!(is_answered("/dev/mail", &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "evil.example:8080",
            "localhost@evil.example",
            "0.0.0.0",
            "192.168.1.2:8080",
            "[::]",
            "127.0.0.1.nip.io",
            "",
            "a b",
        ] {
            assert!(!is_answered("/dev/mail", &[("host", host)]), "{host}");
        }
        assert!(!is_answered("/dev/mail", &[]));
        assert!(!is_answered(
            "/dev/mail",
            &[("host", "localhost"), ("host", "localhost")]
        ));
        assert!(!is_answered(
            "http://evil.example/dev/mail",
            &[("host", "localhost")]
        ));
    }

    #[test]
    fn whoever_comes_through_a_proxy_is_not_on_this_machine() {
        for name in FORWARDING.into_iter().chain([
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
        ]) {
            assert!(
                !is_answered("/", &[("host", "localhost"), (name, "127.0.0.1")]),
                "{name}"
            );
        }
    }
}
