//! How tokens are signed, and how long they and their sessions live.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use data_dir::Rights;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::AccessFlags;
use secrecy::{ExposeSecret, SecretString};

use super::reader::Reader;
use super::signing::Signing;

/// The longest `ACCESS_TOKEN_TTL_SECONDS`.
pub const MAX_ACCESS_TTL: TimeDelta = TimeDelta::days(1);

const MIN_SECRET_BYTES: usize = 32;

/// About 2^63 guesses, beyond which zxcvbn does not count; 20 random digits reach it.
const MIN_GUESSES_LOG10: f64 = 19.0;

/// Words that give a copied sample value away.
const SAMPLE_WORDS: [&str; 11] = [
    "change", "secret", "example", "your-", "your_", "sample", "password", "replace", "please",
    "01234567", "abcdefgh",
];

/// Token signing and lifetimes.
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// `JWT_SECRET`: signs.
    pub secret: SecretString,
    /// `JWT_SECRET_PREVIOUS`: these still verify.
    pub previous_secrets: Vec<SecretString>,
    /// How access tokens are signed.
    pub signing: Signing,
    /// `JWT_ISSUER`: the `iss` claim.
    pub issuer: String,
    /// `JWT_AUDIENCE`: the `aud` claim.
    pub audience: String,
    /// `ACCESS_TOKEN_TTL_SECONDS`.
    pub access_ttl: TimeDelta,
    /// `REFRESH_TOKEN_TTL_SECONDS`: slides with each refresh.
    pub refresh_ttl: TimeDelta,
    /// `SESSION_MAX_AGE_SECONDS`: the end of a session whatever it does, counted from sign-in.
    pub session_max_age: TimeDelta,
    /// `REFRESH_GRACE_SECONDS`: how long after a rotation its parent is still answered.
    pub refresh_grace: TimeDelta,
    /// `SESSIONS_PER_USER_MAX`: the session seen longest ago ends when one more begins.
    pub sessions_per_user_max: u32,
}

impl TokenSettings {
    pub(super) fn read(reader: &mut Reader, data_dir: &Path) -> Self {
        const DAY: u32 = 24 * 3600;
        const YEAR: u32 = 365 * DAY;
        let tokens = Self {
            secret: read_secret(reader, data_dir),
            previous_secrets: read_previous(reader),
            signing: Signing::read(reader),
            issuer: reader.text("JWT_ISSUER").unwrap_or("latchkey".into()),
            audience: reader.text("JWT_AUDIENCE").unwrap_or("latchkey".into()),
            access_ttl: span(reader, "ACCESS_TOKEN_TTL_SECONDS", 15 * 60, DAY),
            refresh_ttl: span(reader, "REFRESH_TOKEN_TTL_SECONDS", 7 * 24 * 3600, YEAR),
            session_max_age: span(reader, "SESSION_MAX_AGE_SECONDS", 90 * 24 * 3600, 10 * YEAR),
            refresh_grace: TimeDelta::seconds(
                reader.number("REFRESH_GRACE_SECONDS", 10, 0..=300).into(),
            ),
            sessions_per_user_max: reader.number("SESSIONS_PER_USER_MAX", 50, 1..=1000),
        };
        if tokens.refresh_ttl <= tokens.access_ttl {
            reader.problem(
                "REFRESH_TOKEN_TTL_SECONDS",
                "must exceed ACCESS_TOKEN_TTL_SECONDS",
            );
        }
        for (name, claim) in [
            ("JWT_ISSUER", &tokens.issuer),
            ("JWT_AUDIENCE", &tokens.audience),
        ] {
            if claim.len() > 64 {
                reader.problem(
                    name,
                    "must be at most 64 bytes, so that a refresh token fits a phone's keychain",
                );
            }
        }
        tokens
    }
}

fn span(reader: &mut Reader, name: &str, default: u32, most: u32) -> TimeDelta {
    TimeDelta::seconds(reader.number(name, default, 1..=most).into())
}

fn read_secret(reader: &mut Reader, data_dir: &Path) -> SecretString {
    const NAME: &str = "JWT_SECRET";
    let Some(text) = reader.text(NAME) else {
        if reader.is_production {
            reader.problem(
                NAME,
                "is required in production, 32 bytes or more; make one with: openssl rand -base64 48",
            );
            return SecretString::default();
        }
        let kept = Rights::over(data_dir).and_then(|rights| {
            rights.run(|| {
                if reader.is_dry {
                    kept_or_told(reader, data_dir)
                } else {
                    kept_secret(data_dir, rights)
                }
            })?
        });
        return kept.unwrap_or_else(|error| {
            let path = data_dir.join(SECRET_FILE);
            reader.problem(
                NAME,
                format_args!("cannot be kept in {}: {error}", path.display()),
            );
            SecretString::default()
        });
    };
    check_secret(reader, NAME, &text);
    text.into()
}

fn read_previous(reader: &mut Reader) -> Vec<SecretString> {
    const NAME: &str = "JWT_SECRET_PREVIOUS";
    let secrets = reader.list(NAME);
    for secret in &secrets {
        check_secret(reader, NAME, secret);
    }
    secrets.into_iter().map(SecretString::from).collect()
}

fn check_secret(reader: &mut Reader, name: &str, secret: &str) {
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

/// Tells whether words, names, repetitions and runs of keys make up most of a secret: whoever holds one
/// token can try secrets at leisure.
fn is_guessable(secret: &str) -> bool {
    zxcvbn::zxcvbn(secret, &[]).guesses_log10() < MIN_GUESSES_LOG10
}

const SECRET_FILE: &str = "jwt-secret";

/// Returns the development secret; when there is none, one that is not kept, and says where the first
/// start would keep one.
fn kept_or_told(reader: &mut Reader, data_dir: &Path) -> io::Result<SecretString> {
    let path = data_dir.join(SECRET_FILE);
    if let Some(secret) = read_kept(&path)? {
        return Ok(secret);
    }
    let there = path.ancestors().skip(1).find(|folder| folder.exists());
    // The working directory, where a relative path begins, has no name there.
    let folder = there.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    // By the rights of this thread, not by those that the process was started with.
    let wanted = AccessFlags::W_OK | AccessFlags::X_OK;
    nix::unistd::faccessat(AT_FDCWD, folder, wanted, AtFlags::AT_EACCESS)?;
    let path = path.display();
    reader
        .would_make
        .push(format!("a JWT_SECRET, kept in {path}"));
    Ok(made_secret()?.into())
}

fn made_secret() -> io::Result<String> {
    let mut bytes = [0; 48];
    aws_lc_rs::rand::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Returns the development secret, making it at the first start.
fn kept_secret(data_dir: &Path, rights: Rights) -> io::Result<SecretString> {
    let path = data_dir.join(SECRET_FILE);
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
    // Written beside its place and linked into it, so that of two processes starting at once both
    // read the same complete file.
    let draft = data_dir.join(format!("{SECRET_FILE}.{}", std::process::id()));
    // Left by a process that was killed and had this number.
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
