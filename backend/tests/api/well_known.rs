//! The files by which systems and browsers learn which apps and sites belong together.

use serde_json::{Value, json};

use crate::support::Service;

const FINGERPRINT: &str = "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5";
const APPLE: &str = "/.well-known/apple-app-site-association";
const ANDROID: &str = "/.well-known/assetlinks.json";
const RELATED: &str = "/.well-known/webauthn";
const ENDPOINTS: &str = "/.well-known/passkey-endpoints";

fn with_apps() -> Service {
    let android = format!("com.example.app/{FINGERPRINT}");
    Service::with(&[
        ("PUBLIC_URL", "https://example.com"),
        ("APPLE_APP_ID", "ABCDE12345.com.example.app"),
        ("ANDROID_APP", &android),
        (
            "PASSKEY_ORIGINS",
            "https://example.com, https://example.org",
        ),
    ])
}

async fn read(service: &Service, path: &str) -> Value {
    let answer = service.anonymous().get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer}");
    // Apple takes no other type, and no redirect.
    assert_eq!(answer.content_type(), "application/json");
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    answer.json()
}

#[tokio::test]
async fn apple_learns_which_apps_share_passkeys_and_open_the_links_of_mails() {
    let found = read(&with_apps(), APPLE).await;
    let apps = json!(["ABCDE12345.com.example.app"]);
    assert_eq!(found["webcredentials"], json!({"apps": apps}));
    let details = &found["applinks"]["details"][0];
    assert_eq!(details["appIDs"], apps);
    let paths = [
        "/verify",
        "/reset",
        "/confirm-email",
        "/undo",
        "/invitation",
    ];
    let components = paths.map(|path| json!({"/": path}));
    assert_eq!(details["components"], json!(components));
}

#[tokio::test]
async fn android_learns_both_relations_of_an_app() {
    let found = read(&with_apps(), ANDROID).await;
    let statement = json!({
        "relation": [
            "delegate_permission/common.handle_all_urls",
            "delegate_permission/common.get_login_creds",
        ],
        "target": {
            "namespace": "android_app",
            "package_name": "com.example.app",
            "sha256_cert_fingerprints": [FINGERPRINT],
        },
    });
    assert_eq!(found, json!([statement]));
}

#[tokio::test]
async fn browsers_learn_the_origins_outside_the_domain() {
    let found = read(&with_apps(), RELATED).await;
    assert_eq!(found, json!({"origins": ["https://example.org"]}));
}

#[tokio::test]
async fn password_managers_learn_where_passkeys_are_added() {
    let found = read(&with_apps(), ENDPOINTS).await;
    let page = "https://example.com/account/security";
    assert_eq!(found, json!({"enroll": page, "manage": page}));
}

#[tokio::test]
async fn what_no_setting_names_is_missing() {
    let service = Service::with(&[("PUBLIC_URL", "http://192.0.2.1:8080")]);
    for path in [APPLE, ANDROID, RELATED, ENDPOINTS] {
        let answer = service.anonymous().get(path).await;
        answer.assert_problem("not_found");
    }
}
