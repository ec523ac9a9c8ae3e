//! Checks that the auth tier refuses a client that tries too often, and that a forged
//! `X-Forwarded-For` does not help.

use super::report::Report;
use super::visitor::Visitor;
use crate::config::Rate;

/// Larger bursts are not tried, because these requests go to a production service.
const MAX_BURST: u32 = 5;

/// Sends sign-ins without address and password, first with forged addresses, then with the real
/// one, at most 12 in total. If the forged addresses are ignored, all of them count together.
pub fn check(report: &mut Report, visitor: &Visitor, rate: Option<Rate>) -> Result<(), String> {
    const LIMIT: &str = "rate limit";
    const FORGED: &str = "forged X-Forwarded-For";
    let Some(rate) = rate.filter(|rate| rate.burst.get() <= MAX_BURST) else {
        report.warning(
            LIMIT,
            format!("not tried: RATE_LIMIT_AUTH_BURST is 0 or more than {MAX_BURST}"),
            "Try by hand that signing in is answered 429 after that many attempts.",
        );
        return Ok(());
    };
    let tries = rate.burst.get() + 1;
    for attempt in 1..=2 * tries {
        let is_forged = attempt <= tries;
        // Addresses for documentation (RFC 5737), a new one each time.
        let address = format!("198.51.100.{attempt}");
        let native = ("x-client-type", "native");
        let headers = [native, ("x-forwarded-for", address.as_str())];
        let sent = if is_forged {
            &headers[..]
        } else {
            &headers[..1]
        };
        let answer = visitor.post("/api/v1/auth/login", sent)?;
        if answer.status != 429 {
            continue;
        }
        let wait = answer.header("retry-after");
        report.judge(
            LIMIT,
            !wait.is_empty(),
            format!("429 at attempt {attempt}, retry-after: {wait}"),
            "Let the proxy pass Retry-After.",
        );
        // With only the real address it takes one more than the burst.
        let is_ignored = attempt < 2 * tries;
        let found = if is_ignored {
            "ignored"
        } else {
            "believed: every try counts anew"
        };
        let fix = "Let the proxy add the peer's address to X-Forwarded-For or set it, and name only \
                   proxies in TRUSTED_PROXIES.";
        report.judge(FORGED, is_ignored, found, fix);
        return Ok(());
    }
    let fix =
        "Set RATE_LIMIT_AUTH_* on the service, and keep other caches and hosts out of the way.";
    report.bad(LIMIT, format!("no 429 in {} attempts", 2 * tries), fix);
    Ok(())
}
