//! `BRAND_*` and the links that clients and mails show: how the product presents itself.

use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use super::reader::Reader;

const MAX_NAME_CHARACTERS: usize = 60;

/// How the product presents itself in the client and in mails.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Brand {
    /// `BRAND_NAME`: the product's name.
    #[schema(example = "Latchkey")]
    pub name: String,
    /// `BRAND_LOGO_URL`: a picture of 3:1 at most; the client shows its own when unset.
    pub logo_url: Option<String>,
    /// `BRAND_ACCENT`: the color of buttons and links, as `#rrggbb`.
    #[schema(example = "#2457c5")]
    pub accent: Option<String>,
    /// `TERMS_URL`: the terms of service.
    pub terms_url: Option<String>,
    /// `PRIVACY_URL`: the privacy policy.
    pub privacy_url: Option<String>,
    /// `SUPPORT_URL`: where people get help.
    pub support_url: Option<String>,
}

impl Brand {
    /// Returns the origin of the logo, which pages must be allowed to load it from.
    pub fn logo_origin(&self) -> Option<String> {
        let url = Url::parse(self.logo_url.as_ref()?).ok()?;
        Some(url.origin().ascii_serialization())
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            name: read_name(reader),
            logo_url: read_link(reader, "BRAND_LOGO_URL", &["https"]),
            accent: read_accent(reader),
            terms_url: read_link(reader, "TERMS_URL", &["https"]),
            privacy_url: read_link(reader, "PRIVACY_URL", &["https"]),
            support_url: read_link(reader, "SUPPORT_URL", &["https", "mailto"]),
        }
    }
}

fn read_name(reader: &mut Reader) -> String {
    const NAME: &str = "BRAND_NAME";
    let name = reader.text(NAME).unwrap_or("Latchkey".into());
    if name.chars().count() > MAX_NAME_CHARACTERS || name.chars().any(char::is_control) {
        reader.problem(
            NAME,
            "must have at most 60 characters, and no control characters",
        );
    }
    name
}

fn read_accent(reader: &mut Reader) -> Option<String> {
    const NAME: &str = "BRAND_ACCENT";
    let text = reader.text(NAME)?;
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    reader.problem(NAME, "not a color; write #2457c5");
    None
}

fn read_link(reader: &mut Reader, name: &str, schemes: &[&str]) -> Option<String> {
    let text = reader.text(name)?;
    match Url::parse(&text) {
        Ok(url) if schemes.contains(&url.scheme()) => Some(url.into()),
        _ => {
            let schemes = schemes.join(" or ");
            reader.problem(
                name,
                format_args!("not an address that begins with {schemes}:"),
            );
            None
        }
    }
}
