//! The source of a request.

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::api::input::callers::CurrentUser;
use crate::api::input::client_ip::ClientIp;
use crate::api::layers::request_id::RequestId;
use crate::api::problem::Problem;
use crate::features::audit::domain::Cause;

/// The source of a request, for the audit trail and for sessions.
#[derive(Clone, Debug)]
pub struct RequestSource {
    ip: ClientIp,
    /// The `User-Agent` header, truncated to 512 characters.
    pub user_agent: String,
    request_id: RequestId,
}

impl RequestSource {
    /// The client's address.
    pub fn ip(&self) -> IpNet {
        IpNet::from(self.ip.0)
    }

    /// The client's address, for rate limits.
    pub fn client_ip(&self) -> ClientIp {
        self.ip
    }

    /// The cause of an action without a known user.
    pub fn anonymous(self) -> Cause {
        self.cause(None)
    }

    /// The cause of an action of a user.
    pub fn by(self, user: CurrentUser) -> Cause {
        self.cause(Some(user.id))
    }

    /// The cause of an action, with its user if known.
    pub(super) fn cause(self, actor_id: Option<i64>) -> Cause {
        Cause {
            actor_id,
            ip: Some(self.ip()),
            user_agent: self.user_agent,
            request_id: self.request_id.to_string(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for RequestSource {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::internal("the layers around the routes are missing");
        let user_agent = parts.headers.get(USER_AGENT);
        Ok(Self {
            ip: *parts.extensions.get().ok_or_else(missing)?,
            request_id: parts.extensions.get().cloned().ok_or_else(missing)?,
            user_agent: user_agent
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .unwrap_or_default()
                .chars()
                .filter(|character| !character.is_control())
                .take(512)
                .collect(),
        })
    }
}
