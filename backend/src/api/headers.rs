//! The headers that every response carries.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};

/// For pages of ours: everything from this origin, no inline script or style. The hash is that of
/// the empty style element which React Native Web fills through the CSSOM.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// For everything that is no page.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Tells whether a path is one of the API's, not of a page.
pub fn is_api(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    matches!(first, "api" | "health" | ".well-known")
}

/// Sets the headers that are missing.
pub fn secure(headers: &mut HeaderMap, is_api: bool, is_secure: bool) {
    headers.reserve(8);
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, REFERRER_POLICY, "no-referrer");
    set(headers, X_FRAME_OPTIONS, "DENY");
    set(
        headers,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    let policy = if is_api { API_POLICY } else { PAGE_POLICY };
    set(headers, CONTENT_SECURITY_POLICY, policy);
    if is_api {
        set(headers, CACHE_CONTROL, "no-store");
    }
    if is_secure {
        set(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}
