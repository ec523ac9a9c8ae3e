//! The OpenAPI document is up to date; tests over every operation. Every test client also checks
//! that the document declares each response.

use axum::body::Body;
use axum::http::{Method, Request};
use latchkey::api::{self, openapi};
use latchkey::features::users::domain::Role;
use serde_json::Value;

use crate::support::{Answer, Client, Contract, Operation, Service};

#[test]
fn the_committed_document_is_up_to_date() {
    let committed = include_str!("../../../openapi.json");
    assert!(
        committed == openapi::to_text(&api::document()),
        "openapi.json is stale; renew it with: make openapi"
    );
}

#[tokio::test]
async fn the_served_document_is_the_committed_one() {
    let service = Service::start();
    let answer = service.anonymous().get(openapi::PATH).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content_type(), "application/json");
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert_eq!(answer.text(), include_str!("../../../openapi.json"));
}

#[tokio::test]
async fn the_reference_is_served_with_everything_it_loads() {
    let service = Service::start();
    let reader = service.anonymous();
    let page = reader.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.content_type().starts_with("text/html"));
    assert!(!page.text().contains("//cdn"), "{}", page.text());
    let mut loaded = 0;
    for part in page.text().split(['"', '\'']) {
        let is_file = [".js", ".css", ".png"]
            .iter()
            .any(|end| part.ends_with(end));
        if let Some(name) = part.strip_prefix("./").filter(|_| is_file) {
            let file = reader.get(&format!("/docs/{name}")).await;
            assert_eq!(file.status, 200, "{name}");
            loaded += 1;
        }
    }
    assert!(loaded >= 4, "only {loaded} files");
}

async fn send(client: &Client, method: &Method, path: &str, body: &'static str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    client
        .send_request(request.body(Body::from(body)).unwrap())
        .await
}

#[tokio::test]
async fn every_protected_operation_refuses_strangers() {
    let service = Service::with(&[("SIGNUP_ENABLED", "false")]);
    let (page, app) = (service.browser().await, service.native());
    let mut refused = 0;
    for operation in Contract::get().operations() {
        // Registration requires a token while sign-up is off, so it is included.
        let is_registration = operation.value["operationId"] == "registerUser";
        if !operation.is_protected() && !is_registration {
            continue;
        }
        let path = operation.concrete_path();
        for client in [&page, &app] {
            let answer = send(client, &operation.method, &path, "").await;
            assert_eq!(
                answer.code(),
                "access_token_missing",
                "{} {path}",
                operation.method
            );
        }
        let forged = app.copy();
        forged.set_access_token(Some("made.up.token"));
        let answer = send(&forged, &operation.method, &path, "").await;
        assert_eq!(
            answer.code(),
            "access_token_invalid",
            "{} {path}",
            operation.method
        );
        refused += 1;
    }
    assert!(refused >= 6, "only {refused} operations are protected");
}

#[tokio::test]
async fn every_writing_operation_refuses_pages_without_a_csrf_token() {
    let service = Service::start();
    let page = service.browser_user("ada@example.com").await;
    page.set_csrf_token(None);
    let stranger = service.anonymous();
    for operation in Contract::get().operations() {
        let path = operation.concrete_path();
        let is_safe = operation.method == Method::GET;
        for client in [&page, &stranger] {
            let answer = send(&client.copy(), &operation.method, &path, "").await;
            let is_refused = answer.code() == "csrf_failed";
            assert_eq!(
                is_refused, !is_safe,
                "{} {path}: {answer}",
                operation.method
            );
        }
    }
}

#[tokio::test]
async fn every_operation_with_a_body_refuses_one_that_is_malformed() {
    const MALFORMED: [(&str, &str, u16); 8] = [
        ("application/json", "{", 400),
        ("application/json", "{\"", 400),
        ("application/json", "\u{0}", 400),
        ("application/json", "[]", 422),
        ("application/json", "\"text\"", 422),
        ("application/json", "{\"no_such_field\": 1}", 422),
        ("text/plain", "{}", 415),
        (
            "application/x-www-form-urlencoded",
            "email=a%40example.com",
            415,
        ),
    ];
    let service = Service::start();
    service.account("root@example.com", Role::Admin).await;
    let mut with_body = 0;
    for operation in Contract::get()
        .operations()
        .into_iter()
        .filter(Operation::has_body)
    {
        with_body += 1;
        // Signing out is one of the operations.
        let admin = service.signed_in("root@example.com").await;
        let path = operation.concrete_path();
        for (content_type, body, status) in MALFORMED {
            let request = Request::builder()
                .method(&operation.method)
                .uri(&path)
                .header("content-type", content_type);
            let answer = admin
                .send_request(request.body(Body::from(body)).unwrap())
                .await;
            assert_eq!(
                answer.status, status,
                "{} {path} {body}: {answer}",
                operation.method
            );
        }
        let answer = send(&admin, &operation.method, &path, "").await;
        let is_refused = answer.code() == "unsupported_media_type";
        assert_eq!(is_refused, operation.is_body_required(), "{path}: {answer}");
    }
    assert!(with_body >= 4, "only {with_body} operations have a body");
}

#[tokio::test]
async fn every_operation_answers_any_user_as_declared() {
    let service = Service::start();
    for client in [
        service.user("ada@example.com").await,
        service.admin("root@example.com").await,
    ] {
        for operation in Contract::get().operations() {
            if operation.value["operationId"] != "logOut" {
                // The client compares the response with the document.
                let path = operation.concrete_path();
                client
                    .copy()
                    .send(operation.method.clone(), &path, &Value::Null)
                    .await;
            }
        }
    }
}

#[test]
fn every_operation_has_a_name_and_says_what_it_does() {
    let mut names = std::collections::BTreeSet::new();
    for operation in Contract::get().operations() {
        let name = operation.value["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} stands twice");
        assert!(
            operation.value["summary"].is_string(),
            "{name} has no summary"
        );
    }
}

#[test]
fn every_tag_is_described() {
    let document = api::document();
    let described = document["tags"].as_array().unwrap();
    for operation in Contract::get().operations() {
        for tag in operation.value["tags"].as_array().unwrap() {
            let is_described = described.iter().any(|it| &it["name"] == tag);
            assert!(is_described, "describe the tag {tag} in api/openapi.rs");
        }
    }
}

#[test]
fn every_operation_says_whether_it_needs_a_token() {
    let mut public = Vec::new();
    for operation in Contract::get().operations() {
        let ways = operation.value["security"].as_array();
        let name = operation.value["operationId"].as_str().unwrap();
        if ways
            .unwrap_or_else(|| panic!("{name} does not say"))
            .is_empty()
        {
            public.push(name);
        }
    }
    public.sort_unstable();
    assert_eq!(
        public,
        [
            "beginEnrolment",
            "finishEnrolment",
            "finishSignIn",
            "forgotPassword",
            "getConfig",
            "getCsrfToken",
            "getLive",
            "getPasskeyOptions",
            "getPublicKeys",
            "getReady",
            "logIn",
            "logOut",
            "proveOwner",
            "refreshTokens",
            "registerUser",
            "reportBounce",
            "resendMail",
            "resetPassword",
            "sendEnrolmentCode",
            "signInWithPasskey",
            "undoChange",
            "verifySignUp",
        ]
    );
}

/// An inline schema has no name, so generators create a second type for the same thing.
#[test]
fn objects_and_values_of_enumerations_are_referred_to_by_name() {
    let contract = Contract::get();
    let schemas = contract.document["components"]["schemas"]
        .as_object()
        .unwrap();
    let mut used = std::collections::BTreeSet::new();
    for (name, schema) in schemas {
        for part in parts(schema) {
            note_reference(part, &mut used);
            let is_named = part["properties"].is_null() && part["enum"].is_null();
            assert!(
                is_named,
                "{name} has an object without a name in it: {part}"
            );
        }
    }
    for operation in contract.operations() {
        for part in parts(operation.value) {
            note_reference(part, &mut used);
            let is_named = part["properties"].is_null() && part["enum"].is_null();
            assert!(is_named, "{}: {part}", operation.path);
        }
        for (status, answer) in operation.value["responses"].as_object().unwrap() {
            let problem = &answer["content"]["application/problem+json"]["schema"];
            let is_error = status.starts_with(['4', '5']) && !operation.path.starts_with("/health");
            let is_problem = problem["$ref"] == "#/components/schemas/Problem";
            assert_eq!(is_error, is_problem, "{} {status}", operation.path);
        }
    }
    let defined: std::collections::BTreeSet<_> = schemas.keys().cloned().collect();
    assert_eq!(used, defined, "a schema is missing or is not used");
    for name in [
        "User",
        "UserPage",
        "Session",
        "AuditEvent",
        "AuditEventPage",
    ] {
        assert!(used.contains(name), "{name}");
    }
}

/// All descendants of a value.
fn parts(value: &Value) -> Vec<&Value> {
    let children: Vec<&Value> = match value {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let below = children.iter().flat_map(|child| parts(child));
    let below: Vec<_> = below.collect();
    children.into_iter().chain(below).collect()
}

fn note_reference(part: &Value, used: &mut std::collections::BTreeSet<String>) {
    let target = part["$ref"].as_str().unwrap_or_default();
    used.extend(
        target
            .strip_prefix("#/components/schemas/")
            .map(str::to_owned),
    );
}
