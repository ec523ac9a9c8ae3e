//! The signing keys and the lifetimes of tokens and sessions.

use std::path::Path;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::reader::Reader;
use super::secrets::{self, Kept};
use super::signing::Signing;

/// The maximum of `ACCESS_TOKEN_TTL_SECONDS`.
pub const MAX_ACCESS_TTL: TimeDelta = TimeDelta::days(1);

const SECRET: Kept = Kept {
    name: "JWT_SECRET",
    file: "jwt-secret",
};

/// Token signing and lifetimes.
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// `JWT_SECRET`: signs and verifies.
    pub secret: SecretString,
    /// `JWT_SECRET_PREVIOUS`: only verify.
    pub previous_secrets: Vec<SecretString>,
    /// How access tokens are signed.
    pub signing: Signing,
    /// `JWT_ISSUER`: the `iss` claim.
    pub issuer: String,
    /// `JWT_AUDIENCE`: the `aud` claim.
    pub audience: String,
    /// `ACCESS_TOKEN_TTL_SECONDS`.
    pub access_ttl: TimeDelta,
    /// `REFRESH_TOKEN_TTL_SECONDS`: counted anew from each refresh.
    pub refresh_ttl: TimeDelta,
    /// `SESSION_MAX_AGE_SECONDS`: the maximum lifetime of a session, counted from sign-in.
    pub session_max_age: TimeDelta,
    /// `REFRESH_GRACE_SECONDS`: how long after a rotation the parent token gets the newest pair
    /// again.
    pub refresh_grace: TimeDelta,
    /// `SESSIONS_PER_USER_MAX`: one more session ends the one seen longest ago.
    pub sessions_per_user_max: u32,
}

impl TokenSettings {
    pub(super) fn read(reader: &mut Reader, data_dir: &Path) -> Self {
        const DAY: u32 = 24 * 3600;
        const YEAR: u32 = 365 * DAY;
        let tokens = Self {
            secret: secrets::read(reader, data_dir, SECRET),
            previous_secrets: secrets::read_previous(reader, "JWT_SECRET_PREVIOUS"),
            signing: Signing::read(reader),
            issuer: reader.text("JWT_ISSUER").unwrap_or("latchkey".into()),
            audience: reader.text("JWT_AUDIENCE").unwrap_or("latchkey".into()),
            access_ttl: span(reader, "ACCESS_TOKEN_TTL_SECONDS", 15 * 60, DAY),
            refresh_ttl: span(reader, "REFRESH_TOKEN_TTL_SECONDS", 7 * 24 * 3600, YEAR),
            session_max_age: span(reader, "SESSION_MAX_AGE_SECONDS", 90 * 24 * 3600, 10 * YEAR),
            refresh_grace: TimeDelta::seconds(
                reader.number("REFRESH_GRACE_SECONDS", 10, 0..=300).into(),
            ),
            sessions_per_user_max: reader.number("SESSIONS_PER_USER_MAX", 50, 1..=1000),
        };
        if tokens.refresh_ttl <= tokens.access_ttl {
            reader.problem(
                "REFRESH_TOKEN_TTL_SECONDS",
                "must exceed ACCESS_TOKEN_TTL_SECONDS",
            );
        }
        for (name, claim) in [
            ("JWT_ISSUER", &tokens.issuer),
            ("JWT_AUDIENCE", &tokens.audience),
        ] {
            if claim.len() > 64 {
                reader.problem(
                    name,
                    "must be at most 64 bytes, so that a refresh token fits a phone's keychain",
                );
            }
        }
        tokens
    }
}

fn span(reader: &mut Reader, name: &str, default: u32, most: u32) -> TimeDelta {
    TimeDelta::seconds(reader.number(name, default, 1..=most).into())
}
