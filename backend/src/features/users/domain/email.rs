//! The email addresses of accounts.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};

/// RFC 5321 allows 256 octets for a path with its angle brackets (erratum 1690).
const MAX_CHARACTERS: usize = 254;

/// An address in lower case and ASCII, so that every spelling of an address leads to the same
/// account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

/// Why a text is not a valid address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The text is blank.
    #[error("Enter an email address.")]
    Empty,
    /// It is longer than SMTP allows.
    #[error("An email address has at most 254 characters.")]
    TooLong,
    /// It is not of the form `name@domain.tld`.
    #[error("Enter an email address of the form name@example.com.")]
    Malformed,
}

impl Email {
    /// Trims and lower-cases `text`, converts its domain to ASCII (UTS 46) and checks the form.
    ///
    /// The part before the `@` must be ASCII, because look-alike letters would let one address
    /// imitate another. The text of an [`EmailError`] is meant for the person who typed the
    /// address.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(EmailError::TooLong);
        }
        let (name, domain) = text.rsplit_once('@').ok_or(EmailError::Malformed)?;
        let domain = to_ascii(domain).ok_or(EmailError::Malformed)?;
        let text = format!("{}@{domain}", name.to_ascii_lowercase());
        if text.chars().count() > MAX_CHARACTERS {
            return Err(EmailError::TooLong);
        }
        let form = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if !is_plain || EmailAddress::parse_with_options(&text, form).is_err() {
            return Err(EmailError::Malformed);
        }
        Ok(Self(text))
    }

    /// Converts a part of an address to the stored form, to search by it. A label of an
    /// international domain is found only as a whole.
    pub fn fold_part(text: &str) -> String {
        let (name, domain) = match text.rfind('@') {
            Some(at) => text.split_at(at + 1),
            None => ("", text),
        };
        match to_ascii(domain) {
            Some(domain) => name.to_lowercase() + &domain,
            None => text.to_lowercase(),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what stands behind the `@`, in ASCII.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The part before the `@`.
    pub fn name(&self) -> &str {
        self.0.split_once('@').map_or("", |(name, _)| name)
    }
}

/// Converts a domain to ASCII. A domain that is already ASCII is not checked further: existing
/// accounts may have it, and if it is invalid, no other spelling leads to it.
fn to_ascii(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_ascii_lowercase());
    }
    idna::domain_to_ascii(domain).ok()
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lower_cased() {
        let email = Email::parse("  Ada.Lovelace@Example.COM\n").unwrap();
        assert_eq!(email.as_str(), "ada.lovelace@example.com");
        assert_eq!(email.name(), "ada.lovelace");
    }

    #[test]
    fn what_cannot_receive_mail_is_refused() {
        for text in [
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@@example.com",
            "a b@example.com",
            "ada@exa mple.com",
            "ada@[127.0.0.1]",
            "Ada <ada@example.com>",
            "ada@.example.com",
            "ada@example..com",
            "ada@-example.com",
            "ada\0@example.com",
            "\"a b\"@example.com",
            "аda@example.com",
            "ada\u{ff20}example.com",
            "ada@b\u{ff20}example.com",
            "ada@exa\u{a0}mple.com",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text:?}");
        }
        assert_eq!(Email::parse(" \t"), Err(EmailError::Empty));
    }

    #[test]
    fn the_longest_address_has_254_characters() {
        let domain = format!("{0}.{0}.{0}.com", "d".repeat(61));
        let longest = format!("{}@{domain}", "n".repeat(64));
        assert_eq!(longest.len(), 254);
        assert!(
            Email::parse(&longest).is_ok(),
            "{:?}",
            Email::parse(&longest)
        );
        assert_eq!(
            Email::parse(&longest.replace(".com", ".coms")),
            Err(EmailError::TooLong)
        );
    }

    #[test]
    fn a_domain_is_kept_in_ascii_however_it_is_typed() {
        for (typed, kept) in [
            ("ada@b\u{fc}cher.example", "ada@xn--bcher-kva.example"),
            ("ada@BU\u{308}CHER.example", "ada@xn--bcher-kva.example"),
            ("ada@XN--bcher-KVA.example", "ada@xn--bcher-kva.example"),
            (
                "ada@b\u{fc}cher\u{3002}example",
                "ada@xn--bcher-kva.example",
            ),
            ("ada@\u{ff45}xample.com", "ada@example.com"),
            // Non-transitional processing keeps these two domains distinct.
            ("ada@stra\u{df}e.example", "ada@xn--strae-oqa.example"),
            ("ada@strasse.example", "ada@strasse.example"),
            // Invalid, but unambiguous.
            ("ada@xn--a.example", "ada@xn--a.example"),
        ] {
            let email = Email::parse(typed).unwrap();
            assert_eq!(email.as_str(), kept, "{typed}");
        }
        let long = format!("ada@{}.example", "\u{fc}".repeat(70));
        assert_eq!(Email::parse(&long), Err(EmailError::Malformed));
    }

    #[test]
    fn a_part_of_an_address_is_found_in_it() {
        let email = Email::parse("Ada.L@b\u{fc}cher.example").unwrap();
        for part in [
            "ADA",
            "a.l@",
            "@b\u{fc}cher",
            "B\u{dc}CHER",
            "\u{fc}cher.example",
            "xn--B",
            "x",
        ] {
            let is_found = email.as_str().contains(&Email::fold_part(part));
            assert_eq!(is_found, !part.starts_with('\u{fc}'), "{part}");
        }
    }

    proptest! {
        #[test]
        fn parsing_an_international_domain_twice_changes_nothing(
            text in "[a-zA-Z]{1,8}@([xX][nN]--)?[a-zß-ӿ一-三Ａ-ｚ\u{200c}-\u{200d}-]{1,12}[.。](xn--)?[a-zß-ʯ]{2,8}"
        ) {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert!(email.as_str().is_ascii());
            }
        }

        #[test]
        fn parsing_twice_changes_nothing(text in "\\PC{0,20}@\\PC{0,20}\\.[a-zA-Z]{2,5}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
