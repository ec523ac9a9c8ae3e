//! Handing a mail to a mail server. A connection per mail: one that was given up on is never used again.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Host;

use crate::config::{Config, Protection, Smtp};
use crate::features::mail::memory::templates::Rendered;

/// How long a server may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

/// The way to the mail server.
pub struct Courier {
    server: Smtp,
    from: Option<Mailbox>,
    hello: ClientId,
    patience: Duration,
}

/// A mail to hand over.
pub struct Parcel<'a> {
    /// Names the mail for ever.
    pub message_id: String,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Whom it is for.
    pub recipient: &'a str,
    /// What it says.
    pub rendered: &'a Rendered,
}

/// The server did not take a mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct SendError {
    /// Whether it never will.
    pub is_final: bool,
    /// The reply code, or a word: what may be logged and kept, as servers quote addresses.
    pub failure: String,
    /// What the server or the library said, for an operator's eyes alone.
    pub said: String,
}

impl SendError {
    fn new(is_final: bool, failure: &str) -> Self {
        Self {
            is_final,
            failure: failure.into(),
            said: failure.into(),
        }
    }
}

/// How far the conversation had come.
#[derive(Clone, Copy)]
enum Step {
    Connect,
    StartTls,
    LogIn,
    Send,
}

impl Courier {
    /// Prepares the way; each mail is given up on after `patience`.
    pub fn new(config: &Config, server: &Smtp, patience: Duration) -> Self {
        Self {
            server: server.clone(),
            from: config.mail.from.clone(),
            hello: match Host::parse(&config.public_url.host()) {
                Ok(Host::Ipv4(address)) => ClientId::Ipv4(address),
                Ok(Host::Ipv6(address)) => ClientId::Ipv6(address),
                _ => ClientId::Domain(config.public_url.host()),
            },
            patience,
        }
    }

    /// Hands a mail over, and returns what the server said.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn send(&self, parcel: &Parcel<'_>) -> Result<String, SendError> {
        let message = self.compose(parcel)?;
        // The library's time-outs end with the connect.
        let talking = timeout(self.patience, self.talk(&message));
        match talking.await {
            Ok(said) => said,
            Err(_) => Err(SendError::new(false, "timed out")),
        }
    }

    fn compose(&self, parcel: &Parcel<'_>) -> Result<Message, SendError> {
        let address =
            (parcel.recipient.parse()).map_err(|_| SendError::new(true, "not an address"))?;
        // Keeps out-of-office replies from answering (RFC 3834).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        );
        let from = (self.from.clone()).ok_or_else(|| SendError::new(false, "no MAIL_FROM"))?;
        let rendered = parcel.rendered;
        let body = MultiPart::alternative_plain_html(rendered.text.clone(), rendered.html.clone());
        Message::builder()
            .from(from)
            .to(Mailbox::new(None, address))
            .subject(rendered.subject.clone())
            .date(SystemTime::from(parcel.at))
            .message_id(Some(parcel.message_id.clone()))
            .raw_header(automatic)
            .multipart(body)
            .map_err(|_| SendError::new(true, "not a mail"))
    }

    async fn talk(&self, message: &Message) -> Result<String, SendError> {
        let mut connection = self.connect().await?;
        let text = message.formatted();
        let sent = connection.send(message.envelope(), &text);
        let response = sent.await.map_err(|error| judge(Step::Send, &error))?;
        let said: Vec<_> = response.message().collect();
        let said = format!("{} {}", response.code(), said.join(" "));
        // Taken is taken, however long the farewell lasts.
        tokio::spawn(async move { timeout(FAREWELL, connection.quit()).await });
        Ok(said)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let Smtp {
            host,
            port,
            protection,
            credentials,
        } = &self.server;
        let tls = || {
            let parameters = TlsParameters::new(host.clone());
            parameters.map_err(|error| judge(Step::StartTls, &error))
        };
        let implicit = match protection {
            Protection::Tls => Some(tls()?),
            Protection::StartTls | Protection::None => None,
        };
        let address = (host.as_str(), *port);
        let patience = Some(self.patience);
        let hello = &self.hello;
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, patience, hello, implicit, None);
        let mut connection = connecting
            .await
            .map_err(|error| judge(Step::Connect, &error))?;
        if *protection == Protection::StartTls {
            let secured = connection.starttls(tls()?, hello).await;
            secured.map_err(|error| judge(Step::StartTls, &error))?;
        }
        if let Some((user, password)) = credentials {
            let password = password.expose_secret().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            let entered = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            entered.map_err(|error| judge(Step::LogIn, &error))?;
        }
        Ok(connection)
    }
}

/// Decides what a failure means for the mail. Before its sender is named, a refusal says nothing of the
/// mail, only of the settings or the server: it waits until somebody mends that.
fn judge(step: Step, error: &Error) -> SendError {
    let word = match step {
        Step::Connect if error.is_tls() => "tls",
        Step::Connect => "connect",
        Step::StartTls => "starttls",
        Step::LogIn => "login",
        Step::Send => "send",
    };
    let cause = error.source().map(|cause| format!(": {cause}"));
    SendError {
        is_final: matches!(step, Step::Send) && error.is_permanent(),
        failure: match (step, error.status()) {
            (Step::Send, Some(code)) => code.to_string(),
            (_, Some(code)) => format!("{word} {code}"),
            (_, None) => word.to_owned(),
        },
        said: format!("{word}: {error}{}", cause.unwrap_or_default()),
    }
}
