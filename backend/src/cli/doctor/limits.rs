//! Whether the auth tier refuses a client that tries too often, and whether such a client can hide
//! behind a forged `X-Forwarded-For`.

use super::report::Report;
use super::visitor::Visitor;
use crate::config::Rate;

/// A larger burst is not tried out: these are requests to somebody's service.
const MAX_BURST: u32 = 5;

/// Tries to sign in without address and password, first under forged addresses, then under the own
/// one: at most 12 times. If the forged addresses are ignored, all tries count together.
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
        // Documentation's addresses (RFC 5737), a new one each time.
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
        // Under the own address alone it takes one more than the burst.
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
