//! The settings: invalid ones are reported together, and secrets are never shown.

use std::collections::HashMap;
use std::fs;

use as_root::as_root;
use insta::{assert_debug_snapshot, assert_snapshot};
use latchkey::config::{Config, Environment, Location};
use secrecy::ExposeSecret;

use crate::support::{DATA_KEY, SECRET};

/// Reads settings. Development would keep a key in the working directory, so there is one.
fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
    let is_production = variables.contains(&("ENVIRONMENT", "production"));
    let key = [("DATA_KEY", DATA_KEY)];
    let key = key.iter().filter(|_| !is_production);
    let variables = key
        .chain(variables)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_variables(variables.collect()).map_err(|invalid| invalid.to_string())
}

fn refusal(variables: &[(&str, &str)]) -> String {
    read(variables).expect_err("refused")
}

const PRODUCTION: [(&str, &str); 5] = [
    ("ENVIRONMENT", "production"),
    ("JWT_SECRET", SECRET),
    ("DATA_KEY", DATA_KEY),
    ("ALLOWED_ORIGINS", "https://app.example.com"),
    (
        "DATABASE_URL",
        "postgres://latchkey:pw@db.example.com/latchkey?sslmode=require",
    ),
];

/// The settings of a valid production service with changes.
fn production(changed: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut variables: HashMap<_, _> = PRODUCTION.into_iter().collect();
    variables.extend(changed.iter().copied());
    variables.into_iter().collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "all settings")]
fn development_needs_no_setting() {
    let config = read(&[("JWT_SECRET", SECRET)]).unwrap();
    assert_eq!(config.environment, Environment::Development);
    assert_debug_snapshot!(config, @r#"
    Config {
        environment: Development,
        bind_address: 127.0.0.1:8080,
        public_url: Origin(
            "http://localhost:8080",
        ),
        metrics_address: None,
        data_dir: ".data",
        web_dir: "mobile/dist",
        allowed_origins: [
            Origin(
                "http://localhost:8081",
            ),
        ],
        trusted_proxies: [],
        is_signup_enabled: true,
        audit_retention: TimeDelta {
            secs: 31536000,
            nanos: 0,
        },
        connections: ConnectionBounds {
            max: 10000,
            per_address_max: 512,
        },
        shutdown_delay: 0ns,
        shutdown_grace: 30s,
        database: Database {
            location: Private {
                binaries: None,
            },
            replica: None,
            pool_max_size: 20,
            pool_min_idle: 5,
            pool_timeout: 30s,
            statement_timeout: 10s,
        },
        is_revocation_strict: false,
        tokens: TokenSettings {
            secret: SecretBox<str>([REDACTED]),
            previous_secrets: [],
            signing: Secret,
            issuer: "latchkey",
            audience: "latchkey",
            access_ttl: TimeDelta {
                secs: 900,
                nanos: 0,
            },
            refresh_ttl: TimeDelta {
                secs: 604800,
                nanos: 0,
            },
            session_max_age: TimeDelta {
                secs: 7776000,
                nanos: 0,
            },
            refresh_grace: TimeDelta {
                secs: 10,
                nanos: 0,
            },
            sessions_per_user_max: 50,
        },
        data_keys: DataKeySettings {
            newest: SecretBox<str>([REDACTED]),
            previous: [],
        },
        mail: Mail {
            delivery: Mailbox,
            from: None,
            per_hour_max: 1000,
            bounce_token: None,
            templates_dir: None,
            is_verification_required: true,
            signup_domains: [],
        },
        brand: Brand {
            name: "Latchkey",
            logo_url: None,
            accent: None,
            terms_url: None,
            privacy_url: None,
            support_url: None,
        },
        cookies: Cookies {
            is_secure: false,
            same_site: Strict,
        },
        passkeys: Passkeys {
            rp_id: "localhost",
            is_on: true,
            origins: [
                "http://localhost:8080",
            ],
            apple_apps: [],
            android_apps: [],
        },
        second_factor: Optional,
        passwords: Passwords {
            memory_kib: 19456,
            iterations: 2,
            parallelism: 1,
        },
        rate_limits: RateLimits {
            general: Some(
                Rate {
                    period: 20ms,
                    burst: 100,
                },
            ),
            auth: Some(
                Rate {
                    period: 1s,
                    burst: 5,
                },
            ),
            redis: None,
        },
        logs: Logs {
            filter: "info",
            format: Pretty,
            has_colors: true,
        },
        reports: None,
        traces: None,
    }
    "#);
}

#[test]
fn production_needs_settings() {
    assert_snapshot!(refusal(&[("ENVIRONMENT", "production")]), @"
    4 problems in the configuration:
      - ALLOWED_ORIGINS: is required in production: the origins of your web clients, separated by commas, for example https://app.example.com
      - DATABASE_URL: is required in production, for example postgres://user:password@host:5432/latchkey?sslmode=require
      - JWT_SECRET: is required in production, 32 bytes or more; make one with: openssl rand -base64 48
      - DATA_KEY: is required in production, 32 bytes or more; make one with: openssl rand -base64 48
    ");
}

#[test]
fn each_setting_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let url = "postgres://latchkey:pw@db.example.com/latchkey?sslmode=require";
    let previous = "rG7mXw2-vB9nQ4tKz8yE1sJ6uLpHcD3fAoRi5TgW";
    let [database, secret, earlier, redis] = [
        ("database", format!("{url}\n")),
        ("secret", format!("{SECRET}\r\n")),
        ("previous", format!("{previous},\n{SECRET}\n")),
        ("redis", "rediss://:pw@redis.example.com\n".to_owned()),
    ]
    .map(|(name, text)| written(name, &text));
    let config = read(&[
        ("ENVIRONMENT", "production"),
        ("ALLOWED_ORIGINS", "https://app.example.com"),
        ("DATABASE_URL_FILE", &database),
        ("DATA_KEY_FILE", &secret),
        ("JWT_SECRET", ""),
        ("JWT_SECRET_FILE", &secret),
        ("JWT_SECRET_PREVIOUS_FILE", &earlier),
        ("REDIS_URL_FILE", &redis),
        ("SENTRY_DSN_FILE", ""),
    ])
    .unwrap();
    assert_eq!(config.tokens.secret.expose_secret(), SECRET);
    let earlier: Vec<_> = (config.tokens.previous_secrets.iter())
        .map(ExposeSecret::expose_secret)
        .collect();
    assert_eq!(earlier, [previous, SECRET]);
    let Location::Url { pooled, .. } = config.database.location else {
        panic!("a database is named");
    };
    assert_eq!(pooled.expose_secret(), url);
    assert!(config.rate_limits.redis.is_some());
}

#[test]
fn a_file_that_cannot_stand_for_a_setting_is_told_with_its_name_once() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::write(&empty, "\n").unwrap();
    let told = refusal(&[
        ("JWT_SECRET", SECRET),
        ("JWT_SECRET_FILE", "/run/secrets/jwt"),
        ("BIND_ADDRESS_FILE", "/nowhere/address"),
        ("REDIS_URL_FILE", empty.to_str().unwrap()),
    ]);
    assert_snapshot!(told.replace(folder.path().to_str().unwrap(), "…"), @r"
    3 problems in the configuration:
      - BIND_ADDRESS_FILE: /nowhere/address: No such file or directory (os error 2)
      - JWT_SECRET_FILE: is set, and so is JWT_SECRET; keep one of the two
      - REDIS_URL_FILE: …/empty: the file is empty
    ");
}

#[test]
fn cookies_are_secure_in_production() {
    assert!(read(&production(&[])).unwrap().cookies.is_secure);
}

#[test]
fn everything_unsafe_is_refused_in_production_at_once() {
    let unsafe_settings = [
        ("ENVIRONMENT", "production"),
        ("JWT_SECRET", "please-change-me-please-change-me"),
        (
            "JWT_SECRET_PREVIOUS",
            "short, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (
            "ALLOWED_ORIGINS",
            "*, http://app.example.com, https://*.example.com",
        ),
        (
            "DATABASE_URL",
            "postgres://latchkey:pw@db.example.com/latchkey?sslmode=prefer",
        ),
        ("COOKIE_SECURE", "false"),
        ("COOKIE_SAMESITE", "none"),
        ("ARGON2_MEMORY_KIB", "1024"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ];
    assert_snapshot!(refusal(&unsafe_settings), @"
    12 problems in the configuration:
      - ALLOWED_ORIGINS: *: wildcards cannot be allowed together with cookies
      - ALLOWED_ORIGINS: http://app.example.com: only https in production
      - ALLOWED_ORIGINS: https://*.example.com: wildcards cannot be allowed together with cookies
      - TRUSTED_PROXIES: 0.0.0.0/0: would let every client choose its own address
      - DATABASE_URL: add sslmode=require (or verify-full): the connection leaves this machine unencrypted; DATABASE_ALLOW_PLAINTEXT=true accepts that
      - JWT_SECRET: looks like a sample value; make one with: openssl rand -base64 48
      - JWT_SECRET_PREVIOUS: must be at least 32 bytes long; make one with: openssl rand -base64 48
      - JWT_SECRET_PREVIOUS: looks like a sample value; make one with: openssl rand -base64 48
      - DATA_KEY: is required in production, 32 bytes or more; make one with: openssl rand -base64 48
      - COOKIE_SECURE: must not be false in production
      - COOKIE_SAMESITE: none needs COOKIE_SECURE=true: browsers drop such cookies otherwise
      - ARGON2_MEMORY_KIB: must be at least 7168 in production
    ");
}

#[test]
fn a_secret_that_could_be_guessed_is_refused_in_production() {
    for secret in [
        "latchkey-latchkey-latchkey-latchkey",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "battery-staple-battery-staple-battery",
        "MonkeyDragonMonkeyDragonMonkeyDragon!",
        "mysupersafejwtkeymysupersafejwtkey",
    ] {
        for name in ["JWT_SECRET", "JWT_SECRET_PREVIOUS"] {
            let told = read(&production(&[(name, secret)])).expect_err(secret);
            let wanted = format!("- {name}: could be guessed;");
            assert!(told.contains(&wanted), "{secret}: {told}");
            assert!(!told.contains(secret), "{told}");
        }
    }
    for secret in [
        "3f9a1c07e5b24d8896ef02b7d1a4c35e",
        "7YmT3dKqZc0vXn1hRfWb5gLsJp8uEa2i",
        "0b9f6c1e-7a55-4d0c-9a3b-52e1c8d7f604",
        "WfEQXkqzMNnnWTJfnRLkBsHTFmuwhQGYcHyYFeZhNwj2Bv1UlbQCWmXnEY5J0Z3a",
        "unrelated cobalt vestibule giraffe monsoon plywood quench tartan",
    ] {
        let accepted = read(&production(&[("JWT_SECRET", secret)]));
        assert!(accepted.is_ok(), "{secret}: {accepted:?}");
    }
}

#[test]
fn hashes_that_cost_an_attacker_too_little_are_refused_in_production() {
    let with = |memory_kib, iterations| {
        production(&[
            ("ARGON2_MEMORY_KIB", memory_kib),
            ("ARGON2_ITERATIONS", iterations),
        ])
    };
    assert_snapshot!(refusal(&with("7168", "4")), @r"
    1 problem in the configuration:
      - ARGON2_ITERATIONS: must be at least 5 in production with ARGON2_MEMORY_KIB=7168
    ");
    assert_snapshot!(refusal(&with("19456", "1")), @r"
    1 problem in the configuration:
      - ARGON2_ITERATIONS: must be at least 2 in production with ARGON2_MEMORY_KIB=19456
    ");
    for (memory_kib, iterations) in [
        ("7168", "5"),
        ("9216", "4"),
        ("12288", "3"),
        ("19456", "2"),
        ("47104", "1"),
    ] {
        assert!(read(&with(memory_kib, iterations)).is_ok(), "{memory_kib}");
    }
}

#[test]
fn a_proxy_that_is_written_as_a_mapped_address_is_trusted_as_what_it_is() {
    let proxies = |text| read(&[("JWT_SECRET", SECRET), ("TRUSTED_PROXIES", text)]);
    let read = proxies("::ffff:10.0.0.7, ::ffff:192.0.2.0/120, fd00::/8").unwrap();
    let read: Vec<_> = read
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(read, ["10.0.0.7/32", "192.0.2.0/24", "fd00::/8"]);
    let told = proxies("::ffff:0:0/96").unwrap_err();
    assert!(told.contains("every client choose"), "{told}");
}

#[test]
fn all_invalid_settings_are_reported_together() {
    let unreadable = [
        ("ENVIRONMENT", "prod"),
        ("BIND_ADDRESS", "localhost"),
        (
            "ALLOWED_ORIGINS",
            "app.example.com, https://app.example.com/, ftp://app.example.com, https://a@b.example",
        ),
        ("TRUSTED_PROXIES", "10.0.0.0/33, proxy, ::/0"),
        ("SIGNUP_ENABLED", "yes"),
        ("SHUTDOWN_GRACE_SECONDS", "30s"),
        ("AUDIT_RETENTION_DAYS", "0"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/latchkey"),
        ("DATABASE_ALLOW_PLAINTEXT", "1"),
        ("DB_POOL_MAX_SIZE", "0"),
        ("DB_POOL_MIN_IDLE", "1001"),
        ("DB_POOL_CONNECTION_TIMEOUT", "-1"),
        ("DB_STATEMENT_TIMEOUT_SECONDS", "0.5"),
        ("JWT_SECRET", "short"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_PRIVATE_KEY_FILE", "/nowhere/key.pem"),
        ("JWT_PREVIOUS_KEYS_FILE", "/nowhere/keys.json"),
        (
            "JWT_ISSUER",
            "a-name-that-is-much-too-long-for-a-token-that-must-fit-in-a-keychain",
        ),
        ("ACCESS_TOKEN_TTL_SECONDS", "0"),
        ("REFRESH_TOKEN_TTL_SECONDS", "60"),
        ("SESSION_MAX_AGE_SECONDS", "forever"),
        ("REFRESH_GRACE_SECONDS", "301"),
        ("SESSIONS_PER_USER_MAX", "0"),
        ("COOKIE_SECURE", "TRUE"),
        ("COOKIE_SAMESITE", "Strict"),
        ("ARGON2_MEMORY_KIB", "8"),
        ("ARGON2_ITERATIONS", "0"),
        ("ARGON2_PARALLELISM", "17"),
        ("RATE_LIMIT_GENERAL_PER_SECOND", "-1"),
        ("RATE_LIMIT_GENERAL_BURST", "1000001"),
        ("RATE_LIMIT_AUTH_PER_SECOND", "fast"),
        ("RATE_LIMIT_AUTH_BURST", "5.5"),
        ("RUST_LOG", "latchkey=loud"),
        ("LOG_FORMAT", "xml"),
    ];
    let message = refusal(&unreadable);
    for (name, _) in unreadable {
        assert!(
            message.contains(&format!("- {name}: ")),
            "{name} is not told: {message}"
        );
    }
    assert!(!message.contains("hunter2"), "{message}");
    assert_snapshot!(message, @r#"
    39 problems in the configuration:
      - ENVIRONMENT: must be one of: development, production
      - BIND_ADDRESS: cannot be read: invalid socket address syntax
      - ALLOWED_ORIGINS: app.example.com: not an origin; write https://host or https://host:port
      - ALLOWED_ORIGINS: https://app.example.com/: not an origin; write https://host or https://host:port
      - ALLOWED_ORIGINS: ftp://app.example.com: not an origin; write https://host or https://host:port
      - ALLOWED_ORIGINS: https://a@b.example: not an origin; write https://host or https://host:port
      - TRUSTED_PROXIES: 10.0.0.0/33: not an address or network; write 10.0.0.0/8 or 10.0.0.7
      - TRUSTED_PROXIES: proxy: not an address or network; write 10.0.0.0/8 or 10.0.0.7
      - TRUSTED_PROXIES: ::/0: would let every client choose its own address
      - SIGNUP_ENABLED: must be one of: true, false
      - AUDIT_RETENTION_DAYS: must be between 1 and 36500
      - SHUTDOWN_GRACE_SECONDS: cannot be read: invalid digit found in string
      - DB_POOL_MAX_SIZE: must be between 1 and 1000
      - DB_POOL_MIN_IDLE: must be between 0 and 1000
      - DATABASE_ALLOW_PLAINTEXT: must be one of: true, false
      - DATABASE_URL: not a PostgreSQL URL; write postgres://user:password@host:5432/name
      - DB_POOL_CONNECTION_TIMEOUT: cannot be read: invalid digit found in string
      - DB_STATEMENT_TIMEOUT_SECONDS: cannot be read: invalid digit found in string
      - JWT_SECRET: must be at least 32 bytes long; make one with: openssl rand -base64 48
      - JWT_ALGORITHM: must be one of: HS256, EdDSA, ES256
      - JWT_PRIVATE_KEY_FILE: /nowhere/key.pem: No such file or directory (os error 2)
      - JWT_PREVIOUS_KEYS_FILE: /nowhere/keys.json: No such file or directory (os error 2)
      - ACCESS_TOKEN_TTL_SECONDS: must be between 1 and 86400
      - SESSION_MAX_AGE_SECONDS: cannot be read: invalid digit found in string
      - REFRESH_GRACE_SECONDS: must be between 0 and 300
      - SESSIONS_PER_USER_MAX: must be between 1 and 1000
      - REFRESH_TOKEN_TTL_SECONDS: must exceed ACCESS_TOKEN_TTL_SECONDS
      - JWT_ISSUER: must be at most 64 bytes, so that a refresh token fits a phone's keychain
      - COOKIE_SECURE: must be one of: true, false
      - COOKIE_SAMESITE: must be one of: strict, lax, none
      - ARGON2_MEMORY_KIB: must be between 64 and 4194304
      - ARGON2_ITERATIONS: must be between 1 and 100
      - ARGON2_PARALLELISM: must be between 1 and 16
      - RATE_LIMIT_GENERAL_PER_SECOND: must be 0, or between 0.0001 and 1000000
      - RATE_LIMIT_GENERAL_BURST: must be between 0 and 1000000
      - RATE_LIMIT_AUTH_PER_SECOND: cannot be read: invalid float literal
      - RATE_LIMIT_AUTH_BURST: cannot be read: invalid digit found in string
      - RUST_LOG: cannot be read: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
      - LOG_FORMAT: must be one of: pretty, json
    "#);
}

#[test]
fn refresh_tokens_outlive_access_tokens_and_pools_their_idle_connections() {
    let crossed = [
        ("JWT_SECRET", SECRET),
        ("ACCESS_TOKEN_TTL_SECONDS", "600"),
        ("REFRESH_TOKEN_TTL_SECONDS", "600"),
        ("DB_POOL_MAX_SIZE", "4"),
        ("DB_POOL_MIN_IDLE", "5"),
        ("JWT_ALGORITHM", "EdDSA"),
    ];
    assert_snapshot!(refusal(&crossed), @r"
    3 problems in the configuration:
      - DB_POOL_MIN_IDLE: must not exceed DB_POOL_MAX_SIZE (4)
      - JWT_PRIVATE_KEY_FILE: is required with this JWT_ALGORITHM; make one with: latchkey keys generate
      - REFRESH_TOKEN_TTL_SECONDS: must exceed ACCESS_TOKEN_TTL_SECONDS
    ");
}

#[test]
fn a_local_database_needs_no_encryption() {
    for url in [
        "postgres://latchkey:pw@localhost/latchkey",
        "postgresql://latchkey:pw@127.0.0.1:5432/latchkey",
        "postgres://latchkey:pw@[::1]/latchkey",
        "postgres://latchkey:pw@%2Fvar%2Frun%2Fpostgresql/latchkey",
        "postgres:///latchkey?host=/var/run/postgresql",
        "postgres://db.example.com/latchkey?sslmode=verify-full",
        "postgres://db.example.com/latchkey?sslmode=verify-ca",
    ] {
        assert!(read(&production(&[("DATABASE_URL", url)])).is_ok(), "{url}");
    }
    for url in [
        "postgres://localhost.example.com/latchkey",
        "postgres://localhost/latchkey?host=db.example.com",
        "postgres://localhost,db.example.com/latchkey",
        "postgres://db.example.com/latchkey?sslmode=allow",
        "postgres://db.example.com/latchkey?sslmode=require&sslmode=disable",
    ] {
        let message = refusal(&production(&[("DATABASE_URL", url)]));
        assert!(message.contains("DATABASE_URL"), "{url}: {message}");
    }
    let accepted = [
        ("DATABASE_URL", "postgres://db.example.com/latchkey"),
        ("DATABASE_ALLOW_PLAINTEXT", "true"),
    ];
    assert!(read(&production(&accepted)).is_ok());
}

#[test]
fn secrets_are_never_shown() {
    let secrets = [
        ("JWT_SECRET_PREVIOUS", "kT7-vB2_nM9-xZ4_cQ6-wE1_rY8-uI3_"),
        (
            "DATABASE_URL",
            "postgres://latchkey:hunter2hunter2@localhost/latchkey",
        ),
    ];
    let shown = format!("{:?}", read(&production(&secrets)).unwrap());
    for secret in ["hunter2", "kT7-vB2", &SECRET[..8]] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_development_secret_is_made_once_and_kept_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let variables = [("LATCHKEY_DATA_DIR", data_dir.to_str().unwrap())];
    let secret = |config: &Config| config.tokens.secret.expose_secret().to_owned();
    let first = secret(&read(&variables).unwrap());
    assert!(first.len() >= 32);
    assert_eq!(secret(&read(&variables).unwrap()), first);
    let file = data_dir.join("jwt-secret");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::write(&file, "damaged").unwrap();
    assert!(refusal(&variables).contains("delete it"));
}

#[test]
fn traces_go_to_the_path_below_their_endpoint_and_no_key_is_shown() {
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let with = |changed: &[(&str, &str)]| {
        let all: Vec<_> = [("JWT_SECRET", SECRET)]
            .iter()
            .chain(changed)
            .copied()
            .collect();
        read(&all)
    };
    assert!(with(&[]).unwrap().traces.is_none());
    for (address, path) in [
        ("http://localhost:4318", "http://localhost:4318/v1/traces"),
        (
            "https://otel.example/in/",
            "https://otel.example/in/v1/traces",
        ),
    ] {
        let traces = with(&[(endpoint, address)]).unwrap().traces.unwrap();
        assert_eq!(traces.endpoint.as_str(), path);
        assert_eq!(traces.service_name, "latchkey");
        assert!((traces.ratio - 1.0).abs() < f64::EPSILON);
    }
    for address in [
        "noted",
        "localhost:4318",
        "grpc://localhost:4317",
        "http://ada:5ecret0key@localhost",
        "http://localhost?key=5ecret0key",
        "http://localhost#5ecret0key",
    ] {
        let refused = with(&[(endpoint, address)]).unwrap_err();
        assert!(refused.contains(endpoint), "{address}: {refused}");
        assert!(!refused.contains("5ecret0key"), "{refused}");
    }

    let on = (endpoint, "http://localhost:4318");
    let headers = "OTEL_EXPORTER_OTLP_HEADERS";
    let config = with(&[on, (headers, "Api-Key=5ecret0key, x-scope=a%20b")]).unwrap();
    assert!(!format!("{config:?}").contains("5ecret0key"));
    let traces = config.traces.unwrap();
    let pairs = traces.headers.iter();
    let pairs = pairs.map(|(name, value)| (name.as_str(), value.expose_secret()));
    assert_eq!(
        pairs.collect::<Vec<_>>(),
        [("api-key", "5ecret0key"), ("x-scope", "a b")]
    );
    for bad in ["5ecret0key", "a b=5ecret0key", "a=5ecret0key%0A"] {
        let refused = with(&[on, (headers, bad)]).unwrap_err();
        assert!(refused.contains(headers), "{refused}");
        assert!(!refused.contains("5ecret0key"), "{refused}");
    }
    let ratio = "OTEL_TRACES_SAMPLER_ARG";
    let config = with(&[on, (ratio, "0.25"), ("OTEL_SERVICE_NAME", "accounts")]).unwrap();
    let traces = config.traces.unwrap();
    assert!((traces.ratio - 0.25).abs() < f64::EPSILON);
    assert_eq!(traces.service_name, "accounts");
    for bad in ["1.5", "-0.1", "NaN", "all"] {
        let refused = with(&[on, (ratio, bad)]).unwrap_err();
        assert!(refused.contains(ratio), "{bad}: {refused}");
    }
}

#[test]
fn a_dsn_gives_its_origin_and_never_shows_its_key() {
    let key = "5ecret0key";
    let with = |dsn: &str| read(&[("JWT_SECRET", SECRET), ("SENTRY_DSN", dsn)]);
    for (host, origin) in [
        ("o1.ingest.example.com", "https://o1.ingest.example.com"),
        ("reports.example.com:443", "https://reports.example.com"),
        ("[2001:db8::1]:9000", "https://[2001:db8::1]:9000"),
        ("M\u{fc}nchen.example", "https://xn--mnchen-3ya.example"),
    ] {
        let config = with(&format!("https://{key}@{host}/prefix/42")).unwrap();
        assert_eq!(config.reports.as_ref().unwrap().origin.as_str(), origin);
        assert!(!format!("{config:?}").contains(key));
    }
    for dsn in [
        "5ecret0key",
        "https://5ecret0key",
        "https://example.com/5ecret0key",
        "https://5ecret0key@example.com",
        "https://5ecret0key@example.com/",
        "https://5ecret0key@/1",
        "https://5ecret0key@example.com:port/1",
        "https://5ecret0key@example.com/1?a=b",
        "https://5ecret0key@*.example.com/1",
        "https://5ecret0key@a;script-src/1",
        "https://5ecret0key@a,b/1",
        "https://5ecret0key@a'b/1",
        "javascript://5ecret0key@example.com/1",
        "data:5ecret0key",
    ] {
        let refused = with(dsn).expect_err(dsn);
        assert!(refused.contains("SENTRY_DSN: not a DSN"), "{refused}");
        assert!(!refused.contains(key), "{refused}");
    }
}

#[test]
fn root_keeps_the_secret_in_a_folder_of_somebody_else_as_its_owner_and_follows_no_link() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
    if !as_root(
        "configuration::root_keeps_the_secret_in_a_folder_of_somebody_else_as_its_owner_and_follows_no_link",
    ) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data_dir = folder.path().join("data");
    let victim = folder.path().join("victim");
    fs::create_dir(&data_dir).unwrap();
    fs::write(&victim, "of-no-use-as-a-secret-but-long-enough-for-one").unwrap();
    std::os::unix::fs::symlink(&victim, data_dir.join("jwt-secret")).unwrap();
    std::os::unix::fs::chown(&data_dir, Some(65534), Some(65534)).unwrap();
    let variables = [("LATCHKEY_DATA_DIR", data_dir.to_str().unwrap())];
    let refused = refusal(&variables);
    assert!(refused.contains("it is a link"), "{refused}");
    fs::remove_file(data_dir.join("jwt-secret")).unwrap();
    // The name of the draft ends in this process id, which can be guessed.
    let draft = data_dir.join(format!("jwt-secret.{}", std::process::id()));
    std::os::unix::fs::symlink(&victim, draft).unwrap();
    let before = fs::read_to_string(&victim).unwrap();
    read(&variables).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), before);
    assert_eq!(
        fs::metadata(data_dir.join("jwt-secret")).unwrap().uid(),
        65534
    );
    // A third user's link could lead anywhere.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&data_dir, &link).unwrap();
    lchown(&link, Some(1), Some(1)).unwrap();
    let refused = refusal(&[("LATCHKEY_DATA_DIR", link.to_str().unwrap())]);
    assert!(refused.contains("it belongs to user 1"), "{refused}");
}

#[test]
fn serving_other_machines_requires_an_explicit_environment() {
    let secret = ("JWT_SECRET", SECRET);
    for address in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:80"] {
        let told = refusal(&[secret, ("BIND_ADDRESS", address)]);
        assert!(told.contains("ENVIRONMENT: must be set"), "{told}");
        assert!(
            read(&[
                secret,
                ("BIND_ADDRESS", address),
                ("ENVIRONMENT", "development")
            ])
            .is_ok()
        );
    }
    for address in ["127.0.0.2:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
        assert!(
            read(&[secret, ("BIND_ADDRESS", address)]).is_ok(),
            "{address}"
        );
    }
}

#[test]
fn only_production_delays_the_shutdown_by_default() {
    assert_eq!(
        read(&[("JWT_SECRET", SECRET)])
            .unwrap()
            .shutdown_delay
            .as_secs(),
        0
    );
    assert_eq!(read(&PRODUCTION).unwrap().shutdown_delay.as_secs(), 5);
}

#[test]
fn redis_is_reached_safely_in_production_and_its_address_is_never_shown() {
    for good in [
        "rediss://latchkey:hunter2@redis.example.com:6379/0",
        "redis://:hunter2@localhost",
        "redis://127.0.0.1:6379",
        "redis://[::1]:6379",
        "redis+unix:///run/redis.sock",
    ] {
        let config = read(&production(&[("REDIS_URL", good)])).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"), "{good}");
    }
    for bad in [
        "redis://:hunter2@redis.example.com",
        "redis://:hunter2@192.0.2.1",
        "rediss://:hunter2@redis.example.com/#insecure",
        "http://:hunter2@localhost",
        "hunter2",
        "redis://:hunter2@host:port",
    ] {
        let told = read(&production(&[("REDIS_URL", bad)])).expect_err(bad);
        assert!(told.contains("- REDIS_URL: "), "{bad}: {told}");
        assert!(!told.contains("hunter2"), "{bad}: {told}");
    }
    assert!(read(&[("JWT_SECRET", SECRET), ("REDIS_URL", "redis://redis")]).is_ok());
}

#[test]
fn a_rate_may_be_below_one_request_a_second() {
    let rate = |text| read(&[("JWT_SECRET", SECRET), ("RATE_LIMIT_AUTH_PER_SECOND", text)]);
    let period = rate("0.1").unwrap().rate_limits.auth.unwrap().period;
    assert_eq!(period, std::time::Duration::from_secs(10));
    assert!(rate("0").unwrap().rate_limits.auth.is_none());
    for bad in ["-1", "NaN", "inf", "0.00001", "1000001", "many"] {
        assert!(rate(bad).is_err(), "{bad}");
    }
}
