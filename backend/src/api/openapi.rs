//! The OpenAPI document: generated from the routes, with the errors of the layers added.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

use crate::api::code::Code;
use crate::api::problem::ProblemBody;

/// The extension in which a handler lists its own error codes; those of the layers are added.
const CODES: &str = "x-codes";

/// The path of the document.
pub const PATH: &str = "/api/v1/openapi.json";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Latchkey",
        description = "Accounts for web and mobile products.\n\nWeb clients send cookies and \
            `X-CSRF-Token`; native and other clients send `X-Client-Type: native` and a bearer \
            token. Every error says in `code` what is wrong and in `action` what to do next."
    ),
    servers((url = "/")),
    components(schemas(ProblemBody)),
    tags(
        (name = "auth", description = "Sign-in, refresh and sign-out"),
        (name = "sessions", description = "Sessions of signed-in devices"),
        (name = "users", description = "Accounts"),
        (name = "audit", description = "Who did what, when and from where"),
        (name = "mail", description = "For the mail provider"),
        (name = "factors", description = "Second factors, and proving again who one is"),
        (name = "config", description = "What clients may offer"),
        (name = "health", description = "For load balancers and supervisors"),
    )
)]
struct Description;

/// Completes the document of `routes`.
pub fn complete(routes: OpenApi) -> Value {
    let mut document = Description::openapi();
    document.merge(routes);
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "bearer_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "access_cookie": {"type": "apiKey", "in": "cookie", "name": "access_token"},
    });
    document["components"]["parameters"] = json!({
        "client_type": {
            "name": "X-Client-Type", "in": "header", "schema": {"type": "string"}, "example": "native",
            "description": "`native` from every client that is not a web page: tokens are then in headers and bodies, never in cookies.",
        },
        "csrf_token": {
            "name": "X-CSRF-Token", "in": "header", "schema": {"type": "string"},
            "description": "From web pages only: the token from `getCsrfToken` or from the last sign-in.",
        },
    });
    let_tokens_overlap(&mut document);
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, methods) in paths {
            for (method, operation) in methods.as_object_mut().into_iter().flatten() {
                describe(operation);
                if !path.starts_with("/health") {
                    declare_errors(method, operation);
                }
                if path.starts_with("/api") {
                    declare_headers(method, operation);
                }
                // If it is absent, generators use that of the whole document or require a token.
                if operation.get("security").is_none() {
                    operation["security"] = json!([]);
                }
            }
        }
    }
    document
}

/// Replaces the derived `oneOf` by `anyOf`. The response to a native client has all required fields
/// of the response to a web client, and `oneOf` rejects what matches two schemas.
fn let_tokens_overlap(document: &mut Value) {
    let tokens = document["components"]["schemas"]["Tokens"].as_object_mut();
    if let Some(tokens) = tokens
        && let Some(variants) = tokens.remove("oneOf")
    {
        tokens.insert("anyOf".to_owned(), variants);
    }
}

/// A method and a path without parameters.
#[derive(Clone, Debug)]
pub struct Operation {
    method: Method,
    path: String,
}

impl Operation {
    /// Whether this operation answers a request. GET also answers HEAD.
    pub fn answers(&self, request: &Request) -> bool {
        let method = match *request.method() {
            Method::HEAD => &Method::GET,
            ref method => method,
        };
        self.path == request.uri().path() && self.method == method
    }
}

/// The operations of `routes`.
///
/// # Panics
///
/// If a path has parameters, which [`Operation::answers`] would not recognise.
pub fn operations(routes: &OpenApi) -> Vec<Operation> {
    let paths = serde_json::to_value(&routes.paths).expect("paths are plain data");
    let mut operations = Vec::new();
    for (path, methods) in paths.as_object().into_iter().flatten() {
        assert!(!path.contains('{'), "{path} has parameters");
        for method in methods.as_object().into_iter().flat_map(|all| all.keys()) {
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
            operations.push(Operation {
                method: method.expect("the document names methods"),
                path: path.clone(),
            });
        }
    }
    operations
}

/// Gives every response the description that OpenAPI requires: by default, the reason phrase of the
/// status.
fn describe(operation: &mut Value) {
    let responses = operation["responses"].as_object_mut();
    for (status, response) in responses.into_iter().flatten() {
        if response.get("description").is_none_or(|text| text == "") {
            let status = StatusCode::from_bytes(status.as_bytes()).ok();
            let words = status.and_then(|status| status.canonical_reason());
            response["description"] = words.unwrap_or("Answer").into();
        }
    }
}

/// Declares the headers that select how a client carries its tokens, after the handler's own
/// parameters. A bearer token selects it too, so operations that require one do not have the client
/// type.
fn declare_headers(method: &str, operation: &mut Value) {
    let mut names = Vec::new();
    if operation.get("security").is_none() {
        names.push("client_type");
    }
    if method != "get" {
        names.push("csrf_token");
    }
    let mut parameters = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    parameters.extend(
        names
            .iter()
            .map(|name| json!({"$ref": format!("#/components/parameters/{name}")})),
    );
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
}

/// Declares the errors of the layers, in addition to those of the handler.
fn declare_errors(method: &str, operation: &mut Value) {
    let mut codes = take_declared(operation);
    codes.extend([
        Code::AmbiguousCredentials,
        Code::MalformedRequest,
        Code::RateLimited,
        Code::Internal,
        Code::Overloaded,
        Code::DatabaseUnavailable,
        Code::Timeout,
        Code::ShuttingDown,
    ]);
    if method != "get" {
        codes.extend([Code::CsrfFailed, Code::OriginRejected]);
    }
    if operation.get("requestBody").is_some() {
        codes.extend([
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::ValidationFailed,
        ]);
    }
    if operation.get("security").is_some() {
        codes.extend([
            Code::AccessTokenMissing,
            Code::AccessTokenExpired,
            Code::AccessTokenInvalid,
            Code::SessionRevoked,
        ]);
    }
    let mut by_status: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for code in codes {
        let status = code.status().as_str().to_owned();
        by_status.entry(status).or_default().push(code);
    }
    for (status, codes) in by_status {
        operation["responses"][status] = response(&codes);
    }
}

/// Removes and returns the codes that a handler declared with [`CODES`].
fn take_declared(operation: &mut Value) -> BTreeSet<Code> {
    let declared = operation.as_object_mut().and_then(|it| it.remove(CODES));
    declared.map_or_else(BTreeSet::new, |codes| {
        serde_json::from_value(codes).expect("handlers declare values of Code")
    })
}

fn response(codes: &[Code]) -> Value {
    let names = codes
        .iter()
        .map(|code| format!("`{}`", json!(code).as_str().unwrap_or_default()));
    let mut response = json!({
        "description": names.collect::<Vec<_>>().join(", "),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    });
    if codes.iter().any(|code| code.has_retry_after()) {
        response["headers"] = json!({
            "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
        });
    }
    response
}

/// The document as committed: indented, with a final line break.
pub fn to_text(document: &Value) -> String {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    text + "\n"
}
