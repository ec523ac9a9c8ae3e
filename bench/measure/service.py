"""The processes that are measured: how they start, what they use and how they stop."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.parse

HERTZ = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 120


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def send(address, method, path, body=None, headers=()):
    """Sends one request and returns status and JSON (or None)."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    with contextlib.closing(connection):
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json", **dict(headers)})
        response = connection.getresponse()
        content = response.read()
        try:
            return response.status, json.loads(content)
        except ValueError:
            return response.status, None


class Process:
    """A server and its children, in a process group of their own."""

    def __init__(self, command, environment, log, ready_path, address):
        self.address = address
        began = time.monotonic()
        with open(log, "wb") as output:
            self.child = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        self._await(ready_path, log)
        self.ready_after = time.monotonic() - began

    def _await(self, path, log):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.child.poll() is not None:
                break
            with contextlib.suppress(OSError):
                if send(self.address, "GET", path)[0] == 200:
                    return
            time.sleep(0.002)
        self.stop()
        raise SystemExit(f"{self.child.args} is not ready:\n{pathlib.Path(log).read_text()[-2000:]}")

    def _pids(self):
        """All processes of the group; databases that they started are groups of their own."""
        group = os.getpgid(self.child.pid)
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if os.getpgid(int(entry.name)) == group:
                        yield entry

    def cpu(self):
        """Seconds of CPU so far."""
        total = 0
        for entry in self._pids():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
        return total / HERTZ

    def memory(self):
        """Proportional set size, MiB."""
        total = 0
        for entry in self._pids():
            with contextlib.suppress(OSError):
                for line in (entry / "smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        return total / 1024

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()


class Latchkey:
    """The service on its own private PostgreSQL, with limits that are too high to matter."""

    PASSWORD = "correct horse battery 9"

    def __init__(self, programs, folder, binary):
        self.programs, self.folder, self.binary = programs, pathlib.Path(folder), binary
        self.process = None

    def start(self, **settings):
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LATCHKEY_POSTGRES_BIN": str(self.programs),
            "LATCHKEY_DATA_DIR": str(self.folder / "data"),
            "BIND_ADDRESS": f"127.0.0.1:{port}",
            "RATE_LIMIT_GENERAL_PER_SECOND": "0",
            "RATE_LIMIT_AUTH_PER_SECOND": "0",
            "LOG_FORMAT": "json",
            "RUST_LOG": "info",
            "SMTP_URL": "off",
            **settings,
        }
        self.process = Process(
            [self.binary], environment, self.folder / "log", "/health/ready", f"127.0.0.1:{port}"
        )

    @property
    def address(self):
        return self.process.address

    def restart(self, **settings):
        """Stops the service and its database, starts both, and returns the seconds until it is ready."""
        self.process.stop()
        self.start(**settings)
        return self.process.ready_after

    def stop(self):
        if self.process:
            self.process.stop()

    def database(self):
        """The environment for PostgreSQL's own programs."""
        [home] = self.folder.glob("data/postgres-[0-9]*")
        return {
            **os.environ,
            "PGHOST": str(home / "socket"),
            "PGUSER": "latchkey",
            "PGDATABASE": "latchkey",
            "PGPASSWORD": (home / "password").read_text().strip(),
        }

    def sql(self, statements):
        done = subprocess.run(
            [self.programs / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1"],
            input=statements, env=self.database(), text=True, capture_output=True, check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout.strip()

    def api(self, method, path, body=None, token=None):
        headers = {"X-Client-Type": "native"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        status, answer = send(self.address, method, path, body, headers)
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer}")
        return answer

    def administrator(self):
        """The access token of a new administrator."""
        account = {"email": f"admin-{time.monotonic_ns()}@example.com", "password": self.PASSWORD}
        user = self.api("POST", "/api/v1/users", account)
        self.sql(f"UPDATE users SET role = 'admin' WHERE id = {user['id']}")
        return self.api("POST", "/api/v1/auth/login", account)["access_token"], user["id"]

    def path_of_page(self, number, token):
        """The path of the page with this number, of 20 accounts each."""
        cursor, hundreds = "", (number - 1) * 20 // 100
        for _ in range(hundreds):
            page = self.api("GET", f"/api/v1/users?limit=100{cursor}", token=token)
            cursor = "&cursor=" + urllib.parse.quote(page["next_cursor"])
        return f"/api/v1/users?limit=20{cursor}"
