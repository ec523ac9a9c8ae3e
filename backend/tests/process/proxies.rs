//! The service behind common proxies.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::database::Database;
use crate::http::{self, Connection};
use crate::program::{Service, Setup, awaited};

/// A proxy that stops with its test.
pub struct Proxy(Child);

impl Proxy {
    pub fn start(program: &str, arguments: &[&str], folder: &Path) -> Self {
        let log = fs::File::create(folder.join("proxy.log")).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        Self(child.unwrap_or_else(|error| panic!("{program}: {error}: apt install it")))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An unused address.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

pub fn await_answer(address: SocketAddr) {
    awaited("the proxy answers", || {
        let answer = http::ask(address, "GET", "/health/ready", "", &Value::Null);
        answer.ok().filter(|answer| answer.status == 200)
    });
}

fn restart(setup: &Setup, service: &mut Service) {
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    *service = setup.start_ready();
}

#[test]
fn a_rolling_restart_under_load_behind_haproxy_shows_no_error() {
    let (url, _database) = Database::bare();
    let addresses = [free_address(), free_address()];
    let setups = addresses.map(|address| {
        Setup::on(&url)
            .with("BIND_ADDRESS", &address.to_string())
            .with("JWT_SECRET", "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq")
            .with("TRUSTED_PROXIES", "127.0.0.1")
            .with("SHUTDOWN_DELAY_SECONDS", "5")
    });
    let mut services = setups.each_ref().map(Setup::start_ready);
    let front = free_address();
    let [one, two] = addresses;
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        "defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout check 10s
frontend front
  bind {front}
  default_backend instances
backend instances
  option httpchk GET /health/ready
  default-server check inter 100ms fall 2 rise 2
  server one {one}
  server two {two}
"
    );
    fs::write(folder.path().join("haproxy.cfg"), configuration).unwrap();
    let _proxy = Proxy::start("haproxy", &["-db", "-f", "haproxy.cfg"], folder.path());
    await_answer(front);

    let is_over = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|index| {
                let (is_over, answered) = (&is_over, &answered);
                scope.spawn(move || {
                    let end = Instant::now() + Duration::from_mins(2);
                    let mut kept = Connection::open(front).unwrap();
                    let native = "x-client-type: native\r\n";
                    let body = json!({"refresh_token": "nobody's"});
                    while !is_over.load(Ordering::Relaxed) && Instant::now() < end {
                        let (method, path, body, expected) = if index % 2 == 0 {
                            ("GET", "/api/v1/csrf", &Value::Null, 200)
                        } else {
                            ("POST", "/api/v1/auth/refresh", &body, 401)
                        };
                        kept.send(method, path, native, body).unwrap();
                        let answer = kept.receive().unwrap();
                        assert_eq!(answer.status, expected, "{answer:?}");
                        answered.fetch_add(1, Ordering::Relaxed);
                        if answer
                            .headers
                            .iter()
                            .any(|(name, value)| name == "connection" && value == "close")
                        {
                            kept = Connection::open(front).unwrap();
                        }
                    }
                })
            })
            .collect();
        for (setup, service) in setups.iter().zip(&mut services) {
            restart(setup, service);
            // Waits until the balancer has noticed; otherwise both would be unavailable.
            let before = answered.load(Ordering::Relaxed);
            awaited("the restarted instance is asked", || {
                (service.log().contains("/api/v1/csrf")
                    && answered.load(Ordering::Relaxed) > before)
                    .then_some(())
            });
        }
        is_over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().unwrap();
        }
    });
    assert!(answered.into_inner() > 100);
}

/// Starts nginx with this inside `http`.
fn start_nginx(folder: &Path, inside: &str) -> Proxy {
    let configuration = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; client_max_body_size 10m;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  {inside}
}}
"
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, configuration).unwrap();
    let prefix = format!("{}/", folder.display());
    let arguments = ["-p", &prefix, "-c", path.to_str().unwrap(), "-e", "stderr"];
    Proxy::start("nginx", &arguments, folder)
}

#[test]
fn nobody_reads_the_development_mailbox_through_nginx() {
    let (url, _database) = Database::bare();
    let service = Setup::on(&url).with("SMTP_URL", "").start_ready();
    let (front, address) = (free_address(), service.address);
    let folder = tempfile::tempdir().unwrap();
    // As short as tutorials have it: nginx adds no header, and names the service as the host.
    let inside =
        format!("server {{ listen {front}; location / {{ proxy_pass http://{address}; }} }}");
    let _proxy = start_nginx(folder.path(), &inside);
    await_answer(front);
    for path in ["/dev/mail", "/dev/mail/messages"] {
        assert_eq!(service.get(path).status, 200, "{path}");
        let through = http::ask(front, "GET", path, "", &Value::Null).unwrap();
        assert_eq!(through.status, 404, "{path}");
    }
}

#[test]
fn a_refusal_before_the_body_was_read_arrives_through_nginx() {
    let (url, _database) = Database::bare();
    let service = Setup::on(&url).start_ready();
    let front = free_address();
    let address = service.address;
    let folder = tempfile::tempdir().unwrap();
    let inside = format!(
        "upstream service {{ server {address}; keepalive 4; }}
  server {{
    listen {front};
    proxy_http_version 1.1; proxy_set_header Connection '';
    location / {{ proxy_pass http://service; }}
    location /api/v1/auth {{ proxy_pass http://service; proxy_request_buffering off; }}
  }}"
    );
    let _proxy = start_nginx(folder.path(), &inside);
    await_answer(front);
    for path in ["/api/v1/users", "/api/v1/auth/login"] {
        for (bytes, expected) in [(2_000, 403), (60_000, 403), (70_000, 413), (5_000_000, 413)] {
            for _ in 0..5 {
                // Without a CSRF token, unless it is too long for the token to be checked.
                let headers = if expected == 413 {
                    "x-client-type: native\r\n"
                } else {
                    ""
                };
                let body = json!("x".repeat(bytes));
                let answer = http::ask(front, "POST", path, headers, &body).unwrap();
                assert_eq!(answer.status, expected, "{path}, {bytes} bytes");
            }
        }
    }
}
