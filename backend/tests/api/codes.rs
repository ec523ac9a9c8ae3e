//! Provokes every error code at least once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::{MethodRouter, get};
use latchkey::api::{self, Routes};
use latchkey::db::DbError;
use latchkey::features::users::domain::Role;
use latchkey::state::AppState;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use utoipa_axum::router::OpenApiRouter;

use crate::support::authenticator::{Algorithm, Authenticator, PRESENT};
use crate::support::{Answer, Contract, Database, PASSWORD, Service, Totp, passkeys};

const ME: &str = "/api/v1/users/me";

#[test]
fn every_code_of_the_document_can_be_provoked() {
    for code in Contract::get().codes() {
        let answer = provoke(code);
        assert_eq!(answer.code(), code, "{answer}");
    }
}

fn provoke(code: &str) -> Answer {
    let mut runtime = Builder::new_current_thread();
    runtime.enable_all();
    if code == "timeout" {
        return runtime
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(time_out());
    }
    runtime.build().unwrap().block_on(async {
        match code {
            "access_token_missing"
            | "csrf_failed"
            | "origin_rejected"
            | "not_found"
            | "method_not_allowed"
            | "refresh_token_missing"
            | "refresh_token_invalid"
            | "access_token_invalid" => by_a_stranger(code).await,
            "invalid_credentials"
            | "access_token_expired"
            | "session_revoked"
            | "refresh_token_expired"
            | "refresh_token_reused"
            | "forbidden"
            | "ambiguous_credentials"
            | "last_admin" => by_a_session(code).await,
            "proof_invalid" | "proof_expired" => by_a_proof(code).await,
            "enrolment_required" => by_a_policy().await,
            "second_factor_required"
            | "second_factor_invalid"
            | "flow_expired"
            | "step_up_required"
            | "second_factor_conflict"
            | "last_method" => by_a_factor(code).await,
            "passkey_invalid" | "passkey_unknown" | "passkey_taken" | "passkey_missing" => {
                by_a_passkey(code).await
            }
            "malformed_request"
            | "email_taken"
            | "payload_too_large"
            | "unsupported_media_type"
            | "validation_failed" => by_a_body(code).await,
            "rate_limited"
            | "overloaded"
            | "database_unavailable"
            | "shutting_down"
            | "internal" => by_the_service(code).await,
            _ => panic!("no test provokes {code}"),
        }
    })
}

async fn by_a_passkey(code: &str) -> Answer {
    let service = Service::with(&[("PUBLIC_URL", "https://example.com")]);
    let ada = service.user("ada@example.com").await;
    let mut authenticator = Authenticator::new(Algorithm::Es256);
    if code == "passkey_missing" {
        let options = "/api/v1/auth/step-up/options";
        return ada.post(options, json!({})).await;
    }
    if code == "passkey_unknown" {
        return passkeys::sign_in(&ada, &authenticator).await;
    }
    let added = passkeys::add(&ada, &mut authenticator).await;
    assert_eq!(added.status, 201, "{added}");
    if code == "passkey_taken" {
        return passkeys::add(&ada, &mut authenticator).await;
    }
    authenticator.flags = PRESENT;
    passkeys::sign_in(&ada, &authenticator).await
}

async fn by_a_stranger(code: &str) -> Answer {
    let service = Service::start();
    let (page, app) = (service.anonymous(), service.native());
    let logout = "/api/v1/auth/logout";
    match code {
        "csrf_failed" => page.post(logout, Value::Null).await,
        "origin_rejected" => {
            page.with("origin", "https://evil.example")
                .post(logout, Value::Null)
                .await
        }
        "not_found" => page.get("/api/v1/nothing").await,
        "method_not_allowed" => app.put("/api/v1/auth/login", json!({})).await,
        "refresh_token_missing" => app.refresh().await,
        "refresh_token_invalid" => {
            app.post("/api/v1/auth/refresh", json!({"refresh_token": "made up"}))
                .await
        }
        "access_token_invalid" => {
            app.set_access_token(Some("made.up.token"));
            app.get(ME).await
        }
        _ => page.get(ME).await,
    }
}

async fn by_a_session(code: &str) -> Answer {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    match code {
        "invalid_credentials" => ada.log_in("ada@example.com", "wrong").await,
        "access_token_expired" => {
            service.advance(3600);
            ada.get(ME).await
        }
        "refresh_token_expired" => {
            service.advance(8 * 24 * 3600);
            ada.refresh().await
        }
        "refresh_token_reused" => {
            let thief = ada.copy();
            ada.refresh().await;
            ada.refresh().await;
            thief.refresh().await
        }
        "session_revoked" => {
            ada.leave("/api/v1/users/1").await;
            ada.get(ME).await
        }
        "ambiguous_credentials" => {
            let page = service.browser().await;
            page.log_in("ada@example.com", PASSWORD).await;
            page.set_access_token(ada.access_token().as_deref());
            page.get(ME).await
        }
        "last_admin" => {
            service
                .admin("root@example.com")
                .await
                .leave("/api/v1/users/2")
                .await
        }
        _ => ada.get("/api/v1/users").await,
    }
}

async fn by_a_factor(code: &str) -> Answer {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let finish = "/api/v1/auth/second-factor";
    match code {
        "step_up_required" => {
            service.advance(600);
            ada.post("/api/v1/auth/factors/totp", json!({})).await
        }
        "second_factor_conflict" => {
            ada.post("/api/v1/auth/factors/recovery-codes", json!({}))
                .await
        }
        "last_method" => ada.delete("/api/v1/auth/factors/password").await,
        "flow_expired" => {
            let flow = uuid::Uuid::nil();
            ada.post(finish, json!({"flow": flow, "totp": "123456"}))
                .await
        }
        _ => {
            let app = Totp::set_up(&ada, &service).await;
            let waiting = service.native().log_in("ada@example.com", PASSWORD).await;
            if code == "second_factor_required" {
                return waiting;
            }
            let wrong = app.wrong_code(&service.app.clock);
            let body = json!({"flow": waiting.json()["flow"], "totp": wrong});
            service.native().post(finish, body).await
        }
    }
}

async fn by_a_policy() -> Answer {
    let service = Service::with(&[("SECOND_FACTOR", "required")]);
    service.account("ada@example.com", Role::User).await;
    service.native().log_in("ada@example.com", PASSWORD).await
}

async fn by_a_proof(code: &str) -> Answer {
    let service = Service::with_mail();
    let app = service.native();
    let begun = app.register("ada@example.com", PASSWORD).await.json();
    if code == "proof_expired" {
        service.advance(3601);
    }
    let body = json!({"flow": begun["flow"], "code": "0000 0000"});
    app.post("/api/v1/users/verify", body).await
}

async fn by_a_body(code: &str) -> Answer {
    let service = Service::start();
    let app = service.native();
    let send = async |content_type: &str, body: String| {
        let request = Request::post("/api/v1/users").header("content-type", content_type);
        app.send_request(request.body(Body::from(body)).unwrap())
            .await
    };
    match code {
        "malformed_request" => send("application/json", "{".into()).await,
        "payload_too_large" => send("application/json", " ".repeat(64 * 1024 + 1)).await,
        "unsupported_media_type" => send("text/plain", "{}".into()).await,
        "validation_failed" => send("application/json", "{}".into()).await,
        _ => {
            app.register("ada@example.com", PASSWORD).await;
            app.register("ada@example.com", PASSWORD).await
        }
    }
}

async fn by_the_service(code: &str) -> Answer {
    match code {
        "rate_limited" => {
            let limits = [
                ("RATE_LIMIT_GENERAL_PER_SECOND", "1"),
                ("RATE_LIMIT_GENERAL_BURST", "1"),
            ];
            let page = Service::with(&limits).anonymous();
            page.fetch_csrf_token().await;
            page.fetch_csrf_token().await
        }
        "overloaded" => {
            let pool = [
                ("DB_POOL_MAX_SIZE", "1"),
                ("DB_POOL_CONNECTION_TIMEOUT", "1"),
            ];
            let service = Service::with(&pool);
            let ada = service.user("ada@example.com").await;
            let (release, held) = std::sync::mpsc::channel::<()>();
            let app = service.app.clone();
            let holder = tokio::spawn(async move {
                app.db
                    .run(move |_| Ok::<_, DbError>(held.recv().is_err()))
                    .await
            });
            tokio::task::yield_now().await;
            let answer = ada.get(ME).await;
            drop(release);
            holder.await.unwrap().unwrap();
            answer
        }
        "database_unavailable" => {
            let mut database = Database::lease();
            let url = database.url();
            let service = Service::on(&url, &[]);
            service.native().log_in("ada@example.com", PASSWORD).await
        }
        "shutting_down" => {
            let service = Service::start();
            service.app.is_stopping.store(true, Ordering::Relaxed);
            service.anonymous().get(ME).await
        }
        _ => {
            let route = get(fail);
            Service::with_routes(&[], with_route(route))
                .anonymous()
                .get(PATH)
                .await
        }
    }
}

const PATH: &str = "/api/v1/made-for-a-test";

/// The routes, and one for tests.
fn with_route(route: MethodRouter<AppState>) -> Routes {
    let mut routes = api::routes();
    let more = OpenApiRouter::from(Router::new().route(PATH, route));
    routes.general = routes.general.merge(more);
    routes
}

async fn fail() -> StatusCode {
    panic!("a text that is nobody's business")
}

async fn time_out() -> Answer {
    let never = get(|| async { tokio::time::sleep(Duration::from_hours(1)).await });
    Service::with_routes(&[], with_route(never))
        .anonymous()
        .get(PATH)
        .await
}
