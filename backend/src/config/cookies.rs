//! Cookie attributes.

use super::reader::Reader;

/// The `SameSite` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sent only with requests from the same site.
    Strict,
    /// Also sent when a link on another site is followed.
    Lax,
    /// Always sent; for a client on another site.
    None,
}

/// Cookie attributes.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// `COOKIE_SECURE`: HTTPS only, with prefixed names; always true in production.
    pub is_secure: bool,
    /// `COOKIE_SAMESITE`.
    pub same_site: SameSite,
}

impl Cookies {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let is_secure = reader.flag("COOKIE_SECURE", reader.is_production);
        if reader.is_production && !is_secure {
            reader.problem("COOKIE_SECURE", "must not be false in production");
        }
        let same_site = reader.choice(
            "COOKIE_SAMESITE",
            &[
                ("strict", SameSite::Strict),
                ("lax", SameSite::Lax),
                ("none", SameSite::None),
            ],
            SameSite::Strict,
        );
        if same_site == SameSite::None && !is_secure {
            reader.problem(
                "COOKIE_SAMESITE",
                "none needs COOKIE_SECURE=true: browsers drop such cookies otherwise",
            );
        }
        Self {
            is_secure,
            same_site,
        }
    }
}
