//! Which route a request is for, as the path that the API's document has: `/api/v1/users/{id}`.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// A path with names in the place of values.
#[derive(Clone, Debug)]
pub struct Template(Arc<str>);

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The templates of all routes.
pub struct Templates(matchit::Router<Template>);

impl Templates {
    /// Takes those of the API's document.
    pub fn of(document: &Value) -> Self {
        let mut router = matchit::Router::new();
        for path in document["paths"]
            .as_object()
            .into_iter()
            .flat_map(|paths| paths.keys())
        {
            // axum's router has taken the same paths: they do not conflict.
            let _ = router.insert(path, Template(path.as_str().into()));
        }
        Self(router)
    }

    /// Finds the template of a path; none when it belongs to no route.
    pub fn find(&self, path: &str) -> Option<Template> {
        self.0.at(path).ok().map(|found| found.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_template_of_its_route_alone() {
        let templates = Templates::of(&crate::api::document());
        let found = |path: &str| templates.find(path).map(|template| template.to_string());
        assert_eq!(
            found("/api/v1/users/17").as_deref(),
            Some("/api/v1/users/{id}")
        );
        assert_eq!(
            found("/api/v1/users/me").as_deref(),
            Some("/api/v1/users/me")
        );
        assert_eq!(found("/api/v1/users/17/secret"), None);
    }

    #[test]
    fn every_path_of_the_document_has_its_template() {
        let document = crate::api::document();
        let templates = Templates::of(&document);
        for path in document["paths"].as_object().unwrap().keys() {
            assert_eq!(&templates.find(path).unwrap().to_string(), path);
        }
    }
}
