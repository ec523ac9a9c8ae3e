//! `latchkey mail`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Failure, output};
use crate::config::Config;
use crate::features::mail::application::{TryError, preview, try_out};
use crate::features::users::domain::Email;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send one mail by the settings, and tell what the mail server said; needs no database.
    Test(Test),
    /// Write every mail in every language into a folder, by the settings and with made-up values;
    /// sends none, needs no database.
    Preview(Preview),
}

#[derive(Debug, Args)]
pub struct Test {
    /// Whom to send it to.
    address: Email,
}

#[derive(Debug, Args)]
pub struct Preview {
    /// Where to write them, as `en/reset.html` and `en/reset.txt`.
    folder: PathBuf,
}

/// Sends one mail, or writes all of them into files.
pub fn run(config: &Config, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Test(test) => send(config, test),
        Command::Preview(Preview { folder }) => write_all(config, folder),
    }
}

fn write_all(config: &Config, folder: &Path) -> Result<(), Failure> {
    let mails = preview(config)?;
    for mail in &mails {
        let rendered = &mail.written.rendered;
        let folder = folder.join(mail.locale.as_str());
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{}.html", mail.kind)), &rendered.html)?;
        let text = format!("Subject: {}\n\n{}", rendered.subject, rendered.text);
        fs::write(folder.join(format!("{}.txt", mail.kind)), text)?;
    }
    output::print(format_args!("Wrote {} mails.", mails.len()))
}

fn send(config: &Config, test: &Test) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match runtime.block_on(try_out(config, test.address.as_str())) {
        Ok(said) => output::print(format_args!("The mail server took the mail: {said}")),
        Err(TryError::Server(error)) => Err(format!(
            "the mail server did not take the mail: {error}\n{}",
            advice(&error.failure)
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// Says what to look at.
fn advice(failure: &str) -> &'static str {
    match failure.split(' ').next().unwrap_or_default() {
        "connect" => "Check host and port in SMTP_URL, and whether this machine may connect there.",
        "tls" => {
            "Check the certificate of the server, and use smtps:// for TLS from the start or smtp:// \
             for STARTTLS."
        }
        "starttls" => {
            "The server offers no STARTTLS that can be trusted: nothing was sent. Check the port in \
             SMTP_URL, or use smtps://."
        }
        "login" => "Check user and password in SMTP_URL; special characters are percent-encoded.",
        "timed" => "The server went quiet. Check host and port in SMTP_URL.",
        _ => "Check MAIL_FROM and the address; some servers send only from addresses they know.",
    }
}
