//! Everything that knows HTTP. This file lists every route of the API and the layers around them.

mod code;
mod files;
pub mod input;
mod layers;
pub mod malformed;
pub mod openapi;
pub mod problem;
mod routes;

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use futures_util::future::Either;
use opentelemetry_sdk::trace::SdkTracer;
use serde_json::Value;
use tower::{Service, service_fn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;
use code::Code;
use files::{reference, web};
use layers::server_span::ServerSpans;
use layers::{body_limit, cors, csrf, envelope, measure, rate_limit, time_out, trace};
use problem::Problem;
use routes::{
    activity, audit, auth, bounces, client_config, csrf_tokens, emails, enrolments, factor_resets,
    factors, health, invitations, keys, mailbox, passkey_sign_in, passkeys, recovery, registration,
    second_factor, sessions, step_up, users, well_known,
};

/// The routes, grouped by the layers in front of them.
pub struct Routes {
    /// Neither rate-limited nor logged.
    pub unlimited: OpenApiRouter<AppState>,
    /// Rate-limited in the general tier.
    pub general: OpenApiRouter<AppState>,
    /// Rate-limited in the auth tier.
    pub auth: OpenApiRouter<AppState>,
}

/// Every route of the API. The path of each is in the attribute of its handler.
pub fn routes() -> Routes {
    Routes {
        unlimited: OpenApiRouter::new()
            .routes(routes!(health::get_live))
            .routes(routes!(health::get_ready)),
        general: OpenApiRouter::new()
            .routes(routes!(client_config::get_config))
            .routes(routes!(csrf_tokens::get_csrf_token))
            // Their handlers also count them in the auth tier, once they know the session.
            .routes(routes!(auth::refresh_tokens))
            .routes(routes!(auth::log_out))
            .routes(routes!(keys::get_public_keys))
            .routes(routes!(
                sessions::list_own_sessions,
                sessions::end_other_sessions
            ))
            .routes(routes!(sessions::end_own_session))
            .routes(routes!(users::list_users))
            .routes(routes!(users::get_own_user))
            .routes(routes!(activity::list_own_events))
            .routes(routes!(
                users::get_user,
                users::update_user,
                users::deactivate_user
            ))
            .routes(routes!(
                sessions::list_user_sessions,
                sessions::end_user_sessions
            ))
            .routes(routes!(
                emails::prove_own_email,
                emails::cancel_email_change
            ))
            .routes(routes!(
                invitations::resend_invitation,
                invitations::withdraw_invitation
            ))
            .routes(routes!(passkey_sign_in::get_passkey_options))
            .routes(routes!(step_up::get_step_up_options))
            .routes(routes!(factors::get_factors, factors::put_factors))
            .routes(routes!(factors::delete_password))
            .routes(routes!(passkeys::post_passkey_options))
            .routes(routes!(passkeys::post_passkey))
            .routes(routes!(passkeys::put_passkey, passkeys::delete_passkey))
            .routes(routes!(factors::delete_trusted_device))
            .routes(routes!(factor_resets::start_factor_reset))
            .routes(routes!(factor_resets::cancel_factor_reset))
            .routes(routes!(bounces::report_bounce))
            .routes(routes!(audit::list_audit_events)),
        auth: OpenApiRouter::new()
            .routes(routes!(auth::log_in))
            .routes(routes!(passkey_sign_in::log_in_with_passkey))
            .routes(routes!(second_factor::finish_sign_in))
            .routes(routes!(enrolments::send_enrolment_code))
            .routes(routes!(enrolments::prove_owner))
            .routes(routes!(enrolments::begin_enrolment))
            .routes(routes!(enrolments::finish_enrolment))
            .routes(routes!(step_up::step_up))
            .routes(routes!(factors::post_totp, factors::delete_totp))
            .routes(routes!(factors::post_totp_confirmation))
            .routes(routes!(factors::post_recovery_codes))
            .routes(routes!(registration::register_user))
            .routes(routes!(registration::verify_sign_up))
            .routes(routes!(recovery::forgot_password))
            .routes(routes!(recovery::resend_mail))
            .routes(routes!(recovery::reset_password))
            .routes(routes!(recovery::undo_change)),
    }
}

/// The OpenAPI document. It needs neither database nor configuration.
pub fn document() -> Value {
    let Routes {
        unlimited,
        general,
        auth,
    } = routes();
    openapi::complete(general.merge(auth).merge(unlimited).into_openapi())
}

/// A service that answers requests: the routes with the layers around them.
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

/// Puts the layers around the routes; with a tracer, requests are traced.
pub fn service(app: AppState, routes: Routes, tracer: Option<SdkTracer>) -> impl Api {
    let document = document();
    let templates = measure::Templates::new(&app.metrics.requests, &document);
    let spans = tracer.map(|tracer| ServerSpans::new(tracer, app.config.public_url.as_str()));
    let missing = || async { Problem::from(Code::NotFound) };
    let auth_operations = openapi::operations(routes.auth.get_openapi());
    let (guarded, _) = routes.general.merge(routes.auth).split_for_parts();
    let (open, _) = routes.unlimited.split_for_parts();
    // Files and documents are compressed in advance. API responses are never compressed: the
    // compressed length of a secret next to attacker-chosen text reveals the secret (BREACH).
    let guarded = guarded
        .merge(reference::routes(openapi::to_text(&document)))
        .fallback(missing)
        .with_state(app.clone());
    let open = open
        .route("/health", any(missing))
        .route("/health/", any(missing))
        .route("/health/{*path}", any(missing))
        .merge(well_known::routes())
        .merge(mailbox::routes())
        .merge(web::routes(&app))
        .with_state(app.clone());

    // Innermost first. Not `Router::layer`, which would box each layer for each request.
    let guarded = time_out::catch_panics(guarded);
    let guarded = body_limit::limit(guarded);
    let guarded = csrf::protect(app.clone(), guarded);
    let guarded = trace::log(guarded);
    let guarded = rate_limit::limit(&app, auth_operations, guarded);
    let api = fork(guarded, time_out::catch_panics(open));
    let api = time_out::limit(app.clone(), api);
    let api = cors::allow(&app, api);
    let api = measure::count(app.clone(), templates, spans, api);
    envelope::wrap(app, api)
}

/// Sends requests for the API and its reference to `guarded`, and all others to `open`. A route in
/// the wrong router is therefore unreachable instead of unguarded.
fn fork(mut guarded: impl Api, mut open: impl Api) -> impl Api {
    service_fn(move |request: Request| {
        let path = request.uri().path();
        if matches!(first_segment(path), "api" | "docs") || path == keys::PATH {
            Either::Left(guarded.call(request))
        } else {
            Either::Right(open.call(request))
        }
    })
}

fn first_segment(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}
