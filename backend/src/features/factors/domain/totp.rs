//! Codes of authenticator apps (RFC 6238): six digits, SHA-1, 30 seconds.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const DIGITS: usize = 6;
const STEP_SECONDS: i64 = 30;

/// How many steps a phone's clock may be off, either way.
const MAX_DRIFT: i64 = 1;

/// The bytes of a secret: as many as SHA-1 gives (RFC 4226, 4).
const SECRET_BYTES: usize = 20;

/// The secret that an app shares with the service.
#[derive(Clone)]
pub struct TotpSecret([u8; SECRET_BYTES]);

/// A code as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpCode(String);

impl TotpCode {
    /// Reads six digits; blanks and hyphens do not count.
    pub fn parse(typed: &str) -> Option<Self> {
        let is_filler = |character: &char| matches!(character, '-' | ' ' | '\u{a0}');
        // More than any way of writing six digits.
        let digits: String = typed.chars().take(32).filter(|it| !is_filler(it)).collect();
        let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(digits))
    }
}

impl TotpSecret {
    /// Makes a secret of random bytes.
    pub fn from_random(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the bytes that were kept.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the bytes to keep.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the secret as somebody can type it: base32 (RFC 4648).
    pub fn to_base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// Returns the address that apps read from a QR code.
    pub fn to_uri(&self, issuer: &str, account: &str) -> String {
        let issuer = utf8_percent_encode(issuer, NON_ALPHANUMERIC);
        let account = utf8_percent_encode(account, NON_ALPHANUMERIC);
        let secret = self.to_base32();
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
             &algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
        )
    }

    /// Finds the step that a code belongs to: this one, or one beside it. Compares with all of them, so
    /// that the time does not tell which.
    pub fn find_step(&self, code: &TotpCode, now: DateTime<Utc>) -> Option<i64> {
        let current = now.timestamp().div_euclid(STEP_SECONDS);
        let steps = current - MAX_DRIFT..=current + MAX_DRIFT;
        steps.fold(None, |found, step| {
            let expected = self.code_at(step);
            let is_equal = aws_lc_rs::constant_time::verify_slices_are_equal(
                expected.as_bytes(),
                code.0.as_bytes(),
            );
            if is_equal.is_ok() { Some(step) } else { found }
        })
    }

    /// The code of a step (RFC 4226, 5.3).
    fn code_at(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
        let number = tag[offset..offset + 4]
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn code(text: &str) -> TotpCode {
        TotpCode::parse(text).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let secret = TotpSecret(*b"12345678901234567890");
        // Appendix B, of whose eight digits an app shows the last six.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = secret.find_step(&code(expected), at(seconds));
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_phone_may_be_thirty_seconds_off_and_no_more() {
        let secret = TotpSecret(*b"12345678901234567890");
        let step = 37_037_037;
        let shown = TotpCode(secret.code_at(step));
        for (drift, expected) in [(-2, None), (-1, Some(step)), (1, Some(step)), (2, None)] {
            let now = at((step + drift) * 30 + 29);
            assert_eq!(secret.find_step(&shown, now), expected, "{drift}");
        }
    }

    #[test]
    fn a_code_may_be_typed_with_blanks() {
        for typed in ["123456", "123 456", " 123-456 ", "1 2 3 4 5 6"] {
            assert_eq!(TotpCode::parse(typed), Some(TotpCode("123456".into())));
        }
        for typed in [
            "",
            "12345",
            "1234567",
            "12345a",
            "１２３４５６",
            &"1".repeat(99),
        ] {
            assert_eq!(TotpCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_address_for_apps_escapes_what_has_a_meaning() {
        let secret = TotpSecret(*b"12345678901234567890");
        let uri = secret.to_uri("A & B: c", "ada+x@example.com");
        assert_eq!(
            uri,
            "otpauth://totp/A%20%26%20B%3A%20c:ada%2Bx%40example%2Ecom?secret=\
             GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B%3A%20c&algorithm=SHA1&digits=6&period=30"
        );
    }
}
