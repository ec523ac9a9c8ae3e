//! Counts requests by route template. Unknown paths share one name, and so do all pages of the web
//! client, so that clients cannot create time series without bound.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use futures_util::TryFutureExt;
use futures_util::future::Either;
use serde_json::Value;
use tower::service_fn;

use crate::api::layers::headers;
use crate::api::layers::server_span::{ServerSpan, ServerSpans};
use crate::api::{Api, first_segment};
use crate::metrics::{Requests, Route};
use crate::state::AppState;

/// Routes that are not in the OpenAPI document.
const UNLISTED: [&str; 5] = [
    "/api/v1/openapi.json",
    "/docs",
    "/docs/",
    "/docs/{name}",
    "/.well-known/change-password",
];

/// The templates of all routes.
pub struct Templates {
    known: matchit::Router<Arc<Route>>,
    unknown: Arc<Route>,
    web: Arc<Route>,
}

impl Templates {
    /// Collects the paths of the OpenAPI document and the others.
    ///
    /// # Panics
    ///
    /// If two templates match the same paths.
    pub fn new(requests: &Requests, document: &Value) -> Self {
        let mut known = matchit::Router::new();
        let listed = document["paths"].as_object().into_iter().flatten();
        let listed = listed.map(|(path, _)| path.as_str());
        for path in listed.chain(UNLISTED) {
            known
                .insert(path, requests.route(path))
                .expect("each route has a template of its own");
        }
        Self {
            known,
            unknown: requests.route("unknown"),
            web: requests.route("web client"),
        }
    }

    fn find(&self, path: &str) -> &Arc<Route> {
        match self.known.at(path) {
            Ok(found) => found.value,
            Err(_) if is_reserved(path) => &self.unknown,
            Err(_) => &self.web,
        }
    }
}

/// Whether a path cannot be a page of the web client.
fn is_reserved(path: &str) -> bool {
    headers::is_api(path) || first_segment(path) == "docs"
}

/// Counts each request to `api` once it is answered, or its client has left, and traces it if `spans` are
/// wanted. Health checks are not traced: they would be most of what a quiet service sends.
pub fn count(
    app: AppState,
    templates: Templates,
    spans: Option<ServerSpans>,
    mut api: impl Api,
) -> impl Api {
    let templates = Arc::new(templates);
    let is_reporting = app.config.reports.is_some();
    service_fn(move |mut request: Request| {
        let route = Arc::clone(templates.find(request.uri().path()));
        if is_reporting {
            // For the log, whose errors may be reported with the route.
            request.extensions_mut().insert(Arc::clone(&route));
        }
        let method = method_name(request.method());
        let is_traced = first_segment(request.uri().path()) != "health";
        let spans = spans.as_ref().filter(|_| is_traced);
        let span = spans.map(|spans| spans.begin(&request, method, &route));
        let trace = span.as_ref().map(ServerSpan::trace);
        if let Some(trace) = &trace {
            // For the log.
            request.extensions_mut().insert(trace.id());
        }
        let answering = app.metrics.requests.begin(method, route);
        let answered = api.call(request).map_ok(move |response| {
            let status = response.status().as_u16();
            answering.end(status);
            if let Some(span) = span {
                span.end(status);
            }
            response
        });
        match trace {
            None => Either::Left(answered),
            Some(trace) => Either::Right(trace.around(answered)),
        }
    })
}

/// The method's name. Methods without routes share one name, because a client may send any word.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
