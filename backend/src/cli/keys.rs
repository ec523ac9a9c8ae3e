//! `latchkey keys`.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::{Failure, database, output, settings};
use crate::clock::Clock;
use crate::config::{Config, KeyPair, KeyPairAlgorithm};
use crate::db::migrations;
use crate::features::sealed::application::reseal;
use crate::security::jwt::Jwt;
use crate::state::App;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate a private key for `JWT_PRIVATE_KEY_FILE`.
    Generate(Generate),
    /// Encrypt stored secrets with `DATA_KEY`, so that `DATA_KEYS_PREVIOUS` can be emptied.
    Reseal,
}

#[derive(Debug, Args)]
pub struct Generate {
    /// The value of `JWT_ALGORITHM`.
    #[arg(long, value_enum, default_value = "EdDSA")]
    algorithm: Algorithm,
    /// The file to write, readable only by its owner; the public key goes beside it. Existing files
    /// are not overwritten.
    #[arg(long, default_value = "jwt-private-key.pem")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    #[value(name = "EdDSA")]
    EdDsa,
    #[value(name = "ES256")]
    Es256,
}

/// Runs the command.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Generate(wanted) => generate(&wanted),
        Command::Reseal => reseal_all(settings()?),
    }
}

/// Moves what is sealed to the newest key, beside a running service or without one.
fn reseal_all(config: Config) -> Result<(), Failure> {
    let reached = database::attach(&config.storage())?;
    migrations::run(&reached.direct)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let resealed = runtime.block_on(async {
        let app = App::new(config, &reached.url, Clock::default())?;
        app.db.open();
        reseal(&app).await.map_err(Failure::from)
    });
    output::print(match resealed? {
        0 => "Everything was sealed under DATA_KEY already.".to_owned(),
        1 => "Sealed one value under DATA_KEY.".to_owned(),
        count => format!("Sealed {count} values under DATA_KEY."),
    })
}

/// Makes a key.
fn generate(wanted: &Generate) -> Result<(), Failure> {
    let der = make(wanted.algorithm).map_err(|_| "the key could not be made")?;
    let pem = Zeroizing::new(pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_slice())));
    let pair = KeyPair {
        algorithm: match wanted.algorithm {
            Algorithm::EdDsa => KeyPairAlgorithm::EdDsa,
            Algorithm::Es256 => KeyPairAlgorithm::Es256,
        },
        private_pem: pem.as_str().into(),
        previous_keys: None,
    };
    let public = serde_json::to_string_pretty(&Jwt::public_half(&pair)?)?;
    let public_path = wanted.output.with_extension("jwks.json");
    write(&wanted.output, 0o600, pem.as_bytes())?;
    write(&public_path, 0o644, public.as_bytes())?;

    let (path, public_path) = (wanted.output.display(), public_path.display());
    let name = wanted.algorithm.to_possible_value();
    let name = name.as_ref().map_or("", |value| value.get_name());
    output::print(format_args!(
        "Wrote {path} and its public half, {public_path}.\n\
         Set JWT_ALGORITHM={name} and JWT_PRIVATE_KEY_FILE={path}.\n\
         To replace a key, first name the new public half in JWT_PREVIOUS_KEYS_FILE on every instance; \
         then set the new private key, and name the old public half there."
    ))
}

fn write(path: &Path, mode: u32, content: &[u8]) -> Result<(), String> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(content))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Generates a key in a form that OpenSSL and the service can read: PKCS#8, version 1.
fn make(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let der = match algorithm {
        Algorithm::EdDsa => Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref().to_vec(),
        Algorithm::Es256 => {
            let random = SystemRandom::new();
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
            made.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(der))
}
