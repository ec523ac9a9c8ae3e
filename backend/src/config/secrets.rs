//! Secrets for signing and sealing: read from the environment; in development, generated and
//! stored.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_dir::Rights;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::AccessFlags;
use secrecy::{ExposeSecret, SecretString};

use super::reader::Reader;

const MIN_SECRET_BYTES: usize = 32;

/// About 2^63 guesses, the largest number that zxcvbn counts. 20 random digits reach it.
const MIN_GUESSES_LOG10: f64 = 19.0;

/// Words that indicate a copied sample value.
const SAMPLE_WORDS: [&str; 11] = [
    "change", "secret", "example", "your-", "your_", "sample", "password", "replace", "please",
    "01234567", "abcdefgh",
];

/// A secret that development generates.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    /// The name of the variable.
    pub(super) name: &'static str,
    /// The file in the data directory that stores it.
    pub(super) file: &'static str,
}

/// Reads a secret. If it is missing, development generates and stores one, and production refuses
/// to start.
pub(super) fn read(reader: &mut Reader, data_dir: &Path, kept: Kept) -> SecretString {
    let name = kept.name;
    let Some(text) = reader.text(name) else {
        if reader.is_production {
            reader.problem(
                name,
                "is required in production, 32 bytes or more; make one with: openssl rand -base64 48",
            );
            return SecretString::default();
        }
        let secret = Rights::over(data_dir).and_then(|rights| {
            rights.run(|| {
                if reader.is_dry {
                    kept_or_told(reader, data_dir, kept)
                } else {
                    kept_secret(data_dir, rights, kept.file)
                }
            })?
        });
        return secret.unwrap_or_else(|error| {
            let path = data_dir.join(kept.file);
            reader.problem(
                name,
                format_args!("cannot be kept in {}: {error}", path.display()),
            );
            SecretString::default()
        });
    };
    check(reader, name, &text);
    text.into()
}

/// Reads a list of earlier secrets.
pub(super) fn read_previous(reader: &mut Reader, name: &str) -> Vec<SecretString> {
    let secrets = reader.list(name);
    for secret in &secrets {
        check(reader, name, secret);
    }
    secrets.into_iter().map(SecretString::from).collect()
}

fn check(reader: &mut Reader, name: &str, secret: &str) {
    if secret.len() < MIN_SECRET_BYTES {
        reader.problem(
            name,
            "must be at least 32 bytes long; make one with: openssl rand -base64 48",
        );
    } else if reader.is_production && is_sample(secret) {
        reader.problem(
            name,
            "looks like a sample value; make one with: openssl rand -base64 48",
        );
    } else if reader.is_production && is_guessable(secret) {
        reader.problem(
            name,
            "could be guessed; make one with: openssl rand -base64 48",
        );
    }
}

fn is_sample(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let kinds: std::collections::HashSet<char> = secret.chars().collect();
    kinds.len() < 8 || SAMPLE_WORDS.iter().any(|word| lower.contains(word))
}

/// Whether a secret consists mostly of words, names, repetitions and runs of keys. Anyone with a
/// token can try secrets offline.
fn is_guessable(secret: &str) -> bool {
    zxcvbn::zxcvbn(secret, &[]).guesses_log10() < MIN_GUESSES_LOG10
}

/// The stored development secret. If there is none, returns a temporary one and reports where a
/// start would store one.
fn kept_or_told(reader: &mut Reader, data_dir: &Path, kept: Kept) -> io::Result<SecretString> {
    let path = data_dir.join(kept.file);
    if let Some(secret) = read_kept(&path)? {
        return Ok(secret);
    }
    let there = path.ancestors().skip(1).find(|folder| folder.exists());
    // The parent of a relative path is empty: it is the working directory.
    let folder = there.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    // Checks the rights of this thread, not those that the process was started with.
    let wanted = AccessFlags::W_OK | AccessFlags::X_OK;
    nix::unistd::faccessat(AT_FDCWD, folder, wanted, AtFlags::AT_EACCESS)?;
    let (name, path) = (kept.name, path.display());
    reader.would_make.push(format!("a {name}, kept in {path}"));
    Ok(made_secret()?.into())
}

fn made_secret() -> io::Result<String> {
    let mut bytes = [0; 48];
    aws_lc_rs::rand::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The development secret, which the first start generates.
fn kept_secret(data_dir: &Path, rights: Rights, file: &str) -> io::Result<SecretString> {
    let path = data_dir.join(file);
    if let Some(secret) = read_kept(&path)? {
        return Ok(secret);
    }
    if !data_dir.is_dir() {
        rights.create_folder(data_dir, 0o755)?;
    }
    if Rights::over(data_dir)? != rights {
        return Err(io::Error::other(
            "somebody replaced the folder; start again",
        ));
    }
    let secret = made_secret()?;
    // Written to another name and then linked, so that two processes that start at once both read
    // the same complete file.
    let draft = data_dir.join(format!("{file}.{}", std::process::id()));
    // Left by a killed process with the same id.
    let _ = fs::remove_file(&draft);
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?
        .write_all(secret.as_bytes())?;
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read_kept(&path)?.ok_or_else(|| io::ErrorKind::NotFound.into()),
    }
}

fn read_kept(path: &Path) -> io::Result<Option<SecretString>> {
    match data_dir::read(path) {
        Ok(text) => {
            let secret = SecretString::from(text.trim());
            if secret.expose_secret().len() < MIN_SECRET_BYTES {
                return Err(io::Error::other("the file is damaged; delete it"));
            }
            Ok(Some(secret))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
