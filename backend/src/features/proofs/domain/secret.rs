//! Codes and links.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

const CODE_DIGITS: usize = 8;
const LINK_BYTES: usize = 32;

/// Eight digits for a person to type: 26 bits, which five tries at each and 20 proofs a day make enough
/// (NIST SP 800-63B, 5.1.3.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// Makes a code of random bytes. Eight of them, so that no code is likelier than another by more
    /// than one in 10^11.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        let number = u64::from_be_bytes(bytes) % 100_000_000;
        Self(Zeroizing::new(format!("{number:08}")))
    }

    /// Reads what was typed: blanks and hyphens between the digits do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let is_separator =
            |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let digits: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .take(4 * CODE_DIGITS)
                .filter(|c| !is_separator(c))
                .collect(),
        );
        let is_code = digits.len() == CODE_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        is_code.then_some(Self(digits))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what is kept of the code of one proof: a code of another one never equals it.
    pub fn keyed(&self, proof: Uuid) -> Vec<u8> {
        [b"code ", proof.as_bytes().as_slice(), self.0.as_bytes()].concat()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// The token in a link: 256 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(Zeroizing<String>);

impl Link {
    /// Makes a token of random bytes.
    pub fn from_random(bytes: [u8; LINK_BYTES]) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a token.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        (bytes.len() == LINK_BYTES).then(|| Self(Zeroizing::new(text.trim().to_owned())))
    }

    /// Returns the token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what is kept of the token.
    pub fn keyed(&self) -> Vec<u8> {
        [b"link ", self.0.as_bytes()].concat()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

/// The secrets of a proof, as a mail carries them. Sealed wherever they are kept.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// Eight digits, to be typed.
    pub code: String,
    /// The token behind the `#` of the link.
    pub link: String,
}

impl Secrets {
    /// Takes a code and a link.
    pub fn new(code: &Code, link: &Link) -> Self {
        Self {
            code: code.as_str().to_owned(),
            link: link.as_str().to_owned(),
        }
    }
}

/// What somebody presents as proof.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A code, for the flow that it was sent for.
    Code(Uuid, Code),
    /// A link.
    Link(Link),
    /// A link, where only the flow that it was sent for counts.
    LinkOf(Uuid, Link),
    /// A link and the code in the same mail, both of which are needed.
    Both(Link, Code),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_grouped() {
        for text in [
            "12345678",
            "1234 5678",
            " 1234-5678 ",
            "1234\u{a0}5678",
            "12 34 56 78",
        ] {
            assert_eq!(Code::parse(text).unwrap().as_str(), "12345678", "{text}");
        }
        for text in [
            "",
            "1234567",
            "123456789",
            "1234567a",
            "１２３４５６７８",
            "1234_5678",
        ] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_keeps_its_leading_zeros() {
        assert_eq!(Code::from_random([0; 8]).as_str(), "00000000");
    }

    #[test]
    fn a_link_is_read_in_full_only() {
        let link = Link::from_random([7; 32]);
        assert_eq!(Link::parse(link.as_str()), Some(link.clone()));
        assert_eq!(Link::parse(&link.as_str()[..42]), None);
        assert_eq!(Link::parse(""), None);
    }

    #[test]
    fn what_is_shown_of_a_secret_is_nothing() {
        assert_eq!(format!("{:?}", Code::from_random([0; 8])), "Code(…)");
        assert_eq!(format!("{:?}", Link::from_random([7; 32])), "Link(…)");
    }
}
