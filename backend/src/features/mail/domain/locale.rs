//! The languages that mails are written in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language of mails and of the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// Returns the language tag (RFC 5646).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// Reads a language tag; `None` for a language that there is no text in.
    pub fn read(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default().trim();
        let is_named = |locale: &Self| locale.as_str().eq_ignore_ascii_case(language);
        Self::ALL.into_iter().find(is_named)
    }

    /// Picks from an `Accept-Language` header the language that the reader prefers (RFC 9110, 12.5.4).
    pub fn negotiate(header: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in header.split(',').take(20) {
            let mut parts = range.split(';');
            let locale = parts.next().and_then(Self::read);
            let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
            let weight = weight.map_or(Ok(1.0), str::parse::<f32>);
            if let (Some(locale), Ok(weight)) = (locale, weight)
                && weight > best.0
            {
                best = (weight, locale);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_gets_the_language_they_prefer() {
        for (header, expected) in [
            ("de-AT,de;q=0.9,en;q=0.8", Locale::De),
            ("fr,en;q=0.3,de;q=0.5", Locale::De),
            ("en, de", Locale::En),
            ("de;q=0, en;q=0.1", Locale::En),
            ("fr", Locale::En),
            ("", Locale::En),
            ("de;q=x", Locale::En),
        ] {
            assert_eq!(Locale::negotiate(header), expected, "{header}");
        }
    }
}
