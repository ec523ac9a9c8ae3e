//! The files of the web client and the reference: their encodings, and files that are never served.

use std::fs::{self, File, FileTimes};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use axum::http::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Answer, Service};

const SCRIPT: &str = "console.log('a script that is long enough to be compressed, compressed')";

/// Writes a file with a fixed time, as a reproducible build does.
fn write(path: &Path, content: impl AsRef<[u8]>) {
    // Written beside it and renamed, as deployments do.
    let draft = path.with_extension("draft");
    fs::write(&draft, content).unwrap();
    let built = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
    let file = File::options().write(true).open(&draft).unwrap();
    file.set_times(FileTimes::new().set_modified(built))
        .unwrap();
    fs::rename(draft, path).unwrap();
}

fn brotli(text: &str) -> Vec<u8> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut compressed, &parameters).unwrap();
    compressed
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// An exported client in a folder next to a secret.
fn exported() -> (TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "a secret").unwrap();
    let root = folder.path().join("dist");
    fs::create_dir_all(root.join("assets")).unwrap();
    fs::create_dir_all(root.join(".well-known")).unwrap();
    write(&root.join("index.html"), "<p>release 1</p>");
    write(&root.join("assets/app.js"), SCRIPT);
    write(&root.join("assets/app.js.br"), brotli(SCRIPT));
    write(&root.join("assets/app.js.gz"), gzip(SCRIPT));
    write(&root.join(".well-known/assetlinks.json"), "[]");
    write(&root.join(".env"), "a secret");
    symlink(folder.path().join("secret"), root.join("linked")).unwrap();
    symlink("index.html", root.join("linked-page.html")).unwrap();
    let service = Service::with(&[("LATCHKEY_WEB_DIR", root.to_str().unwrap())]);
    (folder, service)
}

async fn known(service: &Service, path: &str, etag: &str) -> Answer {
    service
        .anonymous()
        .with("if-none-match", etag)
        .get(path)
        .await
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap().to_owned()
}

#[tokio::test]
async fn a_new_release_of_the_same_size_and_time_is_sent() {
    let (folder, service) = exported();
    let first = service.anonymous().get("/").await;
    assert_eq!(first.text(), "<p>release 1</p>");
    assert_eq!(first.header("last-modified"), None);
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    let etag = etag(&first);
    let same = known(&service, "/", &etag).await;
    assert_eq!((same.status.as_u16(), same.text()), (304, ""));
    assert_eq!(same.header("etag"), Some(&*etag));

    let page = folder.path().join("dist/index.html");
    let before = fs::metadata(&page).unwrap();
    write(&page, "<p>release 2</p>");
    let after = fs::metadata(&page).unwrap();
    assert_eq!(before.len(), after.len());
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    for path in ["/", "/index.html", "/a/page/of/the/client"] {
        let newer = known(&service, path, &etag).await;
        assert_eq!(
            (newer.status.as_u16(), newer.text()),
            (200, "<p>release 2</p>")
        );
    }
    // And the previous one, when it is restored.
    write(&page, "<p>release 1</p>");
    assert_eq!(known(&service, "/", &etag).await.status, 304);
    // Also when overwritten in place.
    fs::write(&page, "<p>release 3</p>").unwrap();
    assert_eq!(known(&service, "/", &etag).await.text(), "<p>release 3</p>");
}

#[tokio::test]
async fn a_file_is_sent_in_the_form_that_was_made_for_it() {
    let (folder, service) = exported();
    let get = async |accepted: &str| {
        let client = service.anonymous().with("accept-encoding", accepted);
        client.get("/assets/app.js").await
    };
    let (plain, gzipped, packed) = (get("").await, get("gzip").await, get("gzip, br").await);
    assert_eq!(plain.text(), SCRIPT);
    assert_eq!(
        plain.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    let unlimited = "public, max-age=31536000, immutable";
    assert_eq!(plain.header("cache-control"), Some(unlimited));
    let mut unpacked = String::new();
    let mut decoder = flate2::read::GzDecoder::new(&gzipped.body[..]);
    decoder.read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, SCRIPT);
    unpacked.clear();
    let mut decoder = brotli::Decompressor::new(&packed.body[..], 4096);
    decoder.read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, SCRIPT);
    let coding = |answer: &Answer| answer.header("content-encoding").map(str::to_owned);
    assert_eq!(
        [coding(&plain), coding(&gzipped), coding(&packed)],
        [None, Some("gzip".into()), Some("br".into())]
    );
    for (one, other) in [(&plain, &gzipped), (&gzipped, &packed), (&plain, &packed)] {
        assert_ne!(etag(one), etag(other));
        assert_eq!(one.header("vary"), Some("accept-encoding"));
    }

    // This one has no compressed forms, and those of the other are out of date.
    write(&folder.path().join("dist/plain.js"), SCRIPT.repeat(100));
    let uncompressed = service
        .anonymous()
        .with("accept-encoding", "gzip, br")
        .get("/plain.js")
        .await;
    assert_eq!(
        (coding(&uncompressed), uncompressed.text().len()),
        (None, SCRIPT.len() * 100)
    );
    write(
        &folder.path().join("dist/assets/app.js"),
        SCRIPT.to_uppercase(),
    );
    let newer = get("gzip, br").await;
    assert_eq!(
        (coding(&newer), newer.text()),
        (None, &*SCRIPT.to_uppercase())
    );
}

#[tokio::test]
async fn parts_and_heads_agree_with_the_whole() {
    let (_folder, service) = exported();
    let client = service.anonymous().with("accept-encoding", "br");
    let whole = service.anonymous().get("/assets/app.js").await;
    let part = client
        .clone()
        .with("range", "bytes=8-10")
        .get("/assets/app.js")
        .await;
    assert_eq!((part.status.as_u16(), part.text()), (206, &SCRIPT[8..11]));
    assert_eq!(
        part.header("content-range").unwrap(),
        format!("bytes 8-10/{}", SCRIPT.len())
    );
    assert_eq!(part.header("content-length"), Some("3"));
    assert_eq!(etag(&part), etag(&whole));
    let head = service
        .anonymous()
        .send(Method::HEAD, "/assets/app.js", &Value::Null)
        .await;
    assert_eq!((head.status.as_u16(), head.text()), (200, ""));
    assert_eq!(
        head.header("content-length").unwrap(),
        SCRIPT.len().to_string()
    );
    assert_eq!(etag(&head), etag(&whole));
    let post = service
        .anonymous()
        .send(Method::POST, "/assets/app.js", &Value::Null)
        .await;
    assert_eq!(post.status, 405);
}

#[tokio::test]
async fn dotfiles_are_not_served_and_links_stay_in_the_folder() {
    let (_folder, service) = exported();
    let client = service.anonymous();
    for path in [
        "/.env",
        "/%2eenv",
        "/%2Eenv",
        "/assets/../.env",
        "/assets/%2e%2e/.env",
        "/assets%2f..%2f.env",
        "/assets/..%2f%2eenv",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/..%5csecret",
        "/a%00b",
        "//.env",
        "/%2f.env",
        "/assets/gone.js",
        "/%61ssets/gone.js",
        "/.well-known/gone",
        "/.well-known",
        "/%2ewell-known/gone",
        "/.well-known/.env",
        "/assets/",
        "/%ff",
        "//evil.example/",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.code(), "not_found", "{path}: {answer}");
    }
    // Served as a page of the client, like any other path.
    for path in [
        "/linked",
        "/%252eenv",
        "/%2e",
        "/secret",
        &format!("/{}", "a".repeat(5000)),
    ] {
        let answer = client.get(path).await;
        let is_page = path != "/%2e";
        assert_eq!(
            answer.text() == "<p>release 1</p>",
            is_page,
            "{path}: {answer}"
        );
    }
    assert_eq!(
        client.get("/linked-page.html").await.text(),
        "<p>release 1</p>"
    );
    for path in [
        "/.well-known/assetlinks.json",
        "/%2ewell-known/assetlinks.json",
    ] {
        assert_eq!(client.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_deployment_may_move_the_link_that_the_folder_is() {
    let folder = tempfile::tempdir().unwrap();
    for release in ["one", "two"] {
        fs::create_dir(folder.path().join(release)).unwrap();
        write(&folder.path().join(release).join("index.html"), release);
    }
    let link = folder.path().join("current");
    symlink("one", &link).unwrap();
    let service = Service::with(&[("LATCHKEY_WEB_DIR", link.to_str().unwrap())]);
    assert_eq!(service.anonymous().get("/").await.text(), "one");
    symlink("two", folder.path().join("next")).unwrap();
    fs::rename(folder.path().join("next"), &link).unwrap();
    assert_eq!(service.anonymous().get("/").await.text(), "two");
}

#[tokio::test]
async fn a_client_that_is_built_while_the_service_runs_appears() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("dist");
    let service = Service::with(&[("LATCHKEY_WEB_DIR", root.to_str().unwrap())]);
    let before = service.anonymous().get("/a/page/of/the/client").await;
    assert_eq!(before.status, 200);
    assert!(before.text().contains("has not been built yet"));
    assert_eq!(before.header("cache-control"), Some("no-cache"));
    let script = service.anonymous().get("/assets/app.js").await;
    assert_eq!(script.status, 404);

    // Written beside it and renamed, as scripts/build-web does.
    let draft = folder.path().join("dist.new");
    fs::create_dir(&draft).unwrap();
    write(&draft.join("index.html"), "<p>release 1</p>");
    fs::rename(draft, root).unwrap();
    for path in ["/", "/a/page/of/the/client"] {
        let after = service.anonymous().get(path).await;
        assert_eq!(after.text(), "<p>release 1</p>", "{path}");
    }
}

#[tokio::test]
async fn the_reference_is_compressed_before_anybody_asks() {
    let service = Service::start();
    for path in [
        "/docs/",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "/api/v1/openapi.json",
    ] {
        let plain = service.anonymous().get(path).await;
        let client = service.anonymous().with("accept-encoding", "gzip, br");
        let packed = client.get(path).await;
        assert_eq!(packed.header("content-encoding"), Some("br"), "{path}");
        let mut unpacked = Vec::new();
        let mut decoder = brotli::Decompressor::new(&packed.body[..], 4096);
        decoder.read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain.body, "{path}");
        let length = packed.header("content-length");
        assert_eq!(length.unwrap(), packed.body.len().to_string(), "{path}");
        let again = client.with("if-none-match", &etag(&packed)).get(path).await;
        assert_eq!(again.status, 304, "{path}");
    }
    assert_eq!(
        service.anonymous().get("/docs/gone.js").await.code(),
        "not_found"
    );
    assert_eq!(
        service.anonymous().get("/docs").await.header("location"),
        Some("/docs/")
    );
}
