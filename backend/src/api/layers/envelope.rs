//! Completes every request and response: adds request id and client address to the request, and the
//! error body and security headers to the response. It is a single layer because each costs every
//! request a little.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use futures_util::TryFutureExt;
use tower::service_fn;

use crate::api::input::client_ip::ClientIp;
use crate::api::layers::headers::{self, Defaults};
use crate::api::layers::request_id::{RequestId, X_REQUEST_ID};
use crate::api::{Api, problem};
use crate::state::AppState;
use crate::telemetry;

/// Adds id and address to each request to `api`, and completes its response.
pub fn wrap(app: AppState, mut api: impl Api) -> impl Api {
    // No `async` blocks, here and in the inner layers. Each would hold the future it awaits twice,
    // so every layer would double what is moved for a request and kept for a connection.
    let defaults = Arc::new(Defaults::new(&app.config));
    service_fn(move |mut request: Request| {
        let id = RequestId::of(&request);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0.ip());
        let ip = ClientIp::find(peer, request.headers(), &app.config.trusted_proxies);
        let is_api = headers::is_api(request.uri().path());
        let defaults = defaults.clone();
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(ip);
        telemetry::take_notes(api.call(request)).map_ok(move |response| {
            let mut response = problem::render(response, &id);
            defaults.complete(response.headers_mut(), is_api);
            response.headers_mut().insert(X_REQUEST_ID, id.into());
            response
        })
    })
}
