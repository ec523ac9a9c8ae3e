//! The cookies of the web transport.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use chrono::TimeDelta;
use cookie::{Cookie, SameSite};

use crate::config;
use crate::features::auth::application::Grant;
use crate::features::devices::domain::Mark;

/// The path of the refresh cookie while cookies are not Secure. `__Host-` requires `/`.
const REFRESH_PATH: &str = "/api/v1/auth";

/// How many cookies of one name are checked: each may cost a signature verification.
const MAX_CANDIDATES: usize = 32;

/// A cookie of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// The CSRF token.
    Csrf,
    /// The mark of a known device.
    Device,
    /// What binds a sign-in that waits for a second factor to its browser.
    Flow,
}

impl Name {
    /// The cookie name. With the prefix, browsers refuse such a cookie from a sibling domain or
    /// over plain HTTP (RFC 6265bis, 4.1.3). Only Secure cookies may have it.
    fn as_str(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Access, true) => "__Host-access_token",
            (Self::Access, false) => "access_token",
            (Self::Refresh, true) => "__Host-refresh_token",
            (Self::Refresh, false) => "refresh_token",
            (Self::Csrf, true) => "__Host-csrf_token",
            (Self::Csrf, false) => "csrf_token",
            (Self::Device, true) => "__Host-device",
            (Self::Device, false) => "device",
            (Self::Flow, true) => "__Host-flow",
            (Self::Flow, false) => "flow",
        }
    }

    fn path(self, is_secure: bool) -> &'static str {
        match self {
            Self::Refresh if !is_secure => REFRESH_PATH,
            Self::Access | Self::Refresh | Self::Csrf | Self::Device | Self::Flow => "/",
        }
    }
}

/// The values of a cookie, in the order sent. Cookies are shared between ports, so some values may
/// belong to another program; the caller uses the one that verifies.
///
/// Only ASCII whitespace is trimmed. A name that begins with other whitespace may come from a
/// sibling domain, because browsers see no prefix in it.
pub fn list(
    headers: &HeaderMap,
    name: Name,
    settings: config::Cookies,
) -> impl Iterator<Item = &str> {
    let name = name.as_str(settings.is_secure);
    headers
        .get_all(COOKIE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair.trim_ascii()).ok())
        .filter_map(|pair| pair.split_once('='))
        .filter(move |(found, _)| found.trim_ascii_end() == name)
        .map(|(_, value)| value.trim_ascii_start())
        .filter(|value| !value.is_empty())
        .take(MAX_CANDIDATES)
}

/// The cookies that a response sets.
#[derive(Debug, Default)]
pub struct SetCookies(Vec<Cookie<'static>>);

impl SetCookies {
    /// Sets the CSRF token as a session cookie.
    pub fn csrf(mut self, token: String, settings: config::Cookies) -> Self {
        self.0.push(make(Name::Csrf, token, None, settings));
        self
    }

    /// Sets the mark of a known device.
    pub fn device(mut self, mark: String, settings: config::Cookies) -> Self {
        let lifetime = Some(Mark::LIFETIME);
        self.0.push(make(Name::Device, mark, lifetime, settings));
        self
    }

    /// Binds the browser to a flow.
    pub fn flow(mut self, secret: String, lifetime: TimeDelta, settings: config::Cookies) -> Self {
        self.0
            .push(make(Name::Flow, secret, Some(lifetime), settings));
        self
    }

    /// Removes the cookie of a flow.
    pub fn no_flow(self, settings: config::Cookies) -> Self {
        self.flow(String::new(), TimeDelta::zero(), settings)
    }

    /// Sets both tokens of a grant, with their lifetimes.
    pub fn tokens(mut self, grant: &Grant, settings: config::Cookies) -> Self {
        let pairs = [
            (Name::Access, &grant.access_token, grant.access_expires_in),
            (
                Name::Refresh,
                &grant.refresh_token,
                grant.refresh_expires_in,
            ),
        ];
        for (name, token, lifetime) in pairs {
            self.0
                .push(make(name, token.clone(), Some(lifetime), settings));
        }
        self
    }

    /// Removes both tokens.
    pub fn no_tokens(mut self, settings: config::Cookies) -> Self {
        for name in [Name::Access, Name::Refresh] {
            self.0
                .push(make(name, String::new(), Some(TimeDelta::zero()), settings));
        }
        self
    }
}

fn make(
    name: Name,
    value: String,
    lifetime: Option<TimeDelta>,
    settings: config::Cookies,
) -> Cookie<'static> {
    let same_site = match settings.same_site {
        config::SameSite::Strict => SameSite::Strict,
        config::SameSite::Lax => SameSite::Lax,
        config::SameSite::None => SameSite::None,
    };
    let mut cookie = Cookie::build((name.as_str(settings.is_secure), value))
        .path(name.path(settings.is_secure))
        .http_only(true)
        .secure(settings.is_secure)
        .same_site(same_site)
        .build();
    if let Some(lifetime) = lifetime {
        cookie.set_max_age(cookie::time::Duration::seconds(lifetime.num_seconds()));
    }
    cookie
}

impl IntoResponseParts for SetCookies {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        for cookie in self.0 {
            // Tokens consist of base64url and dots, which are valid in headers.
            if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
                parts.headers_mut().append(SET_COOKIE, value);
            }
        }
        Ok(parts)
    }
}
