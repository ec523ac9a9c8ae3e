//! What surrounds every request: its id and address on the way in, the body of errors and the
//! security headers on the way out. One layer, because each costs every request a little.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

use crate::api::client_ip::ClientIp;
use crate::api::request_id::{RequestId, X_REQUEST_ID};
use crate::api::{headers, problem};
use crate::state::AppState;
use crate::telemetry;

/// Notes id and address on the request, and completes its response.
pub async fn wrap(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|info| info.0.ip());
    let ip = ClientIp::find(peer, request.headers(), &app.config.trusted_proxies);
    let is_api = headers::is_api(request.uri().path());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(ip);

    let response = telemetry::take_notes(next.run(request)).await;
    let mut response = problem::render(response, &id);
    headers::secure(response.headers_mut(), is_api, app.config.cookies.is_secure);
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}
