//! The headers of every response.

use std::mem;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};

use crate::api::first_segment;
use crate::config::Config;

/// The policy of everything that is not a page.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Whether a path belongs to the API, not to a page.
pub fn is_api(path: &str) -> bool {
    matches!(first_segment(path), "api" | "health" | ".well-known")
}

/// The default headers, which a response may override.
#[derive(Clone, Debug)]
pub struct Defaults {
    api: HeaderMap,
    page: HeaderMap,
}

impl Defaults {
    /// Prepares the headers: HSTS if cookies are Secure, and a policy that allows error reports and the
    /// logo if they are configured.
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

    /// Adds the missing headers to a response.
    pub fn complete(&self, headers: &mut HeaderMap, is_api: bool) {
        let defaults = if is_api { &self.api } else { &self.page };
        // Cloning the defaults and adding the response's own headers costs a third of adding the
        // defaults one by one.
        let own = mem::replace(headers, defaults.clone());
        headers.extend(own);
    }
}

/// The policy of pages: everything from this origin, but for the logo and error reports; no inline
/// scripts or styles. The hash is that of the empty style element that React Native Web fills through
/// the CSSOM.
fn page_policy(config: &Config) -> HeaderValue {
    let after = |origin: Option<&str>| origin.map(|it| format!(" {it}")).unwrap_or_default();
    let logo = after(config.brand.logo_origin().as_deref());
    let reports = after(config.reports.as_ref().map(|it| it.origin.as_str()));
    let policy = format!(
        "default-src 'none'; script-src 'self'; \
         style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
         img-src 'self' data:{logo}; font-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'{reports}"
    );
    policy
        .try_into()
        .unwrap_or(HeaderValue::from_static(API_POLICY))
}
