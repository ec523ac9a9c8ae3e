//! Checks the settings against the rules of production.

use secrecy::ExposeSecret;

use super::report::Report;
use crate::config::{Config, Delivery, LogFormat, Mail, Protection, Signing};
use crate::features::mail::memory::templates::Templates;
use crate::security::jwt::Jwt;
use crate::security::password::PasswordHasher;

/// Checks settings that were read as if with `ENVIRONMENT=production`.
pub fn check(report: &mut Report, config: &Config, problems: &[String]) {
    report.group("Settings");
    for problem in problems {
        let (name, what) = problem.split_once(": ").unwrap_or(("settings", problem));
        let fix = format!("Change {name}; docs/CONFIGURATION.md says what it takes.");
        report.bad(name, what, fix);
    }
    if problems.is_empty() {
        report.good("rules", "everything that production demands is set");
        check_secrets(report, config);
    }
    check_mail(report, &config.mail);
    check_limits(report, config);
    check_operation(report, config);
}

fn check_secrets(report: &mut Report, config: &Config) {
    let tokens = &config.tokens;
    let bytes = tokens.secret.expose_secret().len();
    report.good("JWT_SECRET", format!("{bytes} bytes, not to be guessed"));
    let previous = tokens.previous_secrets.len();
    if previous > 0 {
        report.warning(
            "JWT_SECRET_PREVIOUS",
            format!("{previous} earlier secrets still verify"),
            "Remove each once REFRESH_TOKEN_TTL_SECONDS have passed since it was replaced.",
        );
    }
    if let Signing::KeyPair(_) = tokens.signing {
        match Jwt::new(tokens) {
            Ok(_) => report.good("JWT_PRIVATE_KEY_FILE", "the key signs"),
            Err(error) => {
                let fix = "Make a key with: latchkey keys generate";
                report.bad("JWT_PRIVATE_KEY_FILE", error, fix);
            }
        }
    }
    if let Err(error) = PasswordHasher::new(&config.passwords) {
        report.bad("ARGON2_*", error, "Remove ARGON2_* for the defaults.");
    }
}

fn check_mail(report: &mut Report, mail: &Mail) {
    match &mail.delivery {
        Delivery::Smtp(server) => {
            let protection = match server.protection {
                Protection::Tls => "TLS",
                Protection::StartTls => "STARTTLS",
                Protection::None => "no TLS, on this machine",
            };
            let found = format!("{}:{}, {protection}", server.host, server.port);
            report.good("SMTP_URL", found);
        }
        Delivery::Off | Delivery::Mailbox => report.warning(
            "SMTP_URL",
            "not set: nobody can reset a forgotten password, and addresses are not verified",
            "Set SMTP_URL, MAIL_FROM and PUBLIC_URL; then run latchkey mail test ADDRESS.",
        ),
    }
    if let Err(error) = Templates::load(mail.templates_dir.as_deref()) {
        let fix = "Mend the template, or remove MAIL_TEMPLATES_DIR for those in the binary.";
        report.bad("MAIL_TEMPLATES_DIR", error, fix);
    }
}

fn check_limits(report: &mut Report, config: &Config) {
    match config.rate_limits.auth {
        Some(rate) => report.good(
            "RATE_LIMIT_AUTH_*",
            format!("one in {:?}, {} at once", rate.period, rate.burst),
        ),
        None => report.bad(
            "RATE_LIMIT_AUTH_*",
            "off: passwords can be guessed at full speed",
            "Remove RATE_LIMIT_AUTH_PER_SECOND and RATE_LIMIT_AUTH_BURST for the defaults.",
        ),
    }
    if config.rate_limits.general.is_none() {
        report.warning(
            "RATE_LIMIT_GENERAL_*",
            "off: one client can take all that the service has",
            "Remove RATE_LIMIT_GENERAL_PER_SECOND and RATE_LIMIT_GENERAL_BURST for the defaults.",
        );
    }
    if config.trusted_proxies.is_empty() {
        report.warning(
            "TRUSTED_PROXIES",
            "not set: behind a proxy all clients share one address and its rate limit",
            "Set it to the proxy's address, for example 127.0.0.1.",
        );
    }
}

fn check_operation(report: &mut Report, config: &Config) {
    if config.logs.format == LogFormat::Json {
        report.good("LOG_FORMAT", "json, for a log collector");
    } else {
        let fix = "Set LOG_FORMAT=json so that a collector can read the fields.";
        report.warning("LOG_FORMAT", "pretty, for eyes", fix);
    }
    if config.shutdown_delay.is_zero() {
        report.warning(
            "SHUTDOWN_DELAY_SECONDS",
            "0: a balancer may send requests to an instance that has stopped",
            "Set it longer than the balancer takes to notice, for example 5.",
        );
    }
}
