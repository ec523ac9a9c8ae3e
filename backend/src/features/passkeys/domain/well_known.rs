//! The files under `/.well-known` by which systems and browsers learn which apps and sites belong together.

use serde_json::{Value, json};

use crate::config::{AndroidApp, Origin, Passkeys};

/// For iOS and macOS: <https://developer.apple.com/documentation/xcode/supporting-associated-domains>
pub const APPLE: &str = "/.well-known/apple-app-site-association";
/// For Android: <https://developers.google.com/digital-asset-links>
pub const ANDROID: &str = "/.well-known/assetlinks.json";
/// Origins outside the domain that use its passkeys (WebAuthn Level 3, §5.11).
pub const RELATED_ORIGINS: &str = "/.well-known/webauthn";
/// Where passkeys are added and managed: <https://www.w3.org/TR/passkey-endpoints/>
pub const ENDPOINTS: &str = "/.well-known/passkey-endpoints";

/// The page of the client for passkeys.
const PAGE: &str = "/account/security";

/// The pages that mails lead to, which the apps open.
const MAILED_PAGES: [&str; 5] = [
    "/verify",
    "/reset",
    "/confirm-email",
    "/undo",
    "/invitation",
];

/// The files that these settings make, by path. None is empty.
pub fn files(settings: &Passkeys, public_url: &Origin) -> Vec<(&'static str, Value)> {
    let mut files = Vec::new();
    if !settings.apple_apps.is_empty() {
        files.push((APPLE, for_apple(&settings.apple_apps)));
    }
    if !settings.android_apps.is_empty() {
        files.push((ANDROID, for_android(settings)));
    }
    let related = settings.related_origins();
    if !related.is_empty() {
        files.push((RELATED_ORIGINS, json!({"origins": related})));
    }
    if settings.is_on {
        let page = format!("{}{PAGE}", public_url.as_str());
        files.push((ENDPOINTS, json!({"enroll": page, "manage": page})));
    }
    files
}

fn for_apple(apps: &[String]) -> Value {
    let components = MAILED_PAGES.map(|page| json!({"/": page}));
    json!({
        "applinks": {"details": [{"appIDs": apps, "components": components}]},
        "webcredentials": {"apps": apps},
    })
}

/// Passkeys need `get_login_creds`, and links that open the app `handle_all_urls`.
fn for_android(settings: &Passkeys) -> Value {
    let statement = |app: &AndroidApp| {
        json!({
            "relation": [
                "delegate_permission/common.handle_all_urls",
                "delegate_permission/common.get_login_creds",
            ],
            "target": {
                "namespace": "android_app",
                "package_name": app.package,
                "sha256_cert_fingerprints": [app.fingerprint_text()],
            },
        })
    };
    settings.android_apps.iter().map(statement).collect()
}
