//! Checks what clients see: TLS, headers, cookies, and the protections in front of the routes.

use super::report::Report;
use super::visitor::{Answer, Visitor};
use super::{limits, passkeys};
use crate::config::{Config, Origin};
use crate::security::random;

/// Half a year, the shortest acceptable duration.
const MIN_HSTS_SECONDS: u64 = 15_552_000;

const CSRF: &str = "/api/v1/csrf";

/// A route that needs a CSRF token, and does nothing without a session.
const SIGN_OUT: &str = "/api/v1/auth/logout";

/// An origin that cannot exist (RFC 2606).
const FOREIGN: &str = "https://doctor.invalid";

/// Visits the service, and stops at the first failed request.
pub fn check(report: &mut Report, visitor: &Visitor, config: &Config) {
    report.group("Public URL");
    check_origins(report, visitor, config);
    if let Err(error) = visit(report, visitor, config) {
        report.bad(
            "visit",
            error,
            "Check name, certificate (--ca FILE for an own authority), proxy and firewall.",
        );
    }
}

fn check_origins(report: &mut Report, visitor: &Visitor, config: &Config) {
    let own = visitor.origin();
    let listed: Vec<_> = config.allowed_origins.iter().map(Origin::as_str).collect();
    if listed.contains(&own.as_str()) {
        return report.good("ALLOWED_ORIGINS", format!("{own} is listed"));
    }
    report.warning(
        "ALLOWED_ORIGINS",
        format!("{own} is not listed, but {}", listed.join(", ")),
        format!("Add {own}, and keep the others only if clients of yours run there."),
    );
}

fn visit(report: &mut Report, visitor: &Visitor, config: &Config) -> Result<(), String> {
    let is_encrypted = visitor.base.scheme() == "https";
    let ready = visitor.get("/health/ready")?;
    let found = if is_encrypted {
        "the certificate verifies"
    } else {
        "none"
    };
    let fix = "Let a proxy terminate TLS and give its https address.";
    report.judge("TLS", is_encrypted, found, fix);
    let fix = "Look at the checks in the answer of /health/ready, and at the log.";
    report.judge("readiness", ready.status == 200, ready.summary(), fix);
    if is_encrypted && visitor.base.port().is_none() {
        check_plain_http(report, visitor);
    }
    check_answer(report, visitor)?;
    check_guards(report, visitor)?;
    check_tokens(report, visitor)?;
    check_private_pages(report, visitor)?;
    passkeys::check(report, visitor, config)?;
    limits::check(report, visitor, config.rate_limits.auth)
}

/// Checks that port 80 redirects or does not answer.
fn check_plain_http(report: &mut Report, visitor: &Visitor) {
    let found = match visitor.get_plain("/health/live") {
        Err(_) => return report.good("plain HTTP", "nothing answers"),
        Ok(answer) if answer.header("location").starts_with("https://") => {
            return report.good("plain HTTP", "is sent to https");
        }
        Ok(answer) => answer.summary(),
    };
    let fix = "Let the proxy redirect port 80 to https.";
    report.bad("plain HTTP", found, fix);
}

/// Checks the headers and the cookie of one response of the API.
fn check_answer(report: &mut Report, visitor: &Visitor) -> Result<(), String> {
    let id = format!("doctor-{}", u64::from_le_bytes(random::bytes()));
    let sent = [
        ("x-request-id", id.as_str()),
        ("accept-encoding", "gzip, br"),
    ];
    let answer = visitor.get_with(CSRF, &sent)?;
    check_hsts(report, &answer);
    check_cookie(report, &answer);
    check_headers(report, &answer);
    let encoding = answer.header("content-encoding");
    report.judge(
        "compression",
        encoding.is_empty(),
        if encoding.is_empty() {
            "off for the API"
        } else {
            encoding
        },
        "Turn compression off for /api in the proxy: it gives secrets away (BREACH).",
    );
    let found = answer.header("x-request-id");
    if found == id {
        report.good("request ids", "kept as they arrive");
    } else if found.is_empty() {
        report.bad("request ids", "missing", "Let the proxy pass x-request-id.");
    } else {
        let fix = "Fine if the proxy logs its own id; else let it pass x-request-id.";
        report.warning("request ids", "replaced on the way", fix);
    }
    Ok(())
}

fn check_hsts(report: &mut Report, answer: &Answer) {
    let found = answer.header("strict-transport-security");
    let seconds = found.split(';').find_map(|part| {
        let value = part.trim().strip_prefix("max-age=")?;
        value.trim_matches('"').parse::<u64>().ok()
    });
    let is_good = seconds.is_some_and(|seconds| seconds >= MIN_HSTS_SECONDS);
    report.judge(
        "HSTS",
        is_good,
        if found.is_empty() { "missing" } else { found },
        "Set ENVIRONMENT=production, and let the proxy pass Strict-Transport-Security.",
    );
}

fn check_cookie(report: &mut Report, answer: &Answer) {
    let lines = answer.headers.get_all("set-cookie").iter();
    let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
    let cookie = lines.iter().find(|line| line.contains("csrf_token="));
    let Some(cookie) = cookie else {
        let fix = "Let the proxy pass Set-Cookie.";
        return report.bad("cookies", "no CSRF cookie is set", fix);
    };
    let attributes = cookie.to_ascii_lowercase();
    let attributes: Vec<_> = attributes.split(';').map(str::trim).collect();
    let has = |wanted: &str| attributes.contains(&wanted);
    let mut lacks = Vec::new();
    if !cookie.starts_with("__Host-") {
        lacks.push("__Host-");
    }
    for (attribute, name) in [
        ("secure", "Secure"),
        ("httponly", "HttpOnly"),
        ("path=/", "Path=/"),
    ] {
        if !has(attribute) {
            lacks.push(name);
        }
    }
    if !attributes.iter().any(|one| one.starts_with("samesite=")) {
        lacks.push("SameSite");
    }
    if lacks.is_empty() {
        return report.good("cookies", "__Host-, Secure, HttpOnly, SameSite");
    }
    report.bad(
        "cookies",
        format!("lack {}", lacks.join(", ")),
        "Set ENVIRONMENT=production, and let the proxy change no cookie.",
    );
}

fn check_headers(report: &mut Report, answer: &Answer) {
    let wanted = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'"),
        ("cache-control", "no-store"),
    ];
    let lacks: Vec<_> = wanted
        .iter()
        .filter(|(name, value)| !answer.header(name).contains(value))
        .map(|(name, _)| *name)
        .collect();
    let found = if lacks.is_empty() {
        "all there".to_owned()
    } else {
        format!("missing or changed: {}", lacks.join(", "))
    };
    let fix = "Let the proxy pass the headers of the service.";
    report.judge("security headers", lacks.is_empty(), found, fix);
}

/// Checks the protection by origin and CSRF token.
fn check_guards(report: &mut Report, visitor: &Visitor) -> Result<(), String> {
    let own = visitor.origin();
    let answer = visitor.post(SIGN_OUT, &[("origin", &own)])?;
    let (code, summary) = (answer.field("code"), answer.summary());
    if code == "origin_rejected" {
        let fix = format!("Add {own} to ALLOWED_ORIGINS, and let the proxy pass Host.");
        report.bad("own origin", summary, fix);
    } else {
        let is_good = answer.status == 403 && code == "csrf_failed";
        let fix = "Let the proxy send /api to Latchkey unchanged.";
        report.judge("no CSRF token", is_good, summary, fix);
    }
    let answer = visitor.post(SIGN_OUT, &[("origin", FOREIGN)])?;
    let is_good = answer.status == 403 && answer.field("code") == "origin_rejected";
    let fix = "Let the proxy pass Origin unchanged.";
    report.judge("foreign origin", is_good, answer.summary(), fix);
    let answer = visitor.get_with(CSRF, &[("origin", FOREIGN)])?;
    let allowed = answer.header("access-control-allow-origin");
    let found = if allowed.is_empty() {
        "not allowed"
    } else {
        allowed
    };
    let fix = "Remove Access-Control-* headers from the proxy's configuration.";
    report.judge("CORS for others", allowed.is_empty(), found, fix);
    Ok(())
}

/// Checks the refresh flow: the response to a client without a token.
fn check_tokens(report: &mut Report, visitor: &Visitor) -> Result<(), String> {
    let native = [("x-client-type", "native")];
    let answer = visitor.get_with("/api/v1/users/me", &native)?;
    let is_good = answer.status == 401 && answer.field("action") == "refresh";
    let fix = "Let the proxy pass the body and status of 401.";
    report.judge("no access token", is_good, answer.summary(), fix);
    Ok(())
}

/// Checks that pages for operators or developers are private. The web client answers all unknown
/// paths alike.
fn check_private_pages(report: &mut Report, visitor: &Visitor) -> Result<(), String> {
    let unknown = visitor.get(&format!("/{}", u64::from_le_bytes(random::bytes())))?;
    for path in ["/metrics", "/dev/mail"] {
        let answer = visitor.get(path)?;
        let is_hidden = answer.status >= 400 || answer.text == unknown.text;
        let found = if is_hidden { "not public" } else { "public" };
        let fix = "Let the proxy answer 404 there, and set ENVIRONMENT=production.";
        report.judge(path, is_hidden, found, fix);
    }
    Ok(())
}
