//! All that knows HTTP. This page is the whole API: its routes and the layers around them.

mod audit;
mod auth;
mod callers;
pub mod client_ip;
mod code;
pub mod cookies;
mod cors;
mod csrf;
#[cfg(feature = "web")]
mod embedded;
mod envelope;
mod extract;
mod headers;
mod health;
mod keys;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod rate_limit;
mod registration;
mod request_id;
mod sessions;
mod time_out;
mod trace;
mod transport;
mod users;
mod web;

use std::convert::Infallible;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};
use serde_json::Value;
use tower::{Layer, Service, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;
use code::Code;
use problem::Problem;
use rate_limit::Tier;

/// The most bytes that a request's body may have.
const MOST_BODY_BYTES: usize = 64 * 1024;

/// Both tiers' limiters.
#[derive(Clone)]
pub struct Limits {
    /// For most routes.
    pub general: Tier,
    /// For routes that check or hash a stranger's password or a refresh token.
    pub auth: Tier,
}

impl Limits {
    /// Prepares the limiters that the configuration asks for.
    pub fn new(app: &AppState) -> Self {
        Self {
            general: Tier::new(app.config.rate_limits.general),
            auth: Tier::new(app.config.rate_limits.auth),
        }
    }
}

/// The routes by what stands in front of them.
pub struct Routes {
    /// Neither counted nor logged.
    pub unlimited: OpenApiRouter<AppState>,
    /// In the general tier.
    pub general: OpenApiRouter<AppState>,
    /// In the auth tier.
    pub auth: OpenApiRouter<AppState>,
}

/// Every route of the API; each handler's path stands in the attribute above it.
pub fn routes() -> Routes {
    Routes {
        unlimited: OpenApiRouter::new()
            .routes(routes!(health::get_live))
            .routes(routes!(health::get_ready)),
        general: OpenApiRouter::new()
            .routes(routes!(csrf::get_csrf_token))
            .routes(routes!(keys::get_public_keys))
            .routes(routes!(
                sessions::list_own_sessions,
                sessions::end_other_sessions
            ))
            .routes(routes!(sessions::end_own_session))
            .routes(routes!(users::list_users))
            .routes(routes!(users::get_own_user))
            .routes(routes!(
                users::get_user,
                users::update_user,
                users::deactivate_user
            ))
            .routes(routes!(
                sessions::list_user_sessions,
                sessions::end_user_sessions
            ))
            .routes(routes!(audit::list_audit_events)),
        auth: OpenApiRouter::new()
            .routes(routes!(auth::log_in))
            .routes(routes!(auth::refresh_tokens))
            .routes(routes!(auth::log_out))
            .routes(routes!(registration::register_user)),
    }
}

/// The OpenAPI document of every route; needs neither database nor configuration.
pub fn document() -> Value {
    let Routes {
        unlimited,
        general,
        auth,
    } = routes();
    openapi::complete(general.merge(auth).merge(unlimited).into_openapi())
}

/// What answers every request: the routes inside all their layers.
pub trait Api:
    Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Api for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Puts the layers around the routes.
pub fn service(app: AppState, limits: &Limits, routes: Routes) -> impl Api {
    let missing = any(|| async { Problem::from(Code::NotFound) });
    let (general, _) = routes.general.split_for_parts();
    let (auth, _) = routes.auth.split_for_parts();
    let (unlimited, _) = routes.unlimited.split_for_parts();
    // Files and documents are compressed, answers of the API are not: the length of a compressed
    // secret beside text that an attacker chose gives the secret away (BREACH).
    let general = general
        .merge(openapi::routes(&document()).layer(CompressionLayer::new()))
        .route("/api", missing.clone())
        .route("/api/", missing.clone())
        .route("/api/{*path}", missing.clone());
    let unlimited = unlimited
        .route("/health", missing.clone())
        .route("/health/", missing.clone())
        .route("/health/{*path}", missing)
        .merge(web::routes(&app).layer(CompressionLayer::new()))
        .layer(CatchPanicLayer::custom(time_out::answer_panic));
    let inner = Router::new()
        // Where both tiers have a path, the first one answers for the methods that neither has.
        .merge(limits.general.apply(protected(&app, limits, general)))
        .merge(limits.auth.apply(protected(&app, limits, auth)))
        .merge(unlimited)
        .with_state(app.clone());

    // From the inside to the outside. Not `Router::layer`, which would box each of them for each
    // request.
    let api = time_out::limit(app.clone(), inner);
    let api = cors::layer(&app.config.allowed_origins).layer(api);
    envelope::wrap(app, api)
}

/// The layers behind the rate limit, the same for both tiers, from the outside to the inside.
fn protected(app: &AppState, limits: &Limits, routes: Router<AppState>) -> Router<AppState> {
    routes.layer(
        ServiceBuilder::new()
            .layer(trace::layer())
            .layer(from_fn_with_state(app.clone(), csrf::protect))
            .layer(CatchPanicLayer::custom(time_out::answer_panic))
            .layer(RequestBodyLimitLayer::new(MOST_BODY_BYTES))
            .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
            .layer(Extension(limits.auth.clone())),
    )
}
