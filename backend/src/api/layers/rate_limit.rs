//! Limits requests per client address (layer 2 of 4); `limits` counts them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{Either, ready};
use tower::util::{Either as EitherService, option_layer};
use tower::{Layer, Service, service_fn};
use tower_governor::{GovernorError, GovernorLayer};

use crate::api::Api;
use crate::api::code::Code;
use crate::api::input::client_ip::ClientIp;
use crate::api::openapi::Operation;
use crate::api::problem::Problem;
use crate::limits::{Subject, Tier, TooMany};
use crate::state::AppState;

impl From<ClientIp> for Subject {
    fn from(ip: ClientIp) -> Self {
        Self::Address(ip.rate_limit_key())
    }
}

impl From<TooMany> for Problem {
    fn from(too_many: TooMany) -> Self {
        Self::from(Code::RateLimited).retry_after(too_many.wait)
    }
}

/// Counts each request to `api` in its tier: the auth tier for `auth_operations`, otherwise the
/// general tier. The auth tier is also an extension of the request, for handlers that count in it
/// themselves.
pub fn limit<A: Api>(app: &AppState, auth_operations: Vec<Operation>, api: A) -> impl Api + use<A> {
    let auth_tier = app.limits.auth.clone();
    let mut general = apply(app.limits.general.clone(), api.clone());
    let mut auth = apply(auth_tier.clone(), api);
    // Every connection has a copy of the layers; this list is shared.
    let auth_operations: Arc<[Operation]> = auth_operations.into();
    service_fn(move |mut request: Request| {
        let ip = request.extensions().get::<ClientIp>().copied();
        request.extensions_mut().insert(subject(ip));
        let is_auth = auth_operations
            .iter()
            .any(|operation| operation.answers(&request));
        if is_auth {
            Either::Left(auth.call(request))
        } else {
            request.extensions_mut().insert(auth_tier.clone());
            Either::Right(general.call(request))
        }
    })
}

/// Whom a request counts for. Requests without an address, which should not occur, count as one
/// client.
fn subject(ip: Option<ClientIp>) -> Subject {
    let nobody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    ip.map_or(Subject::Address(nobody), Into::into)
}

/// Puts a tier's limiter in front of `api`. The limiter in memory decides at once.
fn apply(tier: Tier, api: impl Api) -> impl Api {
    if tier.is_shared() {
        EitherService::Left(ask_first(tier, api))
    } else {
        EitherService::Right(decide(tier, api))
    }
}

fn decide(tier: Tier, api: impl Api) -> impl Api {
    let layer = tier.local().cloned().map(|local| {
        GovernorLayer::<_, _, Body>::new(local).error_handler(move |error| refuse(&tier, &error))
    });
    option_layer(layer).layer(api)
}

fn refuse(tier: &Tier, error: &GovernorError) -> Response {
    match error {
        GovernorError::TooManyRequests { wait_time, .. } => {
            // The layer truncates the fraction.
            let wait = Duration::from_secs(wait_time + 1);
            Problem::from(tier.refuse(wait)).into_response()
        }
        other => Problem::internal(other).into_response(),
    }
}

/// Asks Redis before it calls a clone of `api`.
fn ask_first(tier: Tier, api: impl Api) -> impl Api {
    service_fn(move |request: Request| {
        let (tier, mut api) = (tier.clone(), api.clone());
        let subject = subject(request.extensions().get::<ClientIp>().copied());
        let asked = async move { tier.check(subject).await };
        asked.then(move |checked| match checked {
            Ok(()) => Either::Left(api.call(request)),
            Err(too_many) => Either::Right(ready(Ok(Problem::from(too_many).into_response()))),
        })
    })
}
