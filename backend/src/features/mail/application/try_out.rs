//! Trying the settings of mail.

use super::deliver::PATIENCE;
use super::write::{message_id, write_test};
use crate::config::{Config, Delivery};
use crate::features::mail::infrastructure::smtp::{Courier, Parcel, SendError};
use crate::features::mail::memory::templates::{Templates, Unusable};
use crate::security::random;

/// Why no mail was sent.
#[derive(Debug, thiserror::Error)]
pub enum TryError {
    /// There is no mail server.
    #[error("SMTP_URL is not set, so there is no mail server to try")]
    NoServer,
    /// The templates cannot be used.
    #[error("MAIL_TEMPLATES_DIR: {0}")]
    Templates(#[from] Unusable),
    /// The mail cannot be written.
    #[error("the template of the test mail: {0}")]
    Template(#[from] minijinja::Error),
    /// The server did not take it.
    #[error("{0}")]
    Server(#[from] SendError),
}

/// Sends one mail by the settings, and returns what the server said. Needs no database.
///
/// # Errors
///
/// [`TryError`].
pub async fn try_out(config: &Config, recipient: &str) -> Result<String, TryError> {
    let Delivery::Smtp(server) = &config.mail.delivery else {
        return Err(TryError::NoServer);
    };
    let templates = Templates::load(config.mail.templates_dir.as_deref())?;
    let rendered = write_test(&templates, config)?;
    let parcel = Parcel {
        message_id: message_id(config, random::uuid()),
        at: crate::clock::Clock::default().now(),
        recipient,
        rendered: &rendered,
    };
    Ok(Courier::new(config, server, PATIENCE).send(&parcel).await?)
}
