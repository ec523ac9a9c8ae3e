//! `latchkey mail`.

use clap::{Args, Subcommand};

use super::{Failure, output};
use crate::config::Config;
use crate::features::mail::application::{TryError, try_out};
use crate::features::users::domain::Email;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send one mail by the settings, and tell what the mail server said; needs no database.
    Test(Test),
}

#[derive(Debug, Args)]
pub struct Test {
    /// Whom to send it to.
    address: Email,
}

/// Sends a mail.
pub fn run(config: &Config, Command::Test(test): &Command) -> Result<(), Failure> {
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
