//! TLS to the database: whose certificates are accepted.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::doctor::{make_certificates, openssl};
use crate::program::Setup;
use crate::proxies::free_address;
use crate::servers::{Server, give};

/// A PostgreSQL with a certificate for localhost, and its certificate authority.
struct Scene {
    folder: TempDir,
    server: Server,
}

impl Scene {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        make_certificates(folder.path());
        let (certificate, key) = (
            folder.path().join("site.pem"),
            folder.path().join("site.key"),
        );
        let databases = folder.path().join("databases");
        fs::create_dir(&databases).unwrap();
        give(&databases);
        give(&key);
        let mut server = Server::below(&databases, "primary");
        server.port = free_address().port();
        server.settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ];
        server.initialise();
        server.start();
        Self { folder, server }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Reaches the database at this host, if OpenSSL finds its authority where this variable says.
    fn trusting(&self, host: &str, variable: &str, store: &Path) -> Setup {
        let port = self.server.port;
        let verify = "sslmode=verify-full&sslrootcert=system";
        Setup::new()
            .with(
                "DATABASE_URL",
                &format!("postgres://latchkey@{host}:{port}/postgres?{verify}"),
            )
            .with("JWT_SECRET", "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq")
            .with(variable, store.to_str().unwrap())
    }
}

#[test]
fn the_machines_certificates_verify_the_database_wherever_openssl_is_told_that_they_are() {
    let scene = Scene::start();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(scene.authority(), folder.path().join("ca.pem")).unwrap();
    openssl(folder.path(), "rehash .");
    for (variable, store) in [
        ("SSL_CERT_FILE", scene.authority().as_path()),
        ("SSL_CERT_DIR", folder.path()),
    ] {
        let setup = scene.trusting("localhost", variable, store);
        let ran = setup.run(&["migrate"], "");
        assert_eq!(ran.code, Some(0), "{variable}: {ran:?}");
        let service = setup.start_ready();
        let answer = service.register(&format!("{variable}@example.com"));
        assert_eq!(answer.unwrap().status, 201, "{variable}");
    }
}

#[test]
fn a_database_with_a_certificate_of_an_unknown_authority_or_of_another_host_is_refused() {
    let scene = Scene::start();
    let other = tempfile::tempdir().unwrap();
    make_certificates(other.path());
    let unknown = other.path().join("ca.pem");
    for (host, store, reason) in [
        ("localhost", unknown, "certificate verify failed"),
        ("127.0.0.1", scene.authority(), "does not match host name"),
    ] {
        let setup = scene.trusting(host, "SSL_CERT_FILE", &store);
        let ran = setup.run(&["migrate"], "");
        assert_eq!(ran.code, Some(1), "{host}: {ran:?}");
        assert!(ran.stderr.contains(reason), "{host}: {ran:?}");
    }
}
