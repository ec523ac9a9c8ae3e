//! Putting a letter into words.

use minijinja::Error;
use uuid::Uuid;

use crate::config::Config;
use crate::features::mail::domain::{Letter, Locale, Use, in_words};
use crate::features::mail::memory::templates::{Rendered, Templates, Values};

/// The color of buttons unless `BRAND_ACCENT` is set.
const ACCENT: &str = "#2457c5";

/// A mail in words.
#[derive(Clone, Debug)]
pub struct Written {
    /// Subject, text and HTML.
    pub rendered: Rendered,
    /// Its code, if it has one to type.
    pub code: Option<String>,
    /// Its link, if it has one.
    pub link: Option<String>,
}

/// Writes a letter in a language. Links come from `PUBLIC_URL` alone.
///
/// # Errors
///
/// A template of `MAIL_TEMPLATES_DIR` asks for what this letter does not have.
pub fn write(
    templates: &Templates,
    config: &Config,
    letter: &Letter,
    locale: Locale,
) -> Result<Written, Error> {
    let public = config.public_url.as_str();
    let address = |page: &str, token: &str| Some(format!("{public}{page}#{token}"));
    let (code, link) = match letter.secrets() {
        Use::None => (None, None),
        Use::Code(secrets) => (Some(&secrets.code), None),
        Use::Link(page, secrets) => (None, address(page, &secrets.link)),
        Use::Either(page, secrets) | Use::Both(page, secrets) => {
            (Some(&secrets.code), address(page, &secrets.link))
        }
    };
    let is_known = matches!(letter, Letter::AlreadyRegistered);
    let circumstances = letter.circumstances();
    let values = Values {
        code: code.map(|code| group(code)),
        link: link.or_else(|| is_known.then(|| format!("{public}/"))),
        expires: !matches!(letter.secrets(), Use::None),
        undo: matches!(letter.secrets(), Use::Both(..)),
        at: circumstances.map(|it| in_words(it.at, locale)),
        browser: circumstances.and_then(|it| it.browser.clone()),
        system: circumstances.and_then(|it| it.system.clone()),
        ..common(config, locale)
    };
    Ok(Written {
        rendered: templates.render(letter.kind(), &values)?,
        code: values.code,
        link: values.link,
    })
}

/// Writes the mail by which an operator tries the settings.
///
/// # Errors
///
/// As [`write()`].
pub fn write_test(templates: &Templates, config: &Config) -> Result<Rendered, Error> {
    templates.render("test", &common(config, Locale::En))
}

/// What stands in every mail.
fn common(config: &Config, locale: Locale) -> Values<'_> {
    let accent = config.brand.accent.as_deref().unwrap_or(ACCENT);
    Values {
        locale: locale.as_str(),
        brand: Some(&config.brand),
        accent,
        on_accent: on(accent),
        ..Values::default()
    }
}

/// Names a mail for ever (RFC 5322, 3.6.4): one that is sent again is the same mail.
pub fn message_id(config: &Config, id: Uuid) -> String {
    format!("<{id}@{}>", config.public_url.host())
}

/// Writes eight digits as 4+4.
fn group(code: &str) -> String {
    let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
    format!("{first} {second}").trim_end().to_owned()
}

/// Returns black or white, whichever is easier to read on a color (WCAG 2.2, relative luminance).
fn on(color: &str) -> &'static str {
    let channel = |at: usize| {
        let digits = color.get(at..at + 2).unwrap_or_default();
        let value = f64::from(u8::from_str_radix(digits, 16).unwrap_or_default()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    if luminance > 0.179 {
        "#000000"
    } else {
        "#ffffff"
    }
}

#[cfg(test)]
mod tests;
