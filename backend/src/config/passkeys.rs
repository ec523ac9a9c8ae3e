//! `PASSKEY_RP_ID`, `PASSKEY_ORIGINS`, `APPLE_APP_ID`, `ANDROID_APP`: where passkeys work, and the apps
//! that belong to the site.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use url::{Host, Url};

use super::http::Origin;
use super::reader::Reader;

/// What the origin of an Android app begins with.
const ANDROID: &str = "android:apk-key-hash:";

const FINGERPRINT_BYTES: usize = 32;

/// Where passkeys work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkeys {
    /// `PASSKEY_RP_ID`: the domain that passkeys belong to. Passkeys of another one do not work.
    pub rp_id: String,
    /// Whether browsers can use that domain.
    pub is_on: bool,
    /// `PASSKEY_ORIGINS`, and those of the apps: an exact list.
    pub origins: Vec<String>,
    /// `APPLE_APP_ID`: the apps for iOS and macOS, with team and bundle.
    pub apple_apps: Vec<String>,
    /// `ANDROID_APP`: the apps for Android.
    pub android_apps: Vec<AndroidApp>,
}

/// An app for Android.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AndroidApp {
    /// Its name.
    pub package: String,
    /// The SHA-256 of the certificate that signed it.
    pub fingerprint: [u8; FINGERPRINT_BYTES],
}

impl Passkeys {
    pub(super) fn read(reader: &mut Reader, public_url: &Origin) -> Self {
        let rp_id = read_rp_id(reader, public_url);
        let apple_apps = read_apple_apps(reader);
        let android_apps = read_android_apps(reader);
        let mut origins = read_origins(reader, public_url);
        check_rp_id(reader, &rp_id, &origins);
        // The origin that iOS reports for an app.
        let of_apple = (!apple_apps.is_empty()).then(|| format!("https://{rp_id}"));
        let of_android = android_apps.iter().map(AndroidApp::origin);
        for origin in of_apple.into_iter().chain(of_android) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        let is_local = rp_id == "localhost";
        Self {
            is_on: is_domain(&rp_id) && !(is_local && reader.is_production),
            rp_id,
            origins,
            apple_apps,
            android_apps,
        }
    }

    /// Lists the web origins outside the domain, which browsers look up in `/.well-known/webauthn`.
    pub fn related_origins(&self) -> Vec<&str> {
        let origins = self.origins.iter().map(String::as_str);
        let is_related =
            |origin: &&str| !origin.starts_with(ANDROID) && !is_within(origin, &self.rp_id);
        origins.filter(is_related).collect()
    }
}

impl AndroidApp {
    /// Parses `com.example.app/AB:CD:…`.
    fn parse(text: &str) -> Option<Self> {
        let (package, fingerprint) = text.split_once('/')?;
        let is_name = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part
                    .chars()
                    .all(|one| one.is_ascii_alphanumeric() || one == '_')
        };
        if !package.contains('.') || !package.split('.').all(is_name) {
            return None;
        }
        let byte = |pair: &str| {
            (pair.len() == 2)
                .then(|| u8::from_str_radix(pair, 16).ok())
                .flatten()
        };
        let bytes: Vec<u8> = fingerprint.split(':').map(byte).collect::<Option<_>>()?;
        Some(Self {
            package: package.to_owned(),
            fingerprint: bytes.try_into().ok()?,
        })
    }

    /// The origin that Android reports for the app.
    pub fn origin(&self) -> String {
        format!(
            "{ANDROID}{}",
            BASE64_URL_SAFE_NO_PAD.encode(self.fingerprint)
        )
    }

    /// The fingerprint as Android's tools print it.
    pub fn fingerprint_text(&self) -> String {
        let pairs: Vec<_> = self
            .fingerprint
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        pairs.join(":")
    }
}

fn read_rp_id(reader: &mut Reader, public_url: &Origin) -> String {
    const NAME: &str = "PASSKEY_RP_ID";
    let Some(text) = reader.text(NAME) else {
        return public_url.host();
    };
    match Host::parse(&text) {
        Ok(Host::Domain(domain)) if is_domain(&domain) => domain,
        _ => {
            reader.problem(NAME, "not a domain; write example.com");
            public_url.host()
        }
    }
}

/// A domain that can own passkeys: browsers refuse addresses and top-level domains.
fn is_domain(text: &str) -> bool {
    let is_name = matches!(Host::parse(text), Ok(Host::Domain(_)));
    is_name && (text == "localhost" || text.contains('.')) && !text.ends_with('.')
}

fn read_origins(reader: &mut Reader, public_url: &Origin) -> Vec<String> {
    const NAME: &str = "PASSKEY_ORIGINS";
    let items = reader.list(NAME);
    if items.is_empty() {
        return vec![public_url.as_str().to_owned()];
    }
    let mut origins = Vec::new();
    for item in items {
        match read_origin(&item, reader.is_production) {
            Ok(origin) => origins.push(origin),
            Err(problem) => reader.problem(NAME, format_args!("{item}: {problem}")),
        }
    }
    origins
}

fn read_origin(text: &str, is_production: bool) -> Result<String, &'static str> {
    if let Some(hash) = text.strip_prefix(ANDROID) {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(hash);
        let is_hash = bytes.is_ok_and(|bytes| bytes.len() == FINGERPRINT_BYTES);
        let wrong = "not the SHA-256 of a certificate in base64url";
        return is_hash.then(|| text.to_owned()).ok_or(wrong);
    }
    let wrong = "not an origin; write https://app.example.com";
    let origin = Origin::parse(text).ok_or(wrong)?;
    if is_production && !origin.as_str().starts_with("https://") {
        return Err("only https in production");
    }
    Ok(origin.as_str().to_owned())
}

/// Browsers let a page use the passkeys of its own domain or of one above it.
fn check_rp_id(reader: &mut Reader, rp_id: &str, origins: &[String]) {
    let is_any_web = origins.iter().any(|origin| !origin.starts_with(ANDROID));
    let is_set = ["PASSKEY_RP_ID", "PASSKEY_ORIGINS"].map(|name| reader.text(name).is_some());
    if is_set.contains(&true)
        && is_any_web
        && !origins.iter().any(|origin| is_within(origin, rp_id))
    {
        reader.problem(
            "PASSKEY_RP_ID",
            format_args!(
                "no page of PASSKEY_ORIGINS is on {rp_id} or below it, so none can use its passkeys"
            ),
        );
    }
}

/// Tells whether a web origin is on a domain or below it.
fn is_within(origin: &str, domain: &str) -> bool {
    let url = Url::parse(origin).ok();
    let Some(host) = url.as_ref().and_then(Url::host_str) else {
        return false;
    };
    let below = host.strip_suffix(domain);
    below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

fn read_apple_apps(reader: &mut Reader) -> Vec<String> {
    const NAME: &str = "APPLE_APP_ID";
    let items = reader.list(NAME);
    let (good, bad): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| is_apple_app(item));
    for item in bad {
        let example = "not a team and a bundle; write ABCDE12345.com.example.app";
        reader.problem(NAME, format_args!("{item}: {example}"));
    }
    good
}

fn is_apple_app(text: &str) -> bool {
    let Some((team, bundle)) = text.split_once('.') else {
        return false;
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || one == '-')
    };
    let is_team = |one: char| one.is_ascii_uppercase() || one.is_ascii_digit();
    team.len() == 10 && team.chars().all(is_team) && bundle.split('.').all(is_part)
}

fn read_android_apps(reader: &mut Reader) -> Vec<AndroidApp> {
    const NAME: &str = "ANDROID_APP";
    let mut apps = Vec::new();
    for item in reader.list(NAME) {
        match AndroidApp::parse(&item) {
            Some(app) => apps.push(app),
            None => reader.problem(
                NAME,
                format_args!(
                    "{item}: not a package and the SHA-256 of its certificate; write \
                     com.example.app/AB:CD:… with 32 bytes"
                ),
            ),
        }
    }
    apps
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::{Config, Invalid};

    const FINGERPRINT: &str = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:\
                               00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

    fn read(variables: &[(&str, &str)]) -> Result<Passkeys, Invalid> {
        let secret = "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq";
        let needed = [
            ("JWT_SECRET", secret),
            ("DATA_KEY", "Zq8-wR3nT6yU1iO9pA2sD5fG7hJ4kL0xC-vB"),
        ];
        let all = needed.iter().chain(variables);
        let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_variables(all.collect::<HashMap<_, _>>()).map(|config| config.passkeys)
    }

    #[test]
    fn by_default_passkeys_belong_to_the_public_address() {
        let passkeys = read(&[("PUBLIC_URL", "https://app.example.com")]).unwrap();
        assert_eq!(passkeys.rp_id, "app.example.com");
        assert_eq!(passkeys.origins, ["https://app.example.com"]);
        assert!(passkeys.is_on);
        assert!(read(&[]).unwrap().is_on, "localhost is fine in development");
        assert!(
            !read(&[("PUBLIC_URL", "http://127.0.0.1:8080")])
                .unwrap()
                .is_on
        );
    }

    #[test]
    fn apps_bring_their_origins() {
        let android = format!("com.example.app/{FINGERPRINT}");
        let passkeys = read(&[
            ("PUBLIC_URL", "https://app.example.com"),
            ("PASSKEY_RP_ID", "example.com"),
            (
                "PASSKEY_ORIGINS",
                "https://app.example.com, https://example.net",
            ),
            ("APPLE_APP_ID", "ABCDE12345.com.example.app"),
            ("ANDROID_APP", &android),
        ])
        .unwrap();
        let hash = "android:apk-key-hash:ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8";
        let web = [
            "https://app.example.com",
            "https://example.net",
            "https://example.com",
        ];
        assert_eq!(passkeys.origins, [&web[..], &[hash]].concat());
        assert_eq!(passkeys.related_origins(), ["https://example.net"]);
        assert_eq!(passkeys.android_apps[0].fingerprint_text(), FINGERPRINT);
    }

    #[test]
    fn a_look_alike_domain_is_not_below_another() {
        assert!(is_within("https://example.com", "example.com"));
        assert!(is_within("https://a.example.com:8443", "example.com"));
        assert!(!is_within("https://badexample.com", "example.com"));
        assert!(!is_within("https://example.com.evil.net", "example.com"));
        assert!(!is_within(
            "android:apk-key-hash:example.com",
            "example.com"
        ));
    }

    #[test]
    fn what_cannot_work_is_told() {
        let public = ("PUBLIC_URL", "https://app.example.com");
        for (name, value) in [
            ("PASSKEY_RP_ID", "https://example.com"),
            ("PASSKEY_RP_ID", "example.com:8443"),
            ("PASSKEY_RP_ID", "192.0.2.1"),
            ("PASSKEY_RP_ID", "com"),
            ("PASSKEY_RP_ID", "example.net"),
            ("PASSKEY_ORIGINS", "https://app.example.com/"),
            ("PASSKEY_ORIGINS", "*.example.com"),
            ("PASSKEY_ORIGINS", "https://badapp.example.com.evil.net"),
            ("PASSKEY_ORIGINS", "android:apk-key-hash:AAAA"),
            ("APPLE_APP_ID", "com.example.app"),
            ("APPLE_APP_ID", "ABCDE12345"),
            ("ANDROID_APP", "com.example.app"),
            ("ANDROID_APP", "com.example.app/AB:CD"),
            ("ANDROID_APP", "example/AB"),
        ] {
            let Invalid(problems) = read(&[public, (name, value)]).unwrap_err();
            let is_told = |line: &String| line.contains("PASSKEY_RP_ID") || line.contains(name);
            assert!(problems.iter().all(is_told), "{name}={value}: {problems:?}");
        }
    }
}
