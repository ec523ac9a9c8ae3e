//! Checks that systems and browsers find out which apps and sites belong together.

use serde_json::Value;

use super::report::Report;
use super::visitor::{Answer, Visitor};
use crate::config::Config;
use crate::features::passkeys::domain::well_known;

/// Fetches each file that the settings make.
pub fn check(report: &mut Report, visitor: &Visitor, config: &Config) -> Result<(), String> {
    let files = well_known::files(&config.passkeys, &config.public_url);
    for (path, expected) in &files {
        let answer = visitor.get(path)?;
        let found = compare(&answer, expected);
        let fix = "Let the proxy pass this path to Latchkey unchanged, without a redirect.";
        report.judge(
            path,
            found.is_ok(),
            found.unwrap_or_else(|wrong| wrong),
            fix,
        );
    }
    let domain = &config.passkeys.rp_id;
    if visitor.base.host_str() != Some(domain) && !files.is_empty() && config.passkeys.is_on {
        let paths: Vec<_> = files.iter().map(|(path, _)| *path).collect();
        report.warning(
            "PASSKEY_RP_ID",
            format!("{domain} is another host, where browsers and systems look for these files"),
            format!(
                "Let https://{domain} answer as this host does, without a redirect: {}",
                paths.join(", ")
            ),
        );
    }
    Ok(())
}

fn compare(answer: &Answer, expected: &Value) -> Result<String, String> {
    if answer.status != 200 {
        return Err(answer.summary());
    }
    let content_type = answer.header("content-type");
    if !content_type.starts_with("application/json") {
        return Err(format!("is {content_type}, not application/json"));
    }
    match serde_json::from_str::<Value>(&answer.text) {
        Ok(found) if found == *expected => Ok("says what the settings say".to_owned()),
        _ => Err("says something else than the settings".to_owned()),
    }
}
