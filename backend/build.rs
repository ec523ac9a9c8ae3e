//! Rebuilds the crate when a migration is added, sets the version, and prepares the files of the
//! API reference in every encoding, so that nothing is compressed during a request.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

/// The folder in the archive. The version of the crate in Cargo.toml determines the version it
/// contains.
const SWAGGER_UI: &str = "swagger-ui-5.32.6/dist";

/// The files of Swagger UI that our page loads.
const LOADED: [&str; 4] = [
    "favicon-32x32.png",
    "index.css",
    "swagger-ui-bundle.js",
    "swagger-ui.css",
];

/// Our own files, from `reference/`.
const OWN: [&str; 2] = ["index.html", "initializer.js"];

/// The strongest quality that is fast in an unoptimised build script: 0.7 s for all files. The
/// maximum would take 11 s and save 9 %.
const QUALITY: i32 = 9;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=reference");
    println!("cargo::rustc-env=LATCHKEY_VERSION={}", version()?);
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let mut list = String::new();
    for name in LOADED {
        let mut content = Vec::new();
        archive
            .by_name(&format!("{SWAGGER_UI}/{name}"))?
            .read_to_end(&mut content)?;
        prepare(&folder, name, &content, &mut list)?;
    }
    for name in OWN {
        let content = fs::read(Path::new("reference").join(name))?;
        prepare(&folder, name, &content, &mut list)?;
    }
    fs::write(folder.join("reference.rs"), format!("[{list}]"))?;
    Ok(())
}

/// The output of `--version`: the version and, if known, the commit.
fn version() -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=LATCHKEY_COMMIT");
    let version = std::env::var("CARGO_PKG_VERSION")?;
    let told = std::env::var("LATCHKEY_COMMIT").ok();
    let told = told.filter(|commit| !commit.is_empty());
    // Debug builds do not ask git, because every commit would rebuild all tests.
    let is_debug = std::env::var("PROFILE")? == "debug";
    let commit = told.or_else(|| if is_debug { None } else { commit() });
    Ok(match commit {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    })
}

/// The checked-out commit; `None` outside git.
fn commit() -> Option<String> {
    // Sources unpacked inside another repository do not belong to its commit.
    let root = fs::canonicalize(git(&["rev-parse", "--show-toplevel"])?).ok()?;
    if root != fs::canonicalize("..").ok()? {
        return None;
    }
    watch(&git(&["rev-parse", "--git-path", "HEAD"])?);
    if let Some(branch) = git(&["symbolic-ref", "--quiet", "HEAD"]) {
        let file = git(&["rev-parse", "--git-path", &branch])?;
        if Path::new(&file).exists() {
            watch(&file);
        } else {
            // The branch is in packed-refs; its next commit creates the file.
            watch(&git(&["rev-parse", "--git-path", "packed-refs"])?);
            watch(&git(&["rev-parse", "--git-path", "refs/heads"])?);
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

/// Reruns this script when a file or folder changes. A missing one would rerun it at each build.
fn watch(path: &str) {
    if Path::new(path).exists() {
        println!("cargo::rerun-if-changed={path}");
    }
}

/// The output of git; `None` if git is missing or fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Writes the encodings of a file that are worth including, and the line that lists them.
fn prepare(
    folder: &Path,
    name: &str,
    content: &[u8],
    list: &mut String,
) -> Result<(), Box<dyn Error>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content)?;
    let parameters = BrotliEncoderParams {
        quality: QUALITY,
        ..Default::default()
    };
    let mut brotli = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut brotli, &parameters)?;
    write!(list, "({name:?}, &[")?;
    for (coding, suffix, form) in [
        ("Identity", "", content.to_vec()),
        ("Gzip", ".gz", gzip.finish()?),
        ("Brotli", ".br", brotli),
    ] {
        if suffix.is_empty() || form.len() < content.len() {
            let file = format!("{name}{suffix}");
            fs::write(folder.join(&file), form)?;
            let path = format!("concat!(env!(\"OUT_DIR\"), \"/{file}\")");
            write!(list, "(Coding::{coding}, include_bytes!({path})),")?;
        }
    }
    writeln!(list, "]),")?;
    Ok(())
}
