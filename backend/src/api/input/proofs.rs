//! Codes and links as requests carry them.

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use secrecy::{ExposeSecret, SecretString};

use crate::api::input::fields::Fields;
use crate::api::problem::Problem;
use crate::features::mail::domain::Locale;
use crate::features::proofs::domain::{Code, Link};

const CODE_FORM: &str = "A code has eight digits. Type the one from the mail.";
const LINK_FORM: &str = "This is not the token of a link. Open the link in the mail again.";
const ONE_OF_BOTH: &str = "Send either a code or the token of a link.";

/// A code or a link, one of them.
pub enum CodeOrLink {
    /// A code.
    Code(Code),
    /// A link.
    Link(Link),
}

impl CodeOrLink {
    /// Reads the fields `code` and `token`, of which one must be there.
    pub fn read(
        fields: &mut Fields,
        code: Option<&SecretString>,
        token: Option<&SecretString>,
    ) -> Option<Self> {
        match (code, token) {
            (Some(code), None) => read_code(fields, code).map(Self::Code),
            (None, Some(token)) => read_link(fields, token).map(Self::Link),
            _ => {
                fields.refuse("code", ONE_OF_BOTH);
                None
            }
        }
    }
}

/// Reads the field `code`.
pub fn read_code(fields: &mut Fields, code: &SecretString) -> Option<Code> {
    fields.read("code", Code::parse(code.expose_secret()).ok_or(CODE_FORM))
}

/// Reads the field `token`.
pub fn read_link(fields: &mut Fields, token: &SecretString) -> Option<Link> {
    fields.read("token", Link::parse(token.expose_secret()).ok_or(LINK_FORM))
}

/// The language that the client's person reads.
pub struct Reader(pub Locale);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(ACCEPT_LANGUAGE);
        let header = header.and_then(|value| value.to_str().ok());
        Ok(Self(Locale::negotiate(header.unwrap_or_default())))
    }
}
