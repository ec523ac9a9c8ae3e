//! A cluster on disk: created once, complete or not at all, with its own password.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aws_lc_rs::rand;
use secrecy::SecretString;

use super::account::Account;
use super::binaries::Binaries;
use super::error::{At, StartError};
use super::home::{hexadecimal, make_for};
use super::ownership::Guard;
use super::{Durability, NAME};

/// The first version with a built-in collation that is the same on every system.
const BUILTIN_LOCALE_MAJOR: u32 = 17;
const UNFINISHED: &str = "unfinished-";

/// The folder of one cluster: `data`, `password`, `server.log` and usually `socket`.
#[derive(Debug)]
pub(super) struct Cluster<'a> {
    pub folder: &'a Path,
    pub binaries: &'a Binaries,
    pub account: Account,
    pub durability: Durability,
}

impl Cluster<'_> {
    /// The cluster's password. Creates the cluster if there is none.
    pub fn open(&self, guard: &mut Guard) -> Result<SecretString, StartError> {
        let data = self.folder.join("data");
        let password_file = self.folder.join("password");
        if !data.exists() {
            tracing::info!(folder = %self.folder.display(), "creating a private PostgreSQL database");
            self.write_password(&password_file)?;
            self.create(&data, &password_file, guard)?;
        }
        read_password(self.folder)
    }

    fn write_password(&self, path: &Path) -> Result<(), StartError> {
        let mut random = [0; 32];
        rand::fill(&mut random)
            .map_err(std::io::Error::other)
            .at(path)?;
        // Left by an interrupted creation. It is removed, not overwritten, because it may be a
        // link.
        let _ = fs::remove_file(path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .at(path)?;
        writeln!(file, "{}", hexadecimal(&random)).at(path)?;
        file.sync_all().at(path)?;
        self.account.take(&file, 0o600).at(path)
    }

    /// Builds the cluster under another name, so that an existing cluster is always complete.
    fn create(
        &self,
        data: &Path,
        password_file: &Path,
        guard: &mut Guard,
    ) -> Result<(), StartError> {
        for entry in fs::read_dir(self.folder).at(self.folder)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        // A unique name, because the `initdb` of a killed owner may still be cleaning up.
        let unfinished = self
            .folder
            .join(format!("{UNFINISHED}{}", std::process::id()));
        make_for(self.account, &unfinished)?;

        let initdb = |locale: &[&str]| {
            let mut command = self.account.command(self.binaries.program("initdb"));
            command.args([
                "--username",
                NAME,
                "--encoding=UTF8",
                "--auth=scram-sha-256",
                "--no-instructions",
                "--no-sync",
            ]);
            command
                .args(locale)
                .arg("--pwfile")
                .arg(password_file)
                .arg("--pgdata")
                .arg(&unfinished);
            command
        };
        if self.binaries.major >= BUILTIN_LOCALE_MAJOR {
            let locale = [
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            ];
            run(initdb(&locale), "", guard)?;
        } else if run(initdb(&["--locale=C.UTF-8"]), "", guard).is_err() {
            // Not every system has C.UTF-8.
            run(initdb(&["--locale=C"]), "", guard)?;
        }
        let mut single = self.account.command(self.binaries.program("postgres"));
        single.arg("--single").arg("-D").arg(&unfinished);
        single.args(["-c", "fsync=off", "-c", "exit_on_error=on", "template1"]);
        run(single, &format!("CREATE DATABASE {NAME}\n"), guard)?;
        if self.durability == Durability::Full {
            let mut sync = self.account.command(self.binaries.program("initdb"));
            sync.arg("--sync-only").arg("--pgdata").arg(&unfinished);
            run(sync, "", guard)?;
        }
        fs::rename(&unfinished, data).at(data)?;
        File::open(self.folder)
            .and_then(|folder| folder.sync_all())
            .at(self.folder)
    }
}

/// The password of the cluster in `folder`.
pub(super) fn read_password(folder: &Path) -> Result<SecretString, StartError> {
    let password = folder.join("password");
    match data_dir::read(&password) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().into()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at(password),
        _ => Err(StartError::PasswordMissing {
            folder: folder.to_owned(),
            password,
        }),
    }
}

/// Runs one of PostgreSQL's programs to its end.
fn run(mut command: Command, input: &str, guard: &mut Guard) -> Result<(), StartError> {
    let program = PathBuf::from(command.get_program());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .at(&program)?;
    guard.watch(&child);
    // A program that fails early does not read its input, and reports why below.
    let _ = child
        .stdin
        .take()
        .map(|mut pipe| pipe.write_all(input.as_bytes()));
    let ended = child.wait_with_output();
    guard.forget();
    let ended = ended.at(&program)?;
    if ended.status.success() {
        return Ok(());
    }
    Err(StartError::Initialise {
        program,
        output: String::from_utf8_lossy(&ended.stderr).into_owned(),
    })
}
