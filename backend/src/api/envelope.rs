//! What surrounds every request: its id and address on the way in, the body of errors and the
//! security headers on the way out. One layer, because each costs every request a little.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use tower::service_fn;

use crate::api::client_ip::ClientIp;
use crate::api::request_id::{RequestId, X_REQUEST_ID};
use crate::api::{Api, headers, problem};
use crate::state::AppState;
use crate::telemetry;

/// Notes id and address on each request to `api`, and completes its response.
pub fn wrap(app: AppState, api: impl Api) -> impl Api {
    // What comes before the answer is done at once: the future, of which every connection keeps
    // room for one, need not hold the request.
    service_fn(move |mut request: Request| {
        let id = RequestId::of(&request);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0.ip());
        let ip = ClientIp::find(peer, request.headers(), &app.config.trusted_proxies);
        let is_api = headers::is_api(request.uri().path());
        let is_secure = app.config.cookies.is_secure;
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(ip);
        let answered = telemetry::take_notes(api.clone().call(request));
        async move {
            let mut response = problem::render(answered.await?, &id);
            headers::secure(response.headers_mut(), is_api, is_secure);
            response.headers_mut().insert(X_REQUEST_ID, id.into());
            Ok(response)
        }
    })
}
