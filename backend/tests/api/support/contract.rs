//! Checks every response: the general rules, and what the OpenAPI document declares.

use std::sync::OnceLock;

use axum::http::Method;
use latchkey::api;
use latchkey::api::problem::ProblemBody;
use serde_json::Value;

use super::Answer;

/// The document, and the checks of every response.
pub struct Contract {
    pub document: Value,
}

/// An operation of the document.
pub struct Operation<'a> {
    pub method: Method,
    /// The path template, with `{id}` for an id.
    pub path: &'a str,
    pub value: &'a Value,
}

impl Operation<'_> {
    /// Whether it requires a signed-in user.
    pub fn is_protected(&self) -> bool {
        let ways = self.value["security"].as_array();
        ways.is_some_and(|ways| !ways.is_empty())
    }

    pub fn has_body(&self) -> bool {
        self.value.get("requestBody").is_some()
    }

    pub fn is_body_required(&self) -> bool {
        self.value["requestBody"]["required"] == true
    }

    /// The path with its parameters filled in.
    pub fn concrete_path(&self) -> String {
        let schema = &self.value["parameters"][0]["schema"];
        let id = match schema["format"].as_str() {
            Some("uuid") => "00000000-0000-4000-8000-000000000000",
            _ => "1",
        };
        self.path.replace("{id}", id)
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        let is_method =
            *method == self.method || (method == Method::HEAD && self.method == Method::GET);
        let (given, own) = (path.split('/'), self.path.split('/'));
        is_method
            && given.clone().count() == own.clone().count()
            && given
                .zip(own)
                .all(|(given, own)| given == own || own.starts_with('{'))
    }
}

impl Contract {
    pub fn get() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| Self {
            document: api::document(),
        })
    }

    /// Every operation.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.document["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap();
            methods.iter().map(|(method, value)| Operation {
                method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
                path,
                value,
            })
        });
        operations.collect()
    }

    /// The codes that a problem can have.
    pub fn codes(&self) -> Vec<&str> {
        let schemas = &self.document["components"]["schemas"];
        let codes = schemas["Code"]["enum"].as_array().unwrap();
        codes.iter().map(|code| code.as_str().unwrap()).collect()
    }

    fn find(&self, method: &Method, path: &str) -> Option<Operation<'_>> {
        let mut found: Vec<_> = self.operations();
        found.retain(|operation| operation.matches(method, path));
        found.sort_by_key(|operation| operation.path.matches('{').count());
        found.into_iter().next()
    }

    /// Checks a response.
    pub fn check(method: &Method, path: &str, answer: &Answer) {
        let context = || format!("{method} {path}: {answer}");
        let id = answer.header("x-request-id").unwrap_or_default();
        assert!((1..=64).contains(&id.len()), "no request id: {}", context());
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{}",
            context()
        );
        assert!(answer.header("referrer-policy").is_some(), "{}", context());
        // Nothing of a person's own is in these.
        let is_document = path.ends_with("/openapi.json") || path == "/api/v1/config";
        let is_sent = matches!(answer.status.as_u16(), 200 | 304);
        if path.starts_with("/api/") && !(is_document && is_sent) {
            assert_eq!(
                answer.header("cache-control"),
                Some("no-store"),
                "{}",
                context()
            );
        }
        let is_readiness = path == "/health/ready" && answer.content_type() == "application/json";
        let is_error = answer.status.is_client_error() || answer.status.is_server_error();
        if is_error && !is_readiness && method != Method::HEAD {
            check_problem(answer, &context());
        }
        if let Some(operation) = Self::get().find(method, path)
            && method != Method::HEAD
        {
            Self::get().check_declared(&operation, answer, &context());
        }
    }

    fn check_declared(&self, operation: &Operation<'_>, answer: &Answer, context: &str) {
        let declared = &operation.value["responses"][answer.status.as_str()];
        assert!(
            declared.is_object(),
            "the status is not declared: {context}"
        );
        let Some(media_types) = declared["content"].as_object() else {
            assert!(answer.body.is_empty(), "no body is declared: {context}");
            return;
        };
        let media = &media_types.get(answer.content_type());
        let media = media.unwrap_or_else(|| panic!("the content type is not declared: {context}"));
        self.check_schema(&media["schema"], &answer.json(), context);
        let code = answer.code();
        if !code.is_empty() {
            let codes = declared["description"].as_str().unwrap();
            assert!(
                codes.contains(&format!("`{code}`")),
                "the code is not declared: {context}"
            );
        }
        if answer.header("retry-after").is_some() {
            let headers = &declared["headers"];
            assert!(
                headers["Retry-After"].is_object(),
                "Retry-After is not declared: {context}"
            );
        }
    }

    /// Resolves a reference.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else {
            return schema;
        };
        let target = self.document.pointer(reference.trim_start_matches('#'));
        target.expect("a reference leads somewhere")
    }

    /// A field that only one variant of a schema requires, which identifies it.
    fn has_required(&self, variant: &Value, value: &Value) -> bool {
        let schema = self.resolve(variant);
        let required = schema["required"].as_array().into_iter().flatten();
        let mut names = required.map(|name| name.as_str().unwrap());
        let fields = value.as_object().into_iter().flatten();
        names.all(|name| value.get(name).is_some())
            && fields
                .into_iter()
                .all(|(name, _)| schema["properties"].get(name).is_some())
    }

    fn check_schema(&self, schema: &Value, value: &Value, context: &str) {
        let schema = self.resolve(schema);
        let variants = schema["oneOf"].as_array();
        if let Some(variants) = variants.or_else(|| schema["anyOf"].as_array()) {
            let mut fitting = variants.iter().filter(|one| self.has_required(one, value));
            let one = fitting
                .next()
                .unwrap_or_else(|| panic!("no variant fits: {context}"));
            assert!(fitting.next().is_none(), "two variants fit: {context}");
            return self.check_schema(one, value, context);
        }
        if let Some(values) = schema["enum"].as_array() {
            assert!(
                values.contains(value),
                "{value} is not among {values:?}: {context}"
            );
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.clone(),
            Value::Null => return,
            one => vec![one.clone()],
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(
            types.iter().any(|one| one == kind),
            "{value} is not of {types:?}: {context}"
        );
        for item in value.as_array().into_iter().flatten() {
            self.check_schema(&schema["items"], item, context);
        }
        let Some(properties) = schema["properties"].as_object() else {
            return;
        };
        for (name, field) in value.as_object().into_iter().flatten() {
            let property = properties.get(name);
            let property = property.unwrap_or_else(|| panic!("{name} is not declared: {context}"));
            self.check_schema(property, field, context);
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let is_there = value.get(name.as_str().unwrap()).is_some();
            assert!(is_there, "{name} is missing: {context}");
        }
    }
}

/// Every error is a problem, whoever made it.
fn check_problem(answer: &Answer, context: &str) {
    assert_eq!(
        answer.content_type(),
        "application/problem+json",
        "{context}"
    );
    let body: ProblemBody = serde_json::from_slice(&answer.body).expect(context);
    assert_eq!(body.kind, "about:blank", "{context}");
    assert_eq!(body.status, answer.status.as_u16(), "{context}");
    assert_eq!(
        Some(body.title.as_ref()),
        answer.status.canonical_reason(),
        "{context}"
    );
    assert_eq!(
        answer.header("x-request-id"),
        Some(body.request_id.as_str()),
        "{context}"
    );
    assert_eq!(body.code.status(), answer.status, "{context}");
    assert_eq!(body.code.meaning().action, body.action, "{context}");
    assert!(!body.detail.is_empty(), "{context}");
}
