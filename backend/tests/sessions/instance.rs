//! One running instance of the service; several share a database and a clock.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::api;
use latchkey::clock::Clock;
use latchkey::config::Config;
use latchkey::features::sessions::application::{listen, look, look_out};
use latchkey::features::sessions::memory::revocations::Holder;
use latchkey::state::{App, AppState};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, AnyApi, Client, settings};

/// The time within which every instance learns of the end of a session.
pub const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// An instance within this process.
pub struct Instance {
    pub app: AppState,
    api: AnyApi,
}

impl Instance {
    /// Starts and waits until it has loaded the sessions that ended before.
    pub async fn start(url: &SecretString, clock: &Clock, changed: &[(&str, &str)]) -> Self {
        let config = Config::from_variables(settings(changed)).unwrap();
        let app = App::new(config, url, clock.clone()).unwrap();
        let api = AnyApi::new(api::service(app.clone(), api::routes(), None));
        look(&app).await.unwrap();
        app.db.open();
        let (listener, url) = (app.clone(), url.clone());
        std::thread::spawn(move || listen(&listener, &url));
        tokio::spawn(look_out(app.clone()));
        Self { app, api }
    }

    /// An app without tokens.
    pub fn client(&self) -> Client {
        Client::new(self.api.clone()).native()
    }

    pub async fn sign_out(&self, token: &str) -> Answer {
        let body = json!({ "refresh_token": token });
        self.client().post("/api/v1/auth/logout", body).await
    }

    /// Makes a request that needs an access token.
    pub async fn use_access(&self, token: &str) -> Answer {
        let client = self.client();
        client.set_access_token(Some(token));
        client.get("/api/v1/users/me").await
    }

    /// Waits until this instance knows that the session of an access token has ended.
    pub async fn hears_of(&self, token: &str) {
        let asked = Instant::now();
        let claims = claims(token);
        let holder = Holder {
            user_id: claims["sub"].as_str().unwrap().parse().unwrap(),
            session_id: session_of(token),
            epoch: i32::try_from(claims["epoch"].as_i64().unwrap_or_default()).unwrap(),
        };
        while !self.app.revocations.has_ended(holder) {
            assert!(asked.elapsed() < HEARD_WITHIN, "an end was not heard of");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.app.is_stopping.store(true, Ordering::Relaxed);
    }
}

/// The claims of a token, read without a key.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The session of a token.
pub fn session_of(token: &str) -> Uuid {
    claims(token)["sid"].as_str().unwrap().parse().unwrap()
}
