//! The rules for dependencies between modules.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the bottom to the top; `lib.rs` lists them from the top.
const FLOORS: [&[&str]; 8] = [
    &["clock", "metrics", "spans"],
    &["config"],
    &["security"],
    &["db", "telemetry"],
    &["limits"],
    &["state"],
    &["features"],
    &["api"],
];

/// Above all of these, in any order.
const TOP: [&str; 2] = ["process", "cli"];

fn root() -> PathBuf {
    let backend = Path::new(env!("CARGO_MANIFEST_DIR"));
    backend.parent().unwrap().to_owned()
}

fn source() -> PathBuf {
    root().join("backend/src")
}

/// The sources of a crate that the service uses.
fn foundation(name: &str) -> PathBuf {
    root().join("crates").join(name).join("src")
}

/// Every source file below a path, with its name and its code without comments.
fn files(path: &Path) -> Vec<(String, String)> {
    let with_extension = path.with_extension("rs");
    let mut found = Vec::new();
    if with_extension.is_file() {
        found.push(with_extension);
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(entry);
            }
        }
    }
    found
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            let code: Vec<_> = text.lines().filter(is_code).collect();
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            (name, code.join("\n"))
        })
        .collect()
}

/// Whether code names a crate or one of our modules, also in braces.
fn names(code: &str, module: &str) -> bool {
    let boundary = |character: char| !character.is_alphanumeric() && character != '_';
    let is_path = code
        .match_indices(module)
        .filter(|(at, _)| code[..*at].chars().next_back().is_none_or(boundary))
        .any(|(at, _)| code[at + module.len()..].starts_with("::"));
    let ours = code.split("use crate::{").skip(1).any(|rest| {
        let list = rest.split(';').next().unwrap_or_default();
        list.split(boundary)
            .any(|word| word == module.trim_start_matches("crate::"))
    });
    is_path || (ours && module.starts_with("crate::"))
}

#[test]
fn the_order_of_modules_is_that_of_lib_rs() {
    let lib = fs::read_to_string(source().join("lib.rs")).unwrap();
    let told: String = lib
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let mut at = told.len();
    for floor in FLOORS {
        for module in floor {
            let found = told[..at].rfind(&format!("`{module}`"));
            assert!(found.is_some(), "{module} is not where it was");
        }
        at = floor
            .iter()
            .map(|it| told.find(&format!("`{it}`")).unwrap())
            .min()
            .unwrap();
    }
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    for module in modules.map(|line| line.trim_end_matches(';')) {
        let is_known = FLOORS.concat().contains(&module) || TOP.contains(&module);
        assert!(
            is_known,
            "add {module} to the order of modules in this test"
        );
    }
}

#[test]
fn no_module_uses_one_above_it() {
    for (level, floor) in FLOORS.iter().enumerate() {
        let above: Vec<_> = FLOORS[level + 1..]
            .concat()
            .into_iter()
            .chain(TOP)
            .collect();
        for module in *floor {
            for (name, code) in files(&source().join(module)) {
                let code = if *module == "state" {
                    without_memory(&code)
                } else {
                    code
                };
                for other in &above {
                    let other = format!("crate::{other}");
                    assert!(!names(&code, &other), "{name} names {other}");
                }
            }
        }
    }
}

/// Removes paths to the `memory` modules of slices, which count as below `state`.
fn without_memory(code: &str) -> String {
    let is_path =
        |line: &&str| line.starts_with("use crate::features::") && line.contains("::memory::");
    let lines: Vec<_> = code.lines().filter(|line| !is_path(line)).collect();
    lines.join("\n")
}

#[test]
fn the_memory_of_slices_is_below_the_state_that_owns_it() {
    for slice in slices() {
        for (name, code) in files(&slice.join("memory")) {
            for above in ["crate::state", "crate::features", "crate::db", "diesel"] {
                assert!(!names(&code, above), "{name} names {above}");
            }
        }
    }
}

#[test]
fn only_the_command_line_uses_the_private_database() {
    for (name, code) in files(&source()) {
        let is_cli = name.starts_with("backend/src/cli/");
        assert!(is_cli || !code.contains("private_postgres"), "{name}");
    }
    let manifest = root().join("crates/private-postgres/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    assert!(!manifest.contains("latchkey"));
}

#[test]
fn features_know_no_http() {
    for (name, code) in files(&source().join("features")) {
        for foreign in [
            "crate::api",
            "axum",
            "http",
            "tower",
            "tower_http",
            "hyper",
            "cookie",
        ] {
            assert!(!names(&code, foreign), "{name} names {foreign}");
        }
    }
}

fn slices() -> Vec<PathBuf> {
    let entries = fs::read_dir(source().join("features")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let slices: Vec<_> = paths.filter(|path| path.is_dir()).collect();
    assert!(slices.len() >= 4);
    slices
}

#[test]
fn a_domain_does_no_input_or_output() {
    for slice in slices() {
        for (name, code) in files(&slice.join("domain")) {
            for foreign in [
                "tokio",
                "std::fs",
                "std::net",
                "std::env",
                "crate::db::Db",
                "crate::state",
                "r2d2",
            ] {
                assert!(!names(&code, foreign), "{name} names {foreign}");
            }
            for word in [
                "PgConnection",
                "async fn",
                "infrastructure",
                "application::",
            ] {
                assert!(!code.contains(word), "{name} contains {word}");
            }
        }
    }
}

#[test]
fn a_slice_calls_use_cases_of_other_slices_never_their_tables() {
    for slice in slices() {
        let own = slice.file_name().unwrap().to_str().unwrap().to_owned();
        for (name, code) in files(&slice) {
            for other in slices() {
                let other = other.file_name().unwrap().to_str().unwrap().to_owned();
                let tables = format!("crate::features::{other}::infrastructure");
                assert!(
                    other == own || !code.contains(&tables),
                    "{name} names {tables}"
                );
            }
            let is_infrastructure = name.contains("/infrastructure/");
            let is_below = !is_infrastructure || !code.contains("::application");
            assert!(is_below, "{name} names a use case");
        }
    }
}

/// The files that call a function.
fn callers(call: &str) -> Vec<String> {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let calls = |code: &str| {
        let mut before = code.match_indices(call).map(|(at, _)| &code[..at]);
        before.any(|before| !before.ends_with("fn ") && !before.ends_with(is_name))
    };
    let mut names: Vec<_> = files(&source())
        .into_iter()
        .filter(|(_, code)| calls(code))
        .map(|(name, _)| name)
        .collect();
    names.sort();
    names
}

#[test]
fn one_function_opens_sessions_and_one_checks_passwords() {
    let [users, auth] =
        ["users", "auth"].map(|slice| format!("backend/src/features/{slice}/application"));
    assert_eq!(callers("open(conn"), [format!("{auth}/door.rs")]);
    let entrances = [
        "enrol.rs",
        "second_factor.rs",
        "sign_in.rs",
        "sign_in_with_passkey.rs",
        "verify.rs",
    ]
    .map(|file| format!("{auth}/{file}"));
    assert_eq!(callers("enter(conn"), entrances);
    for step in ["authenticate(app", "admit(conn", "count_if_refused(app"] {
        assert_eq!(
            callers(step),
            [format!("{users}/with_password.rs")],
            "{step}"
        );
    }
    let checks = callers("with_password(app");
    assert_eq!(
        checks,
        [
            format!("{auth}/sign_in.rs"),
            format!("{auth}/step_up.rs"),
            format!("{users}/authority.rs")
        ]
    );
}

#[test]
fn every_module_says_what_belongs_in_it() {
    for folder in [
        source(),
        foundation("data-dir"),
        foundation("private-postgres"),
    ] {
        let files = files(&folder);
        assert!(!files.is_empty(), "{}", folder.display());
        for (name, _) in files {
            let text = fs::read_to_string(root().join(&name)).unwrap();
            assert!(text.starts_with("//!"), "{name} begins without a //! line");
        }
    }
}

/// Every `.rs` file below a folder but `main.rs` and `lib.rs`, which are roots.
fn modules(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            found.extend(modules(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs")
            && !entry.ends_with("main.rs")
            && !entry.ends_with("lib.rs")
        {
            found.push(entry);
        }
    }
    found
}

/// Whether a file declares a module.
fn declares(parent: &Path, module: &str) -> bool {
    let text = fs::read_to_string(parent).unwrap_or_default();
    text.lines().any(|line| {
        let line = line.trim();
        let is_declaration = line.starts_with("mod ") || line.starts_with("pub");
        is_declaration && line.ends_with(&format!("mod {module};"))
    })
}

#[test]
fn no_file_is_left_out_of_the_build() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = ["api", "process", "sessions"].map(|it| crate_folder.join("tests").join(it));
    for root in tests.into_iter().chain([source()]) {
        for file in modules(&root) {
            let is_folder = file.ends_with("mod.rs");
            let module = if is_folder {
                file.parent().unwrap()
            } else {
                file.as_path()
            };
            let folder = module.parent().unwrap();
            let parents = [
                folder.join("mod.rs"),
                folder.join("main.rs"),
                folder.join("lib.rs"),
                folder.with_extension("rs"),
            ];
            let name = module.file_stem().unwrap().to_str().unwrap();
            let is_declared = parents.iter().any(|parent| declares(parent, name));
            assert!(is_declared, "no `mod {name};` declares {}", file.display());
        }
    }
}

#[test]
fn the_documents_name_every_slice_and_every_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let (architecture, features) = (
        read("docs/ARCHITECTURE.md"),
        read("backend/src/features/mod.rs"),
    );
    let tree = architecture
        .lines()
        .find(|line| line.contains("src/features/<subject>/"))
        .unwrap();
    for slice in slices() {
        let name = slice.file_name().unwrap().to_str().unwrap();
        assert!(tree.contains(name), "docs/ARCHITECTURE.md lists {name}");
        let told = features.lines().filter(|line| line.starts_with("//!"));
        let is_told = told
            .into_iter()
            .any(|line| line.contains(&format!("`{name}`")));
        assert!(
            is_told,
            "the top of features/mod.rs says where {name} stands"
        );
    }
    let (retention, schema) = (read("docs/RETENTION.md"), read("backend/src/db/schema.rs"));
    for line in schema.lines().filter(|line| line.ends_with(") {")) {
        let table = line.trim().split(' ').next().unwrap();
        let is_listed = retention.contains(&format!("| `{table}` |"));
        assert!(
            is_listed,
            "docs/RETENTION.md says how long {table} keeps rows"
        );
    }
}

#[test]
fn messages_of_errors_are_constants_since_they_are_reported() {
    for (name, code) in files(&source()) {
        for call in code.split("tracing::error!(").skip(1) {
            let call = call.split(");").next().unwrap();
            assert!(!call.contains('{'), "{name}: {call}");
        }
    }
}
