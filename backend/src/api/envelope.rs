//! What surrounds every request: its id and address on the way in, the body of errors and the
//! security headers on the way out. One layer, because each costs every request a little.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use tower::service_fn;

use crate::api::client_ip::ClientIp;
use crate::api::request_id::{RequestId, X_REQUEST_ID};
use crate::api::{Api, headers, problem};
use crate::state::AppState;
use crate::telemetry;

/// Notes id and address on each request to `api`, and completes its response.
pub fn wrap(app: AppState, api: impl Api) -> impl Api {
    service_fn(move |request| answer(app.clone(), api.clone(), request))
}

async fn answer(
    app: AppState,
    mut api: impl Api,
    mut request: Request,
) -> Result<Response, Infallible> {
    let id = RequestId::of(&request);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|info| info.0.ip());
    let ip = ClientIp::find(peer, request.headers(), &app.config.trusted_proxies);
    let is_api = headers::is_api(request.uri().path());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(ip);

    let response = telemetry::take_notes(api.call(request)).await?;
    let mut response = problem::render(response, &id);
    headers::secure(response.headers_mut(), is_api, app.config.cookies.is_secure);
    response.headers_mut().insert(X_REQUEST_ID, id.into());
    Ok(response)
}
