//! Access tokens of other services, of other kinds, or expired.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{Client, SECRET, Service};

const ME: &str = "/api/v1/users/me";

fn sign(algorithm: Algorithm, claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn answer(client: &Client, token: &str) -> String {
    let client = client.copy();
    client.set_access_token(Some(token));
    let answer = client.get(ME).await;
    if answer.status == 200 {
        "accepted".into()
    } else {
        answer.code()
    }
}

#[tokio::test]
async fn the_claims_are_those_of_the_contract() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let names = |token: Option<String>| {
        let claims = claims(&token.unwrap());
        let names: Vec<_> = claims.as_object().unwrap().keys().cloned().collect();
        names.join(" ")
    };
    assert_snapshot!(names(ada.access_token()), @"aal amr aud auth_time exp gen iat iss jti role sid sub typ");
    assert_snapshot!(names(ada.refresh_token()), @"aud exp gen iat iss sid sub typ");
    let access = claims(&ada.access_token().unwrap());
    assert_eq!(access["typ"], "access");
    assert_eq!(access["role"], "user");
    assert_eq!(access["sub"], "1");
    let lifetime = access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 900);
}

#[tokio::test]
async fn a_token_signed_with_the_secret_is_accepted() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let good = claims(&ada.access_token().unwrap());
    assert_eq!(
        answer(&ada, &sign(Algorithm::HS256, &good, SECRET)).await,
        "accepted"
    );
    let mut early = good.clone();
    early["nbf"] = json!(early["iat"].as_i64().unwrap() - 60);
    assert_eq!(
        answer(&ada, &sign(Algorithm::HS256, &early, SECRET)).await,
        "accepted"
    );
}

#[tokio::test]
async fn forged_headers_and_signatures_are_refused() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let token = ada.access_token().unwrap();
    // The service caches this one; similar tokens must not benefit from the cache.
    assert_eq!(answer(&ada, &token).await, "accepted");
    let good = claims(&token);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let none = encode(r#"{"alg":"none","typ":"JWT"}"#);
    let rsa = encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let mut other_payload = good.clone();
    other_payload["role"] = "admin".into();
    let raised = encode(&other_payload.to_string());
    let forged = [
        ("alg none, no signature", format!("{none}.{payload}.")),
        (
            "alg none, the signature",
            format!("{none}.{payload}.{signature}"),
        ),
        (
            "alg None",
            format!("{}.{payload}.", encode(r#"{"alg":"None"}"#)),
        ),
        (
            "RS256 in the header",
            format!("{rsa}.{payload}.{signature}"),
        ),
        ("HS512", sign(Algorithm::HS512, &good, SECRET)),
        ("HS384", sign(Algorithm::HS384, &good, SECRET)),
        (
            "another secret",
            sign(
                Algorithm::HS256,
                &good,
                "another-one-that-is-long-enough-too",
            ),
        ),
        ("an empty secret", sign(Algorithm::HS256, &good, "")),
        ("another payload", format!("{header}.{raised}.{signature}")),
        ("no signature", format!("{message}.")),
        ("half a signature", token[..token.len() - 20].to_owned()),
        ("two parts", message.to_owned()),
        ("four parts", format!("{token}.{signature}")),
        ("an inner blank", token.replacen('.', ". ", 1)),
        ("oversize", format!("{token}{}", "A".repeat(4000))),
        ("nothing", String::new()),
        ("garbage", "garbage".into()),
        ("dots", "..".into()),
    ];
    for (name, token) in forged {
        assert_eq!(answer(&ada, &token).await, "access_token_invalid", "{name}");
    }
}

#[tokio::test]
async fn wrong_and_missing_claims_are_refused() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let good = claims(&ada.access_token().unwrap());
    let future = json!(good["iat"].as_i64().unwrap() + 60);
    let wrong = [
        ("typ", json!("refresh")),
        ("typ", json!("id")),
        ("iss", json!("somebody")),
        ("aud", json!("somebody")),
        ("sub", json!("ada")),
        ("sub", json!(1)),
        ("sid", json!("1")),
        ("role", json!(1)),
        ("gen", json!("1")),
        ("exp", json!("tomorrow")),
        ("nbf", future),
    ];
    for (name, value) in wrong {
        let mut claims = good.clone();
        claims[name] = value;
        let token = sign(Algorithm::HS256, &claims, SECRET);
        assert_eq!(answer(&ada, &token).await, "access_token_invalid", "{name}");
    }
    // Tokens of an earlier release do not say how their owner signed in.
    let newer = ["auth_time", "amr", "aal"];
    let names = good.as_object().unwrap().keys();
    for name in names.filter(|name| !newer.contains(&name.as_str())) {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        let token = sign(Algorithm::HS256, &claims, SECRET);
        assert_eq!(
            answer(&ada, &token).await,
            "access_token_invalid",
            "without {name}"
        );
    }
}

#[tokio::test]
async fn a_role_of_a_newer_release_in_a_token_has_least_privilege() {
    let service = Service::start();
    let root = service.admin("root@example.com").await;
    for role in ["auditor", "unknown", "Admin", ""] {
        let mut claims = claims(&root.access_token().unwrap());
        claims["role"] = role.into();
        let token = sign(Algorithm::HS256, &claims, SECRET);
        assert_eq!(answer(&root, &token).await, "accepted", "{role}");
        let client = service
            .native()
            .with("authorization", &format!("Bearer {token}"));
        let answer = client.get("/api/v1/users").await;
        answer.assert_problem("forbidden");
    }
}

#[tokio::test]
async fn a_token_expires_by_the_clock_with_a_little_leeway() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let token = ada.access_token().unwrap();
    service.advance(900 - 10);
    assert_eq!(answer(&ada, &token).await, "accepted");
    service.advance(10 + 6);
    assert_snapshot!(ada.get(ME).await, @r#"
    401 Unauthorized
    {
      "action": "refresh",
      "code": "access_token_expired",
      "detail": "The access token has expired. Refresh it and repeat the request.",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    ada.refresh().await;
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_cached_token_is_checked_again() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let token = ada.access_token().unwrap();
    let mut later = claims(&token);
    later["nbf"] = json!(later["iat"].as_i64().unwrap() + 600);
    let later = sign(Algorithm::HS256, &later, SECRET);
    for expected in ["access_token_invalid", "accepted", "access_token_expired"] {
        for _ in 0..2 {
            assert_eq!(answer(&ada, &later).await, expected);
        }
        service.advance(610);
    }
    assert_eq!(answer(&ada, &token).await, "access_token_expired");
}

#[tokio::test]
async fn neither_token_passes_for_the_other() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let refresh = ada.refresh_token().unwrap();
    assert_eq!(answer(&ada, &refresh).await, "access_token_invalid");
    let body = json!({"refresh_token": ada.access_token()});
    let answer = ada.post("/api/v1/auth/refresh", body).await;
    answer.assert_problem("refresh_token_invalid");
}

#[tokio::test]
async fn a_forged_refresh_token_is_refused() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let good = claims(&ada.refresh_token().unwrap());
    let mut forged = vec![
        sign(
            Algorithm::HS256,
            &good,
            "another-one-that-is-long-enough-too",
        ),
        sign(Algorithm::HS512, &good, SECRET),
        String::from("garbage"),
        "x".repeat(5000),
    ];
    for name in good.as_object().unwrap().keys() {
        let mut claims = good.clone();
        claims[name] = json!({"not": "this"});
        forged.push(sign(Algorithm::HS256, &claims, SECRET));
    }
    for token in forged {
        let answer = ada
            .post("/api/v1/auth/refresh", json!({"refresh_token": token}))
            .await;
        answer.assert_problem("refresh_token_invalid");
    }
    assert_eq!(ada.refresh().await.status, 200);
}

#[tokio::test]
async fn tokens_of_the_previous_secret_stay_valid() {
    const NEXT: &str = "qP3!wE7#rT5%yU9&iO1*aS4(dF8)gH2_";
    let before = Service::start();
    let ada = before.user("ada@example.com").await;
    let (access, refresh) = (ada.access_token(), ada.refresh_token());
    let rotated = before.beside(&[("JWT_SECRET", NEXT), ("JWT_SECRET_PREVIOUS", SECRET)]);
    let client = rotated.native();
    client.set_access_token(access.as_deref());
    assert_eq!(client.get(ME).await.status, 200);
    let answer = client
        .post("/api/v1/auth/refresh", json!({ "refresh_token": refresh }))
        .await;
    assert_eq!(answer.status, 200);
    ada.set_access_token(client.access_token().as_deref());
    ada.get(ME).await.assert_problem("access_token_invalid");
    let forgotten = before.beside(&[("JWT_SECRET", NEXT)]);
    let client = forgotten.native();
    client.set_access_token(access.as_deref());
    client.get(ME).await.assert_problem("access_token_invalid");
}

#[tokio::test]
async fn an_authorization_header_without_a_bearer_token_is_ignored() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    let token = ada.access_token().unwrap();
    let stranger = service.anonymous();
    for value in ["Basic YWRhOmFkYQ==", &token, "Token abc"] {
        let answer = stranger.clone().with("authorization", value).get(ME).await;
        answer.assert_problem("access_token_missing");
    }
    for value in [format!("bearer {token}"), format!("BEARER   {token}")] {
        let answer = stranger.clone().with("authorization", &value).get(ME).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}
