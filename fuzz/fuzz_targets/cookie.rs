//! Cookies are parsed like the `cookie` crate does, and no cookie of another program hides or
//! imitates ours.
//!
//! An input is one or more `Cookie` headers, one per line.

#![no_main]

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use cookie::Cookie;
use latchkey::api::input::cookies::{Name, list};
use latchkey::config::{Cookies, SameSite};
use libfuzzer_sys::fuzz_target;

const OURS: [(Name, bool, &str); 6] = [
    (Name::Access, true, "__Host-access_token"),
    (Name::Access, false, "access_token"),
    (Name::Refresh, true, "__Host-refresh_token"),
    (Name::Refresh, false, "refresh_token"),
    (Name::Csrf, true, "__Host-csrf_token"),
    (Name::Csrf, false, "csrf_token"),
];

/// Cookies that other programs on the same host may have set.
const STRANGERS: &str = "city=K\u{f6}ln; \u{2000}; =; ;";

fuzz_target!(|bytes: &[u8]| {
    let sent = headers(bytes);
    let joined = headers(&[STRANGERS.as_bytes(), bytes].concat());

    for (name, is_secure, text) in OURS {
        let settings = Cookies {
            is_secure,
            same_site: SameSite::Strict,
        };
        let values: Vec<_> = list(&sent, name, settings).collect();
        if bytes.is_ascii() {
            let expected = expected(&sent, text);
            assert_eq!(values, expected[..values.len()]);
            assert_eq!(values.is_empty(), expected.is_empty());
        }
        if !values.is_empty() {
            assert!(is_named(&sent, text), "{text} was never sent");
        }
        assert_eq!(values, list(&joined, name, settings).collect::<Vec<_>>());
    }
});

fn headers(bytes: &[u8]) -> HeaderMap {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .map(|value| (COOKIE, value))
        .collect()
}

/// Parses the cookies of that name with the `cookie` crate.
fn expected<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .filter_map(|cookie| cookie.value_raw())
        .filter(|value| !value.is_empty())
        .collect()
}

/// Whether a browser would treat it as that name: only ASCII whitespace precedes it.
fn is_named(headers: &HeaderMap, name: &str) -> bool {
    let mut pairs = headers
        .get_all(COOKIE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.any(|pair| {
        let end = pair.iter().position(|byte| *byte == b'=');
        pair[..end.unwrap_or(0)].trim_ascii() == name.as_bytes()
    })
}
