//! The web client that is compiled into the binary.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::api::files::representation::{Coding, Form, answer, etag};

#[derive(RustEmbed)]
#[folder = "../mobile/dist/"]
struct Client;

/// Responds with a file; `None` if there is no such file.
pub fn open(name: &str, method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
    let plain = Client::get(name)?;
    let kind = plain.metadata.mimetype().to_owned();
    let mut forms = vec![form(Coding::Identity, plain)];
    for coding in Coding::COMPRESSED {
        let file = Client::get(&format!("{name}{}", coding.suffix()));
        forms.extend(file.map(|file| form(coding, file)));
    }
    answer(&kind, &forms, method, headers)
}

fn form(coding: Coding, file: EmbeddedFile) -> Form<Bytes> {
    let etag: HeaderValue = etag(&file.metadata.sha256_hash());
    let content = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Form {
        coding,
        etag,
        length: content.len() as u64,
        content,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG};

    use super::*;

    fn get(name: &str, headers: &[(&'static str, &str)]) -> Response<Body> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        open(name, &Method::GET, &map).unwrap()
    }

    #[test]
    fn the_page_is_there_and_nothing_that_was_not_exported() {
        let page = get("index.html", &[]);
        let kind = &page.headers()[CONTENT_TYPE];
        assert!(kind.as_bytes().starts_with(b"text/html"));
        let missing = open("no/such/file.js", &Method::GET, &HeaderMap::new());
        assert!(missing.is_none());
    }

    #[test]
    fn files_are_compressed_for_those_who_take_it_and_sent_once() {
        let script = Client::iter().find(|path| path.ends_with(".js")).unwrap();
        let answer = get(&script, &[("accept-encoding", "gzip, br")]);
        assert_eq!(answer.headers()[CONTENT_ENCODING], "br");
        let etag = answer.headers()[ETAG].to_str().unwrap();
        let plain = get(&script, &[]);
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_ne!(plain.headers()[ETAG], etag);
        let again = [("accept-encoding", "gzip, br"), ("if-none-match", etag)];
        assert_eq!(get(&script, &again).status(), StatusCode::NOT_MODIFIED);
    }
}
