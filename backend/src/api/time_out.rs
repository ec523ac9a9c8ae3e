//! Requests that end without an answer of their own: too slow, too late, or by a panic.

use std::any::Any;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::api::request_id::RequestId;
use crate::state::AppState;

const LONGEST: Duration = Duration::from_secs(30);

/// Gives up on a request after 30 s, and turns away those that arrive once the process has been
/// told to stop, so that their clients come back to another instance. Probes are answered even
/// then: they are how others learn of it.
pub async fn limit(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned();
    let request_id = request_id.as_ref().map(tracing::field::display);
    if app.is_stopping() && !request.uri().path().starts_with("/health/") {
        tracing::info!(
            status = 503,
            request_id,
            "turned away, as the service is about to stop"
        );
        return Problem::from(Code::ShuttingDown)
            .retry_after(Duration::from_secs(1))
            .into_response();
    }
    let answered = tokio::time::timeout(LONGEST, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        tracing::warn!(status = 503, request_id, "a request took longer than 30 s");
        Problem::from(Code::Timeout).into_response()
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
