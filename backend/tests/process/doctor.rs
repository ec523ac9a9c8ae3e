//! `latchkey doctor`: good deployments, and each kind of bad one.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use nix::unistd::gethostname;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;

use crate::database::{Database, text};
use crate::program::{Service, Setup, awaited};
use crate::proxies::{Proxy, free_address};

/// nginx with TLS in front of a service, and its certificate authority.
struct Front {
    address: SocketAddr,
    folder: TempDir,
    _proxy: Proxy,
}

/// The directives of nginx for each request, besides forwarding it.
const CORRECT: &str = "proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;";

pub fn openssl(folder: &Path, arguments: &str) {
    let ran = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("openssl: {error}: apt install it"));
    assert!(ran.status.success(), "openssl {arguments}: {ran:?}");
}

/// Makes `ca.pem`, and `site.pem` with `site.key` for localhost.
pub fn make_certificates(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        folder,
        &format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"),
    );
    openssl(
        folder,
        &format!("req {key} -keyout site.key -out site.csr -subj /CN=localhost"),
    );
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        folder,
        "x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out site.pem -days 2 \
         -extfile names",
    );
}

impl Front {
    fn start(address: SocketAddr, service: SocketAddr, how: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_certificates(folder.path());
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen {address} ssl;
    ssl_certificate site.pem; ssl_certificate_key site.key;
    location / {{
      proxy_pass http://{service};
      proxy_http_version 1.1;
      {how}
    }}
  }}
}}
"
        );
        let path = folder.path().join("nginx.conf");
        fs::write(&path, configuration).unwrap();
        let prefix = format!("{}/", folder.path().display());
        let arguments = ["-p", &prefix, "-c", path.to_str().unwrap(), "-e", "stderr"];
        let proxy = Proxy::start("nginx", &arguments, folder.path());
        awaited("nginx listens", || {
            std::net::TcpStream::connect(address).ok()
        });
        Self {
            address,
            folder,
            _proxy: proxy,
        }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

/// The settings that production requires, for a public address.
fn production(setup: Setup, front: SocketAddr) -> Setup {
    setup
        .with("ENVIRONMENT", "production")
        .with("JWT_SECRET", "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq")
        .with("DATA_KEY", "Zq8-wR3nT6yU1iO9pA2sD5fG7hJ4kL0xC-vB")
        .with("ALLOWED_ORIGINS", &origin(front))
        .with("PUBLIC_URL", &origin(front))
        .with("SMTP_URL", "smtps://latchkey:secret@mail.example.com")
        .with("MAIL_FROM", "no-reply@example.com")
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .with("ARGON2_MEMORY_KIB", "19456")
        .with("ARGON2_ITERATIONS", "2")
        .with("RATE_LIMIT_AUTH_BURST", "5")
        .with("RATE_LIMIT_GENERAL_BURST", "100")
        .with("SHUTDOWN_DELAY_SECONDS", "1")
}

fn origin(front: SocketAddr) -> String {
    format!("https://localhost:{}", front.port())
}

/// The output of the doctor, and its exit status.
struct Examined {
    code: Option<i32>,
    report: Value,
}

impl Examined {
    fn run(setup: &Setup, front: Option<&Front>) -> Self {
        let url = front.map(|front| origin(front.address));
        let ca = front.map(|front| front.ca().display().to_string());
        let mut arguments = vec!["doctor", "--json"];
        if let (Some(url), Some(ca)) = (&url, &ca) {
            arguments.extend(["--public-url", url, "--ca", ca]);
        }
        let ran = setup.run(&arguments, "");
        let report = serde_json::from_str(&ran.stdout);
        Self {
            code: ran.code,
            report: report.unwrap_or_else(|error| panic!("{error}: {ran:?}")),
        }
    }

    fn check(&self, name: &str) -> (&str, &str) {
        let lines = self.report["checks"].as_array().unwrap();
        let line = lines.iter().find(|line| line["name"] == name);
        let line = line.unwrap_or_else(|| panic!("{name}: {:#}", self.report));
        let is_good = line["state"] == "good";
        assert_eq!(line.get("fix").is_none(), is_good, "{line}");
        (
            line["state"].as_str().unwrap(),
            line["found"].as_str().unwrap(),
        )
    }

    /// The names of the checks with this result.
    fn names(&self, state: &str) -> Vec<&str> {
        let lines = self.report["checks"].as_array().unwrap().iter();
        lines
            .filter(|line| line["state"] == state)
            .map(|line| line["name"].as_str().unwrap())
            .collect()
    }
}

/// A service in production behind nginx.
fn deployed(how: &str, change: impl FnOnce(Setup) -> Setup) -> (Setup, Service, Front) {
    let (url, _connection) = Database::bare();
    let address = free_address();
    let setup = change(production(Setup::on(&url), address));
    let service = setup.start_ready();
    let front = Front::start(address, service.address, how);
    (setup, service, front)
}

#[test]
fn a_good_deployment_has_no_bad_line_and_status_0() {
    let (setup, _service, front) = deployed(CORRECT, |setup| setup);
    // The index is built in the background.
    awaited("the index for searches is there", || {
        let examined = Examined::run(&setup, None);
        (examined.check("pg_trgm").0 == "good").then_some(())
    });
    let examined = Examined::run(&setup, Some(&front));
    assert_eq!(examined.names("bad"), [""; 0], "{:#}", examined.report);
    assert_eq!(examined.names("warning"), [""; 0], "{:#}", examined.report);
    assert_eq!(examined.code, Some(0));
    assert_eq!(examined.report["bad"], 0);
    assert_snapshot!(examined.names("good").join("\n"), @"
    rules
    JWT_SECRET
    SMTP_URL
    RATE_LIMIT_AUTH_*
    LOG_FORMAT
    version
    encryption
    clock
    pg_trgm
    migrations
    addresses
    DATABASE_DIRECT_URL
    connections
    ALLOWED_ORIGINS
    TLS
    readiness
    HSTS
    cookies
    security headers
    compression
    request ids
    no CSRF token
    foreign origin
    CORS for others
    no access token
    /metrics
    /dev/mail
    rate limit
    forged X-Forwarded-For
    ");
    let examined = Examined::run(&setup.with("SMTP_URL", "off"), None);
    assert_eq!(examined.check("SMTP_URL").0, "warning");
}

#[test]
fn files_for_apps_that_do_not_arrive_as_they_are_told_are_bad() {
    const MANGLED: &str = "if ($uri = /.well-known/assetlinks.json) { return 301 /elsewhere; }";
    let how = format!("{CORRECT}{MANGLED}");
    let android = format!("com.example.app/{}", ["AB"; 32].join(":"));
    let (setup, _service, front) = deployed(&how, |setup| {
        setup
            .with("APPLE_APP_ID", "ABCDE12345.com.example.app")
            .with("ANDROID_APP", &android)
    });
    let examined = Examined::run(&setup, Some(&front));
    let apple = examined.check("/.well-known/apple-app-site-association");
    assert_eq!(apple, ("good", "says what the settings say"));
    let android = examined.check("/.well-known/assetlinks.json");
    assert_eq!(android, ("bad", "301"));
}

#[test]
fn the_table_says_how_to_fix_what_is_bad() {
    let setup = Setup::new();
    let ran = setup.run(&["doctor"], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("checks are bad"), "{}", ran.stderr);
    for line in [
        "  BAD      ENVIRONMENT           is not production",
        "  BAD      DATABASE_URL          is required in production",
        "                                 -> Change DATABASE_URL;",
        "  warning  --public-url          not given",
    ] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.stdout);
    }
    assert!(!setup.data_dir().exists(), "it changes nothing");
}

#[test]
fn nothing_secret_is_told() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url)
        .with("JWT_SECRET", "change-me-change-me-change-me-change-me")
        .with("DATABASE_DIRECT_URL", "postgres://x:hunter2@127.0.0.1:1/x");
    let ran = setup.run(&["doctor"], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("looks like a sample"), "{}", ran.stdout);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        !said.contains("hunter2") && !said.contains("change-me"),
        "{said}"
    );
}

#[test]
fn a_database_that_is_not_migrated_is_bad_and_stays_so() {
    let (url, mut connection) = Database::bare();
    let setup = production(Setup::on(&url), free_address());
    let examined = Examined::run(&setup, None);
    let (state, found) = examined.check("migrations");
    assert_eq!(state, "bad");
    assert!(found.contains("2024_01_01_000001_create_users"), "{found}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(text(&mut connection, tables), "0");
}

#[test]
fn pools_larger_than_the_server_are_bad() {
    let (url, _connection) = Database::bare();
    let setup = production(Setup::on(&url), free_address());
    let service = setup.start_ready();
    let other = setup.start_ready();
    let examined = awaited("both instances listen", || {
        let examined = Examined::run(&setup, None);
        let is_seen = examined.check("connections").1.starts_with("2 × ");
        is_seen.then_some(examined)
    });
    assert_eq!(examined.check("connections").0, "good");
    let greedy = setup.with("DB_POOL_MAX_SIZE", "1000");
    assert_eq!(Examined::run(&greedy, None).check("connections").0, "bad");
    drop((service, other));
}

#[test]
fn a_server_that_is_no_replica_is_bad_and_an_unreachable_replica_a_warning() {
    let (url, _connection) = Database::bare();
    let setup = production(Setup::on(&url), free_address());
    let none = setup.with("DATABASE_REPLICA_URL", url.expose_secret());
    assert_eq!(Examined::run(&none, None).check("replica").0, "bad");
    let away = none.with("DATABASE_REPLICA_URL", "postgres://x@127.0.0.1:1/x");
    assert_eq!(Examined::run(&away, None).check("replica").0, "warning");
}

#[test]
fn development_settings_and_a_careless_proxy_are_detected() {
    let how = "proxy_set_header Host $http_host; proxy_hide_header X-Request-Id;
        proxy_hide_header X-Content-Type-Options; gzip on; gzip_types *; gzip_min_length 1;";
    let (setup, _service, front) = deployed(how, |setup| {
        setup
            .with("ENVIRONMENT", "development")
            .with("COOKIE_SECURE", "false")
    });
    let examined = Examined::run(&setup, Some(&front));
    assert_eq!(examined.code, Some(1));
    for (name, said) in [
        ("ENVIRONMENT", "is not production"),
        ("HSTS", "missing"),
        ("cookies", "lack __Host-, Secure"),
        ("security headers", "x-content-type-options"),
        ("compression", "gzip"),
        ("request ids", "missing"),
    ] {
        let (state, found) = examined.check(name);
        assert!(state == "bad" && found.contains(said), "{name}: {found}");
    }
}

#[test]
fn a_forged_address_that_is_believed_is_bad() {
    let how = "proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $http_x_forwarded_for;";
    let (setup, _service, front) = deployed(how, |setup| setup);
    let examined = Examined::run(&setup, Some(&front));
    assert_eq!(
        examined.check("forged X-Forwarded-For").0,
        "bad",
        "{:#}",
        examined.report
    );
    assert_eq!(examined.check("rate limit").0, "good");
    assert_eq!(examined.code, Some(1));
}

#[test]
fn limits_that_are_off_are_bad() {
    let (setup, _service, front) =
        deployed(CORRECT, |setup| setup.with("RATE_LIMIT_AUTH_BURST", "0"));
    // The settings an operator might believe to be right.
    let setup = setup.with("RATE_LIMIT_AUTH_BURST", "5");
    let examined = Examined::run(&setup, Some(&front));
    assert_eq!(
        examined.names("bad"),
        ["rate limit"],
        "{:#}",
        examined.report
    );
}

#[test]
fn an_origin_that_the_service_refuses_is_bad() {
    let (setup, _service, front) = deployed("proxy_set_header Host internal;", |setup| {
        setup.with("ALLOWED_ORIGINS", "https://elsewhere.example")
    });
    let examined = Examined::run(&setup, Some(&front));
    assert_eq!(examined.check("ALLOWED_ORIGINS").0, "warning");
    assert_eq!(examined.check("own origin").0, "bad");
}

#[test]
fn public_metrics_and_open_cors_are_bad() {
    let how = format!(
        "{CORRECT}
    }}
    location = /metrics {{ return 200 '# TYPE up gauge';
    }}
    location = /api/v1/csrf {{
      proxy_pass http://internal; add_header Access-Control-Allow-Origin *;"
    );
    let (url, _connection) = Database::bare();
    let address = free_address();
    let setup = production(Setup::on(&url), address);
    let service = setup.start_ready();
    let how = how.replace("internal", &service.address.to_string());
    let front = Front::start(address, service.address, &how);
    let examined = Examined::run(&setup, Some(&front));
    assert_eq!(examined.check("/metrics"), ("bad", "public"));
    assert_eq!(examined.check("CORS for others"), ("bad", "*"));
    assert_eq!(examined.check("/dev/mail").0, "good");
}

#[test]
fn an_untrusted_certificate_is_bad() {
    let (setup, _service, front) = deployed(CORRECT, |setup| setup);
    let url = origin(front.address);
    let ran = setup.run(&["doctor", "--public-url", &url], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("certificate"), "{}", ran.stdout);
}

#[test]
fn each_instance_names_itself_to_the_database() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url);
    let one = setup.start_ready();
    let two = setup.start_ready();
    let names = "SELECT string_agg(DISTINCT application_name, ' | ' ORDER BY application_name)
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let host = gethostname().unwrap().into_string().unwrap();
    let host: String = host.chars().take(30).collect();
    let mut wanted: Vec<_> = [one.id(), two.id()]
        .iter()
        .flat_map(|id| {
            let name = format!("latchkey {host}:{id}");
            [format!("{name} listener"), name]
        })
        .collect();
    wanted.sort_unstable();
    awaited("both names stand there", || {
        let mut found: Vec<_> = text(&mut connection, names)
            .split(" | ")
            .map(str::to_owned)
            .collect();
        found.sort_unstable();
        (found == wanted).then_some(())
    });
    drop((one, two));
    // A name in the address takes precedence.
    let own = format!("{}?application_name=shop", url.expose_secret());
    let _service = Setup::new().with("DATABASE_URL", &own).start_ready();
    awaited("the operator's name stands there", || {
        (text(&mut connection, names) == "shop | shop listener").then_some(())
    });
}
