//! Resetting a forgotten password.

use serde_json::{Value, json};

use super::{Answer, Client};

/// The password after a reset.
pub const NEW_PASSWORD: &str = "an entirely different phrase";

pub const FORGOT: &str = "/api/v1/auth/forgot";
pub const RESET: &str = "/api/v1/auth/reset";

impl Client {
    /// Asks for a mail and returns the flow.
    pub async fn forget(&self, email: &str) -> Value {
        let answer = self.post(FORGOT, json!({"email": email})).await;
        assert_eq!(answer.status, 202, "{answer}");
        answer.json()["flow"].clone()
    }

    /// Sets [`NEW_PASSWORD`] with the code of a mail.
    pub async fn reset(&self, flow: &Value, code: &str) -> Answer {
        let body = json!({"flow": flow, "code": code, "password": NEW_PASSWORD});
        self.post(RESET, body).await
    }

    /// Sets [`NEW_PASSWORD`] with the link of a mail.
    pub async fn reset_by_link(&self, link: &str) -> Answer {
        let body = json!({"token": link, "password": NEW_PASSWORD});
        self.post(RESET, body).await
    }
}
