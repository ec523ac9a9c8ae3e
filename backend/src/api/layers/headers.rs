//! The headers that every response carries.

use std::mem;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};

use crate::api::first_segment;
use crate::config::Config;

/// For pages of ours: everything from this origin, no inline script or style. The hash is that of
/// the empty style element which React Native Web fills through the CSSOM.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
    img-src 'self' data:; font-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'";

/// For everything that is no page.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Tells whether a path is one of the API's, not of a page.
pub fn is_api(path: &str) -> bool {
    matches!(first_segment(path), "api" | "health" | ".well-known")
}

/// What every response carries that does not say otherwise itself.
#[derive(Clone, Debug)]
pub struct Defaults {
    api: HeaderMap,
    page: HeaderMap,
}

impl Defaults {
    /// Prepares the headers: those that demand TLS from browsers when cookies are Secure, and a policy
    /// that lets pages send reports where the configuration says.
    pub fn new(config: &Config) -> Self {
        let mut common = HeaderMap::new();
        let mut set = |name, value| common.insert(name, HeaderValue::from_static(value));
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(REFERRER_POLICY, "no-referrer");
        set(X_FRAME_OPTIONS, "DENY");
        set(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        if config.cookies.is_secure {
            set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
        let mut api = common.clone();
        api.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        api.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(API_POLICY),
        );
        let mut page = common;
        page.insert(CONTENT_SECURITY_POLICY, page_policy(config));
        Self { api, page }
    }

    /// Adds to the headers of a response those that it lacks.
    pub fn complete(&self, headers: &mut HeaderMap, is_api: bool) {
        let defaults = if is_api { &self.api } else { &self.page };
        // A copy that the response's own go into costs a third of adding one by one.
        let own = mem::replace(headers, defaults.clone());
        headers.extend(own);
    }
}

fn page_policy(config: &Config) -> HeaderValue {
    let reports = config.reports.as_ref().map(|it| it.origin.as_str());
    let policy = reports.map(|origin| format!("{PAGE_POLICY} {origin}"));
    policy
        .and_then(|policy| policy.try_into().ok())
        .unwrap_or(HeaderValue::from_static(PAGE_POLICY))
}
