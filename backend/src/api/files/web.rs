//! The web client: files exported to `LATCHKEY_WEB_DIR`, or compiled into the binary with the
//! feature `web`. Every path that is not a file is a page of the client.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
#[cfg(not(feature = "web"))]
use axum::response::Html;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;

#[cfg(feature = "web")]
use crate::api::files::embedded;
use crate::api::files::folder::{Folder, Opened};
use crate::api::problem::Problem;
use crate::state::AppState;

const PAGE: &str = "index.html";

/// Folders whose file names contain a hash of the content.
const HASHED: [&str; 2] = ["_expo/", "assets/"];

/// The page shown until the client is built. It reloads by itself.
#[cfg(not(feature = "web"))]
const PLACEHOLDER: &str = "<!doctype html>\
<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">\
<title>Latchkey</title></head>\
<body><h1>Latchkey</h1><p>The service runs. The web client has not been built yet: \
<code>make run</code> builds it, and it appears here when it is done.</p>\
<p><a href=\"/docs/\">API reference</a></p></body></html>\n";

/// The source of the client's files.
#[derive(Clone)]
enum Client {
    Folder(Arc<Folder>),
    BuiltIn,
}

/// Serves the embedded client if there is no folder at startup. Otherwise it serves the folder, and
/// a placeholder until the folder exists, because `make run` builds the client while the service
/// runs.
pub fn routes(app: &AppState) -> Router<AppState> {
    let dir = &app.config.web_dir;
    let client = if cfg!(feature = "web") && !dir.join(PAGE).is_file() {
        Client::BuiltIn
    } else {
        Client::Folder(Arc::new(Folder::new(dir)))
    };
    let serve =
        move |State(app), request: Request| serve(client.clone(), app, request.into_parts().0);
    Router::new().fallback(get(serve))
}

async fn serve(client: Client, app: AppState, request: Parts) -> Response {
    let missing = || StatusCode::NOT_FOUND.into_response();
    let Some(name) = file_name(request.uri.path()) else {
        return missing();
    };
    let is_hashed = HASHED.iter().any(|folder| name.starts_with(folder));
    // A missing script, as of an older release, must not be answered with a page.
    let found = match client.open(&app, &name, &request).await {
        Ok(None) if !is_hashed => client.open(&app, PAGE, &request).await,
        found => found,
    };
    let mut response = match found {
        Ok(Some(response)) => response,
        Ok(None) => return missing(),
        Err(problem) => return problem.into_response(),
    };
    let value = if is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

impl Client {
    async fn open(
        &self,
        app: &AppState,
        name: &str,
        request: &Parts,
    ) -> Result<Option<Response>, Problem> {
        let Self::Folder(folder) = self else {
            return Ok(built_in(name, &request.method, &request.headers));
        };
        let (folder, wanted, now) = (folder.clone(), name.to_owned(), app.clock.now());
        let (method, headers) = (request.method.clone(), request.headers.clone());
        let opened =
            tokio::task::spawn_blocking(move || folder.open(&wanted, &method, &headers, now));
        let opened = opened.await.map_err(Problem::internal)?;
        let opened = opened.map_err(Problem::internal)?;
        Ok(match opened.map(Opened::into_response) {
            None if cfg!(not(feature = "web")) => built_in(name, &request.method, &request.headers),
            opened => opened,
        })
    }
}

#[cfg(feature = "web")]
fn built_in(name: &str, method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
    embedded::open(name, method, headers)
}

#[cfg(not(feature = "web"))]
fn built_in(name: &str, _: &Method, _: &HeaderMap) -> Option<Response<Body>> {
    (name == PAGE).then(|| Html(PLACEHOLDER).into_response())
}

/// The file name for a path, checked after percent-decoding. `None` for dotfiles and for paths that
/// no real client requests.
fn file_name(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let name = decoded.strip_prefix('/')?;
    let is_odd = |character: char| character.is_control() || character == '\\';
    if name.starts_with('/') || name.contains(is_odd) {
        return None;
    }
    let is_hidden = name.split('/').any(|segment| segment.starts_with('.'));
    (!is_hidden).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    /// Percent-encodes some bytes, in upper or lower case.
    fn respelt(text: &str, which: &[u8]) -> String {
        let spelt = text.bytes().zip(which.iter().cycle());
        let one = |(byte, how): (u8, &u8)| match (how % 3, byte) {
            (1, _) => format!("%{byte:02x}"),
            (2, _) => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        };
        spelt.map(one).collect()
    }

    proptest! {
        #[test]
        fn a_hidden_file_has_no_other_spelling(
            before in "(assets/|a/b/|/)?", after in "(/x.js)?", which: [u8; 32],
            name in r"\.env|\.git|\.\.|\.|\.well-known(/x)?|a\\b|a\x00b",
        ) {
            let path = format!("/{}", respelt(&format!("{before}{name}{after}"), &which));
            prop_assert_eq!(file_name(&path), None, "{}", path);
        }

        #[test]
        fn a_name_stays_in_its_folder(path in r"/([a-z./\\]|%2[eEfF]|%5c|%25|%00|\PC){0,24}") {
            if let Some(name) = file_name(&path) {
                let parts = Path::new(&name).components();
                prop_assert!(parts.into_iter().all(|part| matches!(part, Component::Normal(_))));
            }
        }

        #[test]
        fn no_path_opens_what_is_hidden_or_outside(path in r"/((a|b|link|\.env|\.\.|/|%2f|%2e|%252e|\.){1,6})") {
            let outside = tempfile::tempdir().unwrap();
            let root = outside.path().join("a");
            fs::create_dir_all(root.join("b")).unwrap();
            for file in [outside.path().join("b"), root.join(".env"), root.join("b/.env")] {
                fs::write(file, "a secret").unwrap();
            }
            std::os::unix::fs::symlink(outside.path(), root.join("link")).unwrap();
            let opened = file_name(&path).and_then(|name| {
                let folder = Folder::new(&root);
                folder.open(&name, &Method::GET, &HeaderMap::new(), chrono::DateTime::UNIX_EPOCH).unwrap()
            });
            prop_assert!(opened.is_none(), "{}", path);
        }
    }

    #[test]
    fn ordinary_names_are_decoded_once() {
        for (path, name) in [
            ("/", Some("")),
            ("/assets/x%20y.js", Some("assets/x y.js")),
            ("/%252eenv", Some("%2eenv")),
            ("/.well-known/assetlinks.json", None),
            ("//evil.example", None),
            ("/%2fevil.example", None),
            ("/%ff", None),
        ] {
            assert_eq!(file_name(path).as_deref(), name, "{path}");
        }
    }
}
