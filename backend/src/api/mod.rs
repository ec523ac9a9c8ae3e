//! All that knows HTTP. This page is the whole API: its routes and the layers around them.

mod audit;
mod auth;
mod client_ip;
mod code;
mod cookies;
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
mod pages;
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

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use axum::{Extension, Router};
use serde_json::Value;
use tower::ServiceBuilder;
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
    /// Neither counted nor logged above the debug level.
    pub unlimited: OpenApiRouter<AppState>,
    /// In the general tier.
    pub general: OpenApiRouter<AppState>,
    /// In the auth tier.
    pub auth: OpenApiRouter<AppState>,
}

/// Every route of the API.
pub fn routes() -> Routes {
    Routes {
        unlimited: OpenApiRouter::new().nest("/health", health::routes()),
        general: OpenApiRouter::new()
            .nest(
                "/api/v1",
                OpenApiRouter::new().routes(routes!(csrf::get_csrf_token)),
            )
            .nest("/.well-known", keys::routes())
            .nest("/api/v1/auth/sessions", sessions::own_routes())
            .nest("/api/v1/users", users::routes())
            .nest("/api/v1/users", sessions::user_routes())
            .nest("/api/v1/audit-events", audit::routes()),
        auth: OpenApiRouter::new()
            .nest("/api/v1/auth", auth::routes())
            .nest("/api/v1/users", registration::routes()),
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

/// Puts the layers around the routes.
pub fn router(app: AppState, limits: &Limits, routes: Routes) -> Router {
    let missing = any(|| async { Problem::from(Code::NotFound) });
    let (general, _) = routes.general.split_for_parts();
    let (auth, _) = routes.auth.split_for_parts();
    let (unlimited, _) = routes.unlimited.split_for_parts();
    let general = general
        .merge(openapi::routes(&document()))
        .route("/api", missing.clone())
        .route("/api/", missing.clone())
        .route("/api/{*path}", missing.clone());
    let unlimited = unlimited
        .route("/health", missing.clone())
        .route("/health/", missing.clone())
        .route("/health/{*path}", missing);

    // From the outside to the inside.
    let layers = ServiceBuilder::new()
        .layer(CompressionLayer::new().compress_when(headers::MayBeCompressed))
        .layer(from_fn_with_state(app.clone(), envelope::wrap))
        .layer(cors::layer(&app.config.allowed_origins))
        .layer(from_fn_with_state(app.clone(), time_out::limit));
    Router::new()
        // Where both tiers have a path, the first one answers for the methods that neither has.
        .merge(limits.general.apply(protected(&app, limits, general)))
        .merge(limits.auth.apply(protected(&app, limits, auth)))
        .merge(unlimited)
        .merge(web::routes(&app))
        .layer(layers)
        .with_state(app)
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
