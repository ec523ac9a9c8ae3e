//! The OpenAPI document and the interactive reference, which is Swagger UI with a page of our own.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::api::code::Code;
use crate::api::files::representation::{Coding, Form, answer};
use crate::api::openapi;
use crate::api::problem::Problem;
use crate::state::AppState;

type Compiled = (&'static str, &'static [(Coding, &'static [u8])]);

/// Each file of the reference in every encoding, from `build.rs`.
const FILES: &[Compiled] = &include!(concat!(env!("OUT_DIR"), "/reference.rs"));

type Forms = Vec<Form<Bytes>>;

const PAGE: &str = "index.html";

/// A file that is compressed at the first request and then kept.
struct File {
    kind: String,
    forms: LazyLock<Forms, Box<dyn FnOnce() -> Forms + Send>>,
}

impl File {
    fn new(kind: String, forms: impl FnOnce() -> Forms + Send + 'static) -> Self {
        Self {
            kind,
            forms: LazyLock::new(Box::new(forms)),
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let sent = answer(&self.kind, &self.forms, request.method(), request.headers());
        let mut response = sent.unwrap_or_else(missing);
        let revalidated = HeaderValue::from_static("no-cache");
        response.headers_mut().insert(CACHE_CONTROL, revalidated);
        response
    }
}

/// The routes of the document and the reference.
pub fn routes(document: String) -> Router<AppState> {
    let document = File::new("application/json".into(), move || compressed(document));
    let document = Arc::new(document);
    let files: HashMap<_, _> = FILES.iter().map(|file| (file.0, compiled(file))).collect();
    let files = Arc::new(files);
    let file = {
        let files = files.clone();
        move |Path(name): Path<String>, request: Request| async move {
            let file = files.get(name.as_str());
            file.map_or_else(missing, |file| file.answer(&request))
        }
    };
    let page = move |request: Request| async move {
        let file = files.get(PAGE);
        file.map_or_else(missing, |file| file.answer(&request))
    };
    Router::new()
        .route("/docs", get(|| async { Redirect::to("/docs/") }))
        .route("/docs/", get(page))
        .route("/docs/{name}", get(file))
        .route(
            openapi::PATH,
            get(move |request: Request| async move { document.answer(&request) }),
        )
}

fn missing() -> Response {
    Problem::from(Code::NotFound).into_response()
}

fn compiled(&(name, forms): &Compiled) -> File {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    File::new(kind.to_string(), move || {
        let forms = forms.iter();
        forms
            .map(|(coding, bytes)| Form::of(*coding, Bytes::from_static(bytes)))
            .collect()
    })
}

/// Compresses a text, and leaves out encodings that fail.
fn compressed(text: String) -> Forms {
    let compressed = [(Coding::Gzip, gzip(&text)), (Coding::Brotli, brotli(&text))];
    let compressed = compressed
        .into_iter()
        .filter_map(|(coding, bytes)| Some(Form::of(coding, bytes.ok()?.into())))
        .collect::<Vec<_>>();
    let mut forms = vec![Form::of(Coding::Identity, text.into())];
    forms.extend(compressed);
    forms
}

fn gzip(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

fn brotli(text: &str) -> io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 9,
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut compressed, &parameters)?;
    Ok(compressed)
}
