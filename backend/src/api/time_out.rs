//! Requests that end without an answer of their own: too slow, too late, or by a panic.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tower::{Service, service_fn};

use crate::api::Api;
use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::api::request_id::RequestId;
use crate::state::AppState;

const LONGEST: Duration = Duration::from_secs(30);

/// Gives up on a request to `router` after 30 s, and turns away those that arrive once the process
/// has been told to stop, so that their clients come back to another instance. Probes are answered
/// even then: they are how others learn of it.
pub fn limit(app: AppState, router: Router) -> impl Api {
    service_fn(move |request: Request| {
        let id = request.extensions().get::<RequestId>().cloned();
        let is_welcome = !app.is_stopping() || request.uri().path().starts_with("/health/");
        let answered = is_welcome.then(|| timeout(LONGEST, router.clone().call(request)));
        async move {
            let request_id = id.as_ref().map(tracing::field::display);
            let Some(answered) = answered else {
                tracing::info!(
                    status = 503,
                    request_id,
                    "turned away, as the service is about to stop"
                );
                return Ok(Problem::from(Code::ShuttingDown)
                    .retry_after(Duration::from_secs(1))
                    .into_response());
            };
            answered.await.unwrap_or_else(|_| {
                tracing::warn!(status = 503, request_id, "a request took longer than 30 s");
                Ok(Problem::from(Code::Timeout).into_response())
            })
        }
    })
}

/// Answers for a handler that panicked; the panic's text stays in the log.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the panic over"
)]
pub fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(text.unwrap_or("a panic without a text")).into_response()
}
