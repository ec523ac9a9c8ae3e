"""Runs the files of deploy/ as shipped, with the ports and paths of the test substituted."""

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

LATCHKEY = os.environ["LATCHKEY_BIN"]
POSTGRES = Path(os.environ["LATCHKEY_POSTGRES_BIN"])
DEPLOY = Path("deploy")
PASSWORD = "correct horse battery staple"
NATIVE = {"X-Client-Type": "native"}
SECRET = "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq"
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


def awaited(what, ask, patience=60):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain: {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program that stops with its test; its output is kept in a file."""

    def __init__(self, command, log, **options):
        self.log = Path(log)
        with open(log, "w") as output:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)

    def stop(self, by=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(by)
        try:
            return self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise


class Database:
    """A PostgreSQL for this run."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="latchkey-deploy-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        data = self.folder / "data"
        data.mkdir()
        if AS_POSTGRES:
            shutil.chown(self.folder, "postgres")
            shutil.chown(data, "postgres")
        self.run(*AS_POSTGRES, POSTGRES / "initdb", "--no-sync", "-A", "trust", "-U", "latchkey", "-D", data)
        self.server = Process(
            [*AS_POSTGRES, POSTGRES / "postgres", "-D", data, "-k", self.folder, "-F",
             "-c", "listen_addresses=127.0.0.1", "-p", str(self.port)],
            self.folder / "log",
        )
        awaited("PostgreSQL answers", lambda: self.psql("postgres", "SELECT 1", check=False) == "1")

    def run(self, *command, check=True):
        ran = subprocess.run(command, capture_output=True, text=True)
        if check and ran.returncode:
            raise AssertionError(f"{command}: {ran.stdout}{ran.stderr}")
        return ran.stdout.strip()

    def psql(self, name, statement, check=True):
        return self.run("psql", "-XAtq", "-d", self.url(name), "-c", statement, check=check)

    def url(self, name):
        return f"postgres://latchkey@{str(self.folder).replace('/', '%2F')}:{self.port}/{name}"

    def new(self, name):
        self.psql("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def stop(self):
        self.server.stop(signal.SIGINT)
        shutil.rmtree(self.folder)


class Service(Process):
    """An instance with production settings."""

    def __init__(self, url, folder, port=None, **settings):
        self.port = port or free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "ENVIRONMENT": "production",
            "BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "DATABASE_URL": url,
            "JWT_SECRET": SECRET,
            "DATA_KEY": SECRET,
            "ALLOWED_ORIGINS": "https://app.example.com",
            "TRUSTED_PROXIES": "127.0.0.1",
            "SHUTDOWN_DELAY_SECONDS": "3",
            "ARGON2_MEMORY_KIB": "7168",
            "ARGON2_ITERATIONS": "5",
            "DB_POOL_MAX_SIZE": "4",
            "DB_POOL_MIN_IDLE": "1",
            **settings,
        }
        super().__init__([LATCHKEY], Path(folder) / f"service-{self.port}-{time.monotonic_ns()}", env=self.environment)
        awaited("the service is ready", self.is_ready)

    def is_ready(self):
        if self.child.poll() is not None:
            raise AssertionError(self.log.read_text())
        try:
            return self.ask("GET", "/health/ready")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None, headers=NATIVE):
        return ask(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), method, path, body, headers)

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


def ask(connection, method, path, body=None, headers={}):
    """Status, headers and body of the response."""
    sent = None if body is None else json.dumps(body)
    try:
        connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    is_json = "json" in (answer.getheader("Content-Type") or "")
    return answer.status, answer.headers, json.loads(content) if is_json else content


def setUpModule():
    global DATABASE, CERTIFICATES
    DATABASE = Database()
    unittest.addModuleCleanup(DATABASE.stop)
    CERTIFICATES = Path(tempfile.mkdtemp(prefix="latchkey-certificate-"))
    unittest.addModuleCleanup(shutil.rmtree, CERTIFICATES)
    key, certificate = CERTIFICATES / "key.pem", CERTIFICATES / "cert.pem"
    authority, authority_key = CERTIFICATES / "ca.pem", CERTIFICATES / "ca.key"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    DATABASE.run(*make, "-subj", "/CN=Private authority", "-keyout", authority_key, "-out", authority)
    DATABASE.run(
        *make, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-addext", "basicConstraints=critical,CA:FALSE", "-CA", authority, "-CAkey", authority_key,
        "-keyout", key, "-out", certificate,
    )  # fmt: skip
    (CERTIFICATES / "both.pem").write_text(certificate.read_text() + key.read_text())


def replaced(text, *pairs):
    """The text with each replacement made; a missing one is an error in the test."""
    for old, new in pairs:
        if old not in text:
            raise AssertionError(f"the file does not hold {old!r}")
        text = text.replace(old, new)
    return text


def caddy(folder, port, _plain, instances):
    text = (DEPLOY / "Caddyfile").read_text()
    site = f"{{$LATCHKEY_HOST}} {{\n\ttls {CERTIFICATES}/cert.pem {CERTIFICATES}/key.pem"
    text = replaced(
        text,
        ("{\n\tservers {", "{\n\tadmin off\n\tpersist_config off\n\tauto_https disable_redirects\n\tservers {"),
        ("{$LATCHKEY_HOST} {", site),
    )
    (folder / "Caddyfile").write_text(text)
    upstreams = " ".join(f"127.0.0.1:{instance}" for instance in instances)
    names = {"LATCHKEY_HOST": f"https://localhost:{port}", "LATCHKEY_UPSTREAMS": upstreams}
    environment = {**os.environ, **names, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    return Process(command, folder / "proxy.log", env=environment)


def nginx(folder, port, plain, instances):
    text = (DEPLOY / "nginx.conf").read_text()
    text = replaced(
        text,
        ("/etc/letsencrypt/live/auth.example.com/fullchain.pem", f"{CERTIFICATES}/cert.pem"),
        ("/etc/letsencrypt/live/auth.example.com/privkey.pem", f"{CERTIFICATES}/key.pem"),
        ("auth.example.com", "localhost"),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
    )
    server = re.search(r"    server 127\.0\.0\.1:8080(.*;)\n", text)
    servers = "".join(f"    server 127.0.0.1:{instance}{server[1]}\n" for instance in instances)
    (folder / "latchkey.conf").write_text(text.replace(server[0], servers))
    temporary = "".join(f"{name}_temp_path {name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.getuid() == 0 else ""
    main = f"daemon off; pid nginx.pid; error_log stderr; {user} events {{}} http {{ {temporary} include latchkey.conf; }}"
    (folder / "nginx.conf").write_text(main)
    command = ["nginx", "-p", f"{folder}/", "-c", folder / "nginx.conf", "-e", "stderr"]
    return Process(command, folder / "proxy.log")


def haproxy(folder, port, plain, instances):
    servers = "".join(f"    server s{instance} 127.0.0.1:{instance}\n" for instance in instances)
    text = replaced(
        (DEPLOY / "haproxy.cfg").read_text(),
        ("bind :80", f"bind 127.0.0.1:{plain}"),
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("/etc/haproxy/latchkey.pem", f"{CERTIFICATES}/both.pem"),
        ("    server one 127.0.0.1:8080\n", servers),
    )
    (folder / "haproxy.cfg").write_text(text)
    return Process(["haproxy", "-db", "-f", folder / "haproxy.cfg"], folder / "proxy.log")


class Front:
    """A proxy in front of instances."""

    def __init__(self, start, folder, instances):
        self.port = free_port()
        self.process = start(folder, self.port, free_port(), instances)
        self.context = ssl.create_default_context(cafile=CERTIFICATES / "ca.pem")
        awaited("the proxy answers", self.answers)

    def answers(self):
        if self.process.child.poll() is not None:
            raise AssertionError(self.process.log.read_text())
        try:
            return self.ask("GET", "/health/ready")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None, headers=NATIVE, source="127.0.0.1"):
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=60, context=self.context, source_address=(source, 0)
        )
        return ask(connection, method, path, body, headers)


class Relay(socketserver.ThreadingTCPServer):
    """Passes bytes on to a port from another address of this machine, as if its clients had that one."""

    daemon_threads = True

    def __init__(self, port, source):
        self.target, self.source = ("127.0.0.1", port), (source, 0)
        super().__init__(("127.0.0.1", 0), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, _client_address):
        with socket.create_connection(self.target, source_address=self.source) as onward:
            back = threading.Thread(target=self.copy, args=(onward, request), daemon=True)
            back.start()
            self.copy(request, onward)
            back.join()

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One side hung up; the other one sees it.

    def stop(self):
        self.shutdown()
        self.server_close()


def key_hash():
    """The certificate's key, as Chromium is told to trust it."""
    public = subprocess.run(
        ["openssl", "x509", "-in", CERTIFICATES / "cert.pem", "-noout", "-pubkey"], capture_output=True, check=True
    ).stdout
    der = ssl.PEM_cert_to_DER_cert(public.decode().replace("PUBLIC KEY", "CERTIFICATE"))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Proxied:
    """Tests that apply to each proxy."""

    start = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="latchkey-proxy-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder)
        self.url = DATABASE.new(f"{type(self).__name__}_{self._testMethodName}".lower()[:60])

    def service(self, **settings):
        service = Service(self.url, self.folder, **settings)
        self.addCleanup(lambda: service.stop(signal.SIGKILL))
        return service

    def front(self, *services):
        front = Front(type(self).start, self.folder, [service.port for service in services])
        self.addCleanup(front.process.stop)
        return front

    def test_browsers_get_http2_and_each_header_once(self):
        front = self.front(self.service())
        ran = DATABASE.run(
            "curl", "-sS", "--cacert", CERTIFICATES / "ca.pem", "--compressed", "-D-", "-w", "%{http_version}",
            f"https://localhost:{front.port}/api/v1/openapi.json", "-o", "/dev/null",
        )  # fmt: skip
        self.assertEqual(ran.splitlines()[-1], "2")
        headers = [line.partition(":")[0].lower() for line in ran.splitlines()]
        for name in ("strict-transport-security", "content-security-policy", "cache-control", "x-request-id"):
            self.assertEqual(headers.count(name), 1, f"{name}: {ran}")
        status, headers, _ = front.ask("GET", "/api/v1/csrf", headers={"Accept-Encoding": "gzip, br"})
        self.assertEqual((status, headers["Cache-Control"], headers["Content-Encoding"]), (200, "no-store", None))

    def test_a_browsers_sign_in_works_with_prefixed_cookies(self):
        front = self.front(self.service())
        origin = {"Origin": f"https://localhost:{front.port}"}
        cookies = {}

        def browse(method, path, body=None):
            sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
            status, headers, answer = front.ask(method, path, body, {**origin, **token, **sent})
            for line in headers.get_all("Set-Cookie", []):
                pair, *attributes = line.split("; ")
                self.assertTrue({"Secure", "Path=/", "HttpOnly"} <= set(attributes), line)
                cookies.update([pair.split("=", 1)])
            return status, answer

        token = {}
        token = {"X-CSRF-Token": browse("GET", "/api/v1/csrf")[1]["csrf_token"]}
        account = {"email": "ada@example.com", "password": PASSWORD}
        self.assertEqual(browse("POST", "/api/v1/users", account)[0], 201)
        status, answer = browse("POST", "/api/v1/auth/login", account)
        self.assertEqual(status, 200)
        names = ["__Host-access_token", "__Host-csrf_token", "__Host-device", "__Host-refresh_token"]
        self.assertEqual(sorted(cookies), names)
        token = {"X-CSRF-Token": answer["csrf_token"]}
        self.assertEqual(browse("POST", "/api/v1/auth/refresh")[0], 200)
        self.assertEqual(browse("GET", "/api/v1/users/me")[1]["email"], "ada@example.com")
        origin = {"Origin": "https://elsewhere.example"}
        status, answer = browse("POST", "/api/v1/auth/refresh")
        self.assertEqual((status, answer["code"]), (403, "origin_rejected"))

    def test_a_forged_address_reaches_neither_the_limits_nor_the_log(self):
        service = self.service()
        front = self.front(service)
        account = {"email": "ada@example.com", "password": "a wrong passphrase"}

        def log_in(index, source):
            address = f"203.0.113.{index}"
            forged = {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}
            return front.ask("POST", "/api/v1/auth/login", account, {**NATIVE, **forged}, source)[0]

        self.assertIn(429, [log_in(index, "127.0.0.1") for index in range(1, 40)])
        self.assertEqual(log_in(251, "127.0.0.2"), 401, "another client has a limit of its own")

        def logged():
            lines = service.lines()
            return {line.get("client_ip") for line in lines if line.get("path") == "/api/v1/auth/login"}

        awaited("both clients in the log", lambda: logged() == {"127.0.0.1", "127.0.0.2"})
        self.assertNotIn("203.0.113.", service.log.read_text())

    def test_a_real_browser_is_known_by_its_own_address(self):
        service = self.service(
            LATCHKEY_WEB_DIR="mobile/dist", RATE_LIMIT_AUTH_BURST="15", RATE_LIMIT_AUTH_PER_SECOND="0.01"
        )
        front = self.front(service)
        relay = Relay(front.port, "127.0.0.2")
        self.addCleanup(relay.stop)
        settings = {"PROXY_URL": f"https://localhost:{relay.server_address[1]}", "PROXY_KEY_HASH": key_hash()}
        ran = subprocess.run(
            ["npm", "--prefix", "mobile", "run", "--silent", "e2e:proxied"],
            env={**os.environ, **settings}, capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        account = {"email": "ada@example.com", "password": "a wrong passphrase"}
        statuses = [
            front.ask("POST", "/api/v1/auth/login", account, source=source)[0] for source in ("127.0.0.2", "127.0.0.1")
        ]
        self.assertEqual(statuses, [429, 401], "the browser is limited, and nobody else")
        browsed = [line for line in service.lines() if line.get("path") == "/api/v1/auth/refresh"]
        self.assertEqual({line["client_ip"] for line in browsed}, {"127.0.0.2"})
        self.assertNotIn("203.0.113.", service.log.read_text())

    def test_the_doctor_finds_nothing_to_look_at(self):
        service = self.service()
        front = self.front(service)
        url = f"https://localhost:{front.port}"
        mail = {"SMTP_URL": "smtps://latchkey:secret@mail.example.com", "MAIL_FROM": "no-reply@example.com"}
        environment = {**service.environment, **mail, "PUBLIC_URL": url, "ALLOWED_ORIGINS": url}

        def examine(*trust):
            command = [LATCHKEY, "doctor", "--json", "--public-url", url, *trust]
            ran = subprocess.run(command, env=environment, capture_output=True, text=True)
            checks = json.loads(ran.stdout)["checks"]
            return ran.returncode, {check["name"]: check for check in checks if check["state"] != "good"}

        # The index for searches is built in the background.
        awaited("the index", lambda: "pg_trgm" not in examine()[1])
        status, found = examine()
        self.assertEqual((status, list(found)), (1, ["visit"]), "the authority is not trusted")
        self.assertIn("--ca FILE", found["visit"]["fix"])
        self.assertEqual(examine("--ca", CERTIFICATES / "ca.pem"), (0, {}))

    def test_bodies_are_refused_by_the_service_first(self):
        service = self.service(RATE_LIMIT_AUTH_BURST="0")
        front = self.front(service)

        def register(length):
            return front.ask("POST", "/api/v1/users", {"email": "x" * length, "password": PASSWORD})

        self.assertEqual(register(60_000)[0], 422)
        status, _, answer = register(70_000)
        self.assertEqual((status, answer["code"]), (413, "payload_too_large"))
        self.assertEqual(register(110_000)[2]["code"], "payload_too_large")
        # The proxy has its own limit: it may disconnect before the client has sent everything.
        try:
            self.assertEqual(register(300_000)[0], 413)
        except OSError as error:
            self.assertIsInstance(error, (ssl.SSLError, ConnectionError))

    def test_an_instance_leaves_and_comes_back_without_an_error(self):
        services = [self.service(RATE_LIMIT_GENERAL_BURST="0") for _ in range(2)]
        front = self.front(*services)
        over = threading.Event()
        seen = []

        def load():
            while not over.is_set():
                try:
                    seen.append(front.ask("GET", "/api/v1/csrf")[0])
                except OSError as error:
                    seen.append(repr(error))

        def is_asked(service):
            return any(line.get("path") == "/api/v1/csrf" for line in service.lines())

        clients = [threading.Thread(target=load) for _ in range(3)]
        for client in clients:
            client.start()
        try:
            for index, by in enumerate((signal.SIGTERM, signal.SIGKILL)):
                awaited("both are asked", lambda: all(map(is_asked, services)))
                services[index].stop(by)
                before = len(seen)
                awaited("the other one answers", lambda: len(seen) > before + 50)
                services[index] = self.service(RATE_LIMIT_GENERAL_BURST="0", port=services[index].port)
                awaited("it is asked again", lambda: is_asked(services[index]))
        finally:
            over.set()
            for client in clients:
                client.join()
        self.assertGreater(len(seen), 100)
        self.assertEqual(set(seen), {200})


class Caddy(Proxied, unittest.TestCase):
    start = caddy


class Nginx(Proxied, unittest.TestCase):
    start = nginx


class Haproxy(Proxied, unittest.TestCase):
    start = haproxy


class Image(unittest.TestCase):
    """The last stage of the Dockerfile as a folder: the libraries of distroless `cc`, and the binary."""

    # From libc6, libgcc-s1 and libstdc++6, which that image contains.
    LIBRARIES = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1"}

    def test_the_binary_runs_with_what_the_image_holds(self):
        root = Path(tempfile.mkdtemp(prefix="latchkey-image-"))
        self.addCleanup(shutil.rmtree, root)
        root.chmod(0o555)
        needed = re.findall(r"^\s*(\S+) (?:=> (\S+) )?\(0x", DATABASE.run("ldd", LATCHKEY), re.M)
        libraries = {Path(name).name: path or name for name, path in needed if not name.startswith("linux-vdso")}
        loader = next(name for name in libraries if name.startswith("ld-linux"))
        self.assertLessEqual(set(libraries) - {loader}, self.LIBRARIES)
        paths = {"/usr/local/bin/latchkey": LATCHKEY, **{path: path for path in libraries.values()}}
        for inside, source in paths.items():
            place = root / inside.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
        text = (DEPLOY / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
        probe = json.loads(re.search(r"HEALTHCHECK .*?CMD (\[.*?\])", text, re.S)[1])
        command = json.loads(re.search(r"^ENTRYPOINT (.*)$", text, re.M)[1])
        command += json.loads(re.search(r"^CMD (\[.*)$", text, re.M)[1])
        self.assertIn("USER 65532:65532", text)
        enter = [shutil.which("chroot"), "--userspec=65532:65532", root]
        if os.getuid() != 0:
            enter = [shutil.which("unshare"), "--user", "--map-root-user", shutil.which("chroot"), root]
        port = free_port()
        DATABASE.new("image")
        environment = {"ENVIRONMENT": "production", "BIND_ADDRESS": f"0.0.0.0:{port}", "JWT_SECRET": SECRET,
                       "DATA_KEY": SECRET, "ALLOWED_ORIGINS": "https://app.example.com",
                       "DATABASE_URL": f"postgres://latchkey@127.0.0.1:{DATABASE.port}/image"}  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            service = Process([*enter, *command], Path(folder) / "log", env=environment)
            self.addCleanup(lambda: service.stop(signal.SIGKILL))

            def is_healthy():
                if service.child.poll() is not None:
                    raise AssertionError(service.log.read_text())
                return subprocess.run([*enter, *probe], env=environment, capture_output=True).returncode == 0

            awaited("the image's health check succeeds", is_healthy)
            self.assertEqual(service.stop(), 0, service.log.read_text())
        self.assertNotEqual(subprocess.run([*enter, *probe], env=environment, capture_output=True).returncode, 0)


class Logs(unittest.TestCase):
    def test_rsyslog_delivers_the_fields_of_each_line(self):
        with tempfile.TemporaryDirectory(prefix="latchkey-rsyslog-") as name:
            folder = Path(name)
            service = Service(DATABASE.new("logs"), folder)
            self.addCleanup(lambda: service.stop(signal.SIGKILL))
            service.ask("GET", "/api/v1/users/me", headers={**NATIVE, "X-Request-Id": "traced-1"})
            service.stop()
            socket_path = folder / "log.sock"
            text = replaced((DEPLOY / "rsyslog.conf").read_text(), ("/var/log/latchkey/", f"{folder}/out/"))
            (folder / "out").mkdir()
            (folder / "rsyslog.conf").write_text(
                f'module(load="imuxsock" SysSock.Use="off")\n{text}\ninput(type="imuxsock" Socket="{socket_path}")\n'
            )
            rsyslog = Process(
                ["rsyslogd", "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"], folder / "rsyslog.log"
            )
            self.addCleanup(rsyslog.stop)
            awaited("rsyslog listens", socket_path.exists)
            DATABASE.run("logger", "--socket", socket_path, "--tag", "latchkey", "--size", "60000", "--file", service.log)
            DATABASE.run("logger", "--socket", socket_path, "--tag", "another", "not of ours")
            out = folder / "out" / "latchkey.json"
            expected = service.lines()
            awaited("all lines", lambda: out.exists() and len(out.read_text().splitlines()) >= len(expected))
            found = [json.loads(line) for line in out.read_text().splitlines()]
            self.assertEqual(len(found), len(expected), rsyslog.log.read_text())
            for line, original in zip(found, expected):
                self.assertTrue(line.pop("host"))
                self.assertEqual(line, original)
            [traced] = [line for line in found if line.get("request_id") == "traced-1"]
            self.assertEqual((traced["status"], traced["client_ip"]), (401, "127.0.0.1"))


class Backups(unittest.TestCase):
    def test_a_restore_signs_nobody_out_and_gives_no_id_twice(self):
        with tempfile.TemporaryDirectory(prefix="latchkey-backup-") as name:
            folder, url = Path(name), DATABASE.new("backed_up")
            settings = {"RATE_LIMIT_AUTH_BURST": "0", "SHUTDOWN_DELAY_SECONDS": "0"}
            service = Service(url, folder, **settings)
            self.addCleanup(lambda: service.stop(signal.SIGKILL))

            def log_in(email):
                account = {"email": email, "password": PASSWORD}
                registered = service.ask("POST", "/api/v1/users", account)
                self.assertEqual(registered[0], 201, registered)
                return service.ask("POST", "/api/v1/auth/login", account)[2]

            def refresh(tokens):
                return service.ask("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})

            def me(tokens):
                bearer = {**NATIVE, "Authorization": f"Bearer {tokens['access_token']}"}
                return service.ask("GET", "/api/v1/users/me", headers=bearer)

            ada = log_in("ada@example.com")
            dump = folder / "latchkey.dump"
            DATABASE.run("pg_dump", "--format=custom", "--file", dump, url)
            for _ in range(2):
                status, _, ada = refresh(ada)
                self.assertEqual((status, me(ada)[0]), (200, 200))
            lost = log_in("lost@example.com")
            service.stop()

            restored = DATABASE.new("restored")
            DATABASE.run(DEPLOY / "restore", dump, restored)
            again = subprocess.run([DEPLOY / "restore", dump, restored], capture_output=True, text=True)
            self.assertEqual(again.returncode, 1)
            self.assertIn("is not empty", again.stderr)

            service = Service(restored, folder, **settings)
            status, _, ada = refresh(ada)
            self.assertEqual((status, me(ada)[2]["email"]), (200, "ada@example.com"))
            self.assertEqual(refresh(lost)[0], 401)
            other = log_in("other@example.com")
            self.assertGreater(other["user"]["id"], lost["user"]["id"], "an id that was given away is not given again")
            self.assertNotEqual(me(lost)[0], 200)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=2)
