//! The mark of a known device: a cookie of web clients, a header of native ones.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use crate::api::input::cookies::{self, Name};
use crate::api::input::transport::Transport;
use crate::api::layers::cors::X_DEVICE_TOKEN;
use crate::api::problem::Problem;
use crate::features::devices::domain::Mark;
use crate::state::{App, AppState};

/// The mark of a request. A mark with an invalid signature counts as none.
#[derive(Clone, Debug)]
pub struct DeviceMark(pub Mark);

impl<S: Sync> FromRequestParts<S> for DeviceMark
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = AppState::from_ref(state);
        let transport = Transport::from_request_parts(parts, state).await?;
        let read = |text: &str| Mark::from_bytes(&app.marks.read(text)?);
        let headers = &parts.headers;
        let mark = match transport {
            Transport::Web => {
                cookies::list(headers, Name::Device, app.config.cookies).find_map(read)
            }
            Transport::Native => headers
                .get(X_DEVICE_TOKEN)
                .and_then(|value| read(value.to_str().ok()?)),
        };
        Ok(Self(mark.unwrap_or_default()))
    }
}

/// Signs a mark to give to its device.
pub fn sign(app: &App, mark: &Mark) -> String {
    app.marks.sign(&mark.to_bytes())
}
