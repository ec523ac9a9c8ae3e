//! `SMTP_URL`, `MAIL_*` and what depends on mail.

use std::borrow::Cow;
use std::path::PathBuf;

use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use super::address::is_loopback;
use super::http::Origin;
use super::reader::Reader;

/// How mail is sent, and what that makes possible.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where mails go.
    pub delivery: Delivery,
    /// `MAIL_FROM`: the sender; set where mails go to a server.
    pub from: Option<Mailbox>,
    /// `MAIL_PER_HOUR_MAX`: how many mails all instances together send in an hour.
    pub per_hour_max: u32,
    /// `MAIL_BOUNCE_TOKEN`: the bearer token of whoever reports bounces.
    pub bounce_token: Option<SecretString>,
    /// `MAIL_TEMPLATES_DIR`: a folder of templates that replace those in the binary.
    pub templates_dir: Option<PathBuf>,
    /// `EMAIL_VERIFICATION`: whether an account begins with a proof of its address.
    pub is_verification_required: bool,
    /// `SIGNUP_DOMAINS`: the domains whose addresses may register; any when empty.
    pub signup_domains: Vec<String>,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Nowhere: nothing that needs mail is offered.
    Off,
    /// Into the development mailbox at `/dev/mail`.
    Mailbox,
    /// To a server.
    Smtp(Smtp),
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// User and password, if it asks for them.
    pub credentials: Option<(String, SecretString)>,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS by STARTTLS (RFC 3207); the mail stays here when the server does not offer it.
    StartTls,
    /// None. Only for a server on this machine.
    None,
}

/// What decides whether the development mailbox exists.
pub(super) struct Surroundings<'a> {
    /// Whether other machines can reach `BIND_ADDRESS`.
    pub(super) is_bound_to_loopback: bool,
    /// `PUBLIC_URL`.
    pub(super) public_url: &'a Origin,
    /// `ALLOWED_ORIGINS`.
    pub(super) allowed_origins: &'a [Origin],
}

impl Mail {
    pub(super) fn read(reader: &mut Reader, around: &Surroundings<'_>) -> Self {
        let delivery = read_delivery(reader, around);
        let is_on = !matches!(delivery, Delivery::Off);
        let is_verification_required = reader.choice(
            "EMAIL_VERIFICATION",
            &[("required", true), ("off", false)],
            is_on,
        );
        if is_verification_required && !is_on {
            reader.problem(
                "EMAIL_VERIFICATION",
                "required needs SMTP_URL: no mail can be sent",
            );
        }
        Self {
            from: read_from(reader, &delivery),
            per_hour_max: reader.number("MAIL_PER_HOUR_MAX", 1000, 1..=10_000_000),
            bounce_token: read_bounce_token(reader),
            templates_dir: reader.text("MAIL_TEMPLATES_DIR").map(PathBuf::from),
            signup_domains: read_domains(reader),
            is_verification_required,
            delivery,
        }
    }

    /// Tells whether addresses of a domain, in ASCII, may register.
    pub fn may_register(&self, domain: &str) -> bool {
        self.signup_domains.is_empty() || self.signup_domains.iter().any(|one| one == domain)
    }

    /// Tells whether mail can be sent.
    pub fn is_on(&self) -> bool {
        !matches!(self.delivery, Delivery::Off)
    }
}

/// Reads where mails go. Without `SMTP_URL` development has a mailbox, unless anybody else could reach
/// or be reached by this service.
fn read_delivery(reader: &mut Reader, around: &Surroundings<'_>) -> Delivery {
    const NAME: &str = "SMTP_URL";
    let Some(text) = reader.text(NAME) else {
        let is_private = around.is_bound_to_loopback
            && std::iter::once(around.public_url)
                .chain(around.allowed_origins)
                .all(Origin::is_loopback);
        return if is_private && !reader.is_production {
            Delivery::Mailbox
        } else {
            Delivery::Off
        };
    };
    if text == "off" {
        return Delivery::Off;
    }
    match parse_smtp(&text) {
        Ok(smtp) => {
            if reader.is_production && reader.text("PUBLIC_URL").is_none() {
                reader.problem(
                    "PUBLIC_URL",
                    "is required with SMTP_URL: mails link there, for example https://app.example.com",
                );
            }
            Delivery::Smtp(smtp)
        }
        Err(problem) => {
            reader.problem(NAME, problem);
            Delivery::Off
        }
    }
}

/// Parses `smtps://user:password@host:port`, or `smtp://` for STARTTLS. No message quotes the address,
/// which may hold a password.
fn parse_smtp(text: &str) -> Result<Smtp, &'static str> {
    const FORM: &str = "not the address of a mail server; write smtps://user:password@host or \
        smtp://user:password@host:587, with special characters percent-encoded";
    let url = Url::parse(text).map_err(|_| FORM)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(FORM);
    }
    let host = host.trim_matches(['[', ']']);
    let is_local = is_loopback(host);
    let (protection, port) = match (url.scheme(), url.query()) {
        ("smtps", None) => (Protection::Tls, 465),
        ("smtp", Some("tls=required")) => (Protection::StartTls, 587),
        ("smtp", None) if !is_local => (Protection::StartTls, 587),
        ("smtp", None | Some("tls=none")) if is_local => (Protection::None, 25),
        ("smtp", Some("tls=none")) => {
            return Err("tls=none would send passwords and codes in clear text to another machine");
        }
        _ => return Err(FORM),
    };
    let decode = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.map(Cow::into_owned).map_err(|_| FORM)
    };
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => {
            Some((decode(user)?, decode(password)?.into()))
        }
        _ => return Err("has a user without a password, or a password without a user"),
    };
    Ok(Smtp {
        host: host.to_owned(),
        port: url.port().unwrap_or(port),
        protection,
        credentials,
    })
}

/// Reads the sender, as `Name <address>` or an address alone.
fn read_from(reader: &mut Reader, delivery: &Delivery) -> Option<Mailbox> {
    const NAME: &str = "MAIL_FROM";
    const EXAMPLE: &str = "for example Example <no-reply@example.com>";
    let is_smtp = matches!(delivery, Delivery::Smtp(_));
    let Some(text) = reader.text(NAME) else {
        if is_smtp {
            reader.problem(NAME, format_args!("is required with SMTP_URL, {EXAMPLE}"));
        }
        return None;
    };
    let from = text.parse::<Mailbox>().ok();
    if from.is_none() {
        reader.problem(
            NAME,
            format_args!("not a sender; write an address or a name with one, {EXAMPLE}"),
        );
    }
    from
}

fn read_bounce_token(reader: &mut Reader) -> Option<SecretString> {
    const NAME: &str = "MAIL_BOUNCE_TOKEN";
    const MIN_BYTES: usize = 32;
    let token = reader.text(NAME)?;
    if token.len() < MIN_BYTES {
        reader.problem(
            NAME,
            "must be at least 32 bytes long; make one with: openssl rand -base64 48",
        );
    }
    Some(token.into())
}

fn read_domains(reader: &mut Reader) -> Vec<String> {
    const NAME: &str = "SIGNUP_DOMAINS";
    let mut domains = Vec::new();
    for item in reader.list(NAME) {
        match idna::domain_to_ascii(&item) {
            Ok(domain) if domain.contains('.') && !domain.contains(['@', '*']) => {
                domains.push(domain);
            }
            _ => reader.problem(
                NAME,
                format_args!("{item}: not a domain; write example.com"),
            ),
        }
    }
    domains
}
