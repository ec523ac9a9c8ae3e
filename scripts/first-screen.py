"""Runs commands of docs/operations.md in a copy of this machine.

The file system is an overlay in memory, and the network has two hosts: this machine, and one with a
certificate authority and a client. PostgreSQL, Caddy, ACME, `systemd-sysusers` and `systemd-analyze` are
real. systemd itself cannot run here: `systemctl` is this file, which starts the command of a unit as its
user, with its environment, limits and capabilities, and on a read-only file system if the unit says so.
"""

import json
import os
import pty
import pwd
import re
import resource
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

DOCUMENT = Path("docs/operations.md")
CHECKOUT = Path("/root/latchkey")
HOST, AUTHORITY = "auth.example.com", "acme-v02.api.letsencrypt.org"
HERE, THERE = "10.77.0.1", "10.77.0.2"
ACCOUNT = {"email": "you@example.com", "password": "correct horse battery staple"}
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
STUBS = {
    "systemctl": 'exec python3 /usr/local/lib/first-screen.py systemctl "$@"',
    # Its services are started below, as the package does where systemd runs.
    "apt": 'call() { apt-get -qq -y --no-install-recommends "$@" >/dev/null; }\n'
    'call "$@" 2>/dev/null || { apt-get update -qq && call "$@"; }',
}
# The host with the authority answers in the place of Let's Encrypt, so the Caddyfile is used as it is.
AUTHORITY_FILE = f"""{{
  admin off
  skip_install_trust
  local_certs
  auto_https disable_redirects
  storage file_system /var/lib/authority
}}
https://{AUTHORITY} {{
  rewrite /directory /acme/local/directory
  acme_server
}}
"""


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, **options)


def awaited(what, ask, patience=60):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.05)
    raise SystemExit(f"{logs()}\nwaited in vain: {what}")


def logs():
    return "\n".join(f"== {path}\n{path.read_text()[-3000:]}" for path in Path("/var/log").glob("*y.log"))


def blocks(heading):
    """The shell commands below a heading or a bold paragraph."""
    return re.search(r"```sh\n(.*?)```", DOCUMENT.read_text().split(heading, 1)[1], re.S)[1]


# The copy of the machine.


def copy_machine():
    root = Path("/mnt")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", root)
    upper, work, merged = (root / name for name in ("upper", "work", "merged"))
    for folder in (upper, work, merged):
        folder.mkdir()
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", merged)
    run("mount", "-t", "tmpfs", "tmpfs", merged / "tmp")
    (merged / "tmp").chmod(0o1777)
    for name in ("proc", "dev", "sys"):
        run("mount", "--rbind", f"/{name}", merged / name)
    # What an earlier installation left.
    for path in ("etc/postgresql", "var/lib/postgresql", "etc/latchkey", "etc/caddy", "var/lib/caddy"):
        shutil.rmtree(merged / path, ignore_errors=True)
    resolvers = Path("/etc/resolv.conf").read_text()
    (merged / "etc/resolv.conf").unlink()
    (merged / "etc/resolv.conf").write_text(resolvers)
    for name, text in STUBS.items():
        stub = merged / "usr/local/sbin" / name
        stub.write_text(f"#!/bin/sh\n{text}\n")
        stub.chmod(0o755)
    policy = merged / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    shutil.copy(__file__, merged / "usr/local/lib/first-screen.py")
    checkout = merged / CHECKOUT.relative_to("/")
    shutil.rmtree(checkout, ignore_errors=True)
    (merged / "root").chmod(0o700)
    for name in ("deploy", "docs"):
        shutil.copytree(name, checkout / name)
    (checkout / "target/release").mkdir(parents=True)
    shutil.copy(os.environ["LATCHKEY_BIN"], checkout / "target/release/latchkey")
    return merged


def join_network():
    """Gives this machine a link to a host with an authority, and trusts that."""
    run("ip", "link", "set", "lo", "up")
    other = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
    awaited("the other network", lambda: network(other.pid) not in (None, network("self")))
    run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", other.pid)
    enter = ["nsenter", f"--net=/proc/{other.pid}/ns/net"]
    for prefix, address in ((), HERE), (enter, THERE):
        run(*prefix, "ip", "address", "add", f"{address}/24", "dev", "eth0")
        run(*prefix, "ip", "link", "set", "eth0", "up")
    run(*enter, "ip", "link", "set", "lo", "up")
    with open("/etc/hosts", "a") as hosts:
        hosts.write(f"{HERE} {HOST}\n{THERE} {AUTHORITY}\n")
    Path("/run/authority").write_text(AUTHORITY_FILE)
    log = open("/var/log/authority.log", "w")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", "/run/authority"]
    subprocess.Popen([*enter, *command], stdout=log, stderr=log)
    certificate = Path("/var/lib/authority/pki/authorities/local/root.crt")
    awaited("the authority", certificate.exists)
    Path("/usr/local/share/ca-certificates").mkdir(parents=True, exist_ok=True)
    shutil.copy(certificate, "/usr/local/share/ca-certificates/authority.crt")
    run("update-ca-certificates", stdout=subprocess.DEVNULL)
    return enter


def network(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return None


def start_packages():
    """Starts what the packages start when they are installed."""
    version = sorted(Path("/usr/lib/postgresql").iterdir(), key=lambda path: int(path.name))[-1].name
    if not Path(f"/etc/postgresql/{version}/main").exists():
        # Packages that were there before have no cluster. Without a locale: its encoding is not UTF8.
        run("pg_createcluster", "--locale", "C", version, "main", stdout=subprocess.DEVNULL)
    run("pg_ctlcluster", version, "main", "start")
    if not Path("/etc/caddy/Caddyfile").exists():
        Path("/etc/caddy").mkdir(exist_ok=True)
        Path("/etc/caddy/Caddyfile").write_text(":80 {\n\trespond 200\n}\n")
    systemctl("start", "caddy")


# systemctl.


def unit(name):
    """The settings of a unit, by name."""
    name = name if "." in name else f"{name}.service"
    folders = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
    places = [Path(folder) / name for folder in folders]
    text = next(path for path in places if path.exists()).read_text().replace("\\\n", " ")
    settings = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        settings.setdefault(key, []).append(value.strip())
    return settings


def words(line):
    return [part.replace("%%", "%").replace("$$", "$") for part in shlex.split(line.lstrip("-"))]


def contained(settings, line):
    """A command of the unit as systemd would start it, as far as this is possible without it."""

    def last(name, default=""):
        return settings.get(name, [default])[-1]

    environment = {**ENVIRONMENT, "USER": last("User"), "HOME": pwd.getpwnam(last("User")).pw_dir}
    for path in settings.get("EnvironmentFile", []):
        lines = [line for line in Path(path).read_text().splitlines() if line and not line.startswith("#")]
        environment |= dict(line.split("=", 1) for line in lines)
    privileges = [f"--reuid={last('User')}", f"--regid={last('Group')}", "--init-groups"]
    ambient = last("AmbientCapabilities").lower().replace("cap_", "").split()
    if ambient:
        caps = ",".join(f"+{name}" for name in ambient)
        privileges += [f"--inh-caps={caps}", f"--ambient-caps={caps}"]
    if settings.get("CapabilityBoundingSet") == [""]:
        privileges += ["--bounding-set=-all", "--inh-caps=-all"]
    if last("NoNewPrivileges") == "yes":
        privileges.append("--no-new-privs")
    steps = ["set -e", f"umask {last('UMask', '0022')}"]
    for name in settings.get("StateDirectory", []):
        folder = f"/var/lib/{name}"
        steps.append(f"install -d -o {last('User')} -m {last('StateDirectoryMode', '0755')} {folder}")
        steps.append(f"mount --bind {folder} {folder}")
    if last("PrivateTmp") in ("yes", "true"):
        steps.append("mount -t tmpfs -o mode=1777 tmpfs /tmp")
    if last("ProtectSystem") == "strict":
        steps.append("mount -o remount,bind,ro /")
    command = shlex.join(["setpriv", *privileges, "--", *words(line)])
    steps.append(f"cd / && exec {command}")
    # Root in a container cannot raise the limit.
    limit = min(int(last("LimitNOFILE", "1024")), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    return ["prlimit", f"--nofile={limit}", "unshare", "--mount", "sh", "-c", "\n".join(steps)], environment


def start(name):
    settings = unit(name)
    log = open(f"/var/log/{name}.log", "a")
    if settings["Type"] == ["oneshot"]:
        for line in settings["ExecStart"] + settings.get("ExecStartPost", []):
            command, environment = contained(settings, line)
            run(*command, env=environment, stdin=subprocess.DEVNULL)
        return
    command, environment = contained(settings, settings["ExecStart"][-1])
    options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True}
    child = subprocess.Popen(command, env=environment, **options)
    Path(f"/run/{name}.first-screen").write_text(str(child.pid))
    if settings["Type"] == ["notify"]:
        # Caddy's admin API.
        awaited(f"{name} is ready", lambda: answers("http://127.0.0.1:2019/config/"))


def stop(name):
    pid = int(Path(f"/run/{name}.first-screen").read_text())
    os.kill(pid, 15)
    awaited(f"{name} ends", lambda: not is_running(pid), float(unit(name)["TimeoutStopSec"][-1]))


def is_running(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def answers(url):
    return subprocess.run(["curl", "-sf", "-o", "/dev/null", url]).returncode == 0


def verify(name):
    """What systemd says of a unit: nothing, and that little is exposed."""
    said = run("systemd-analyze", "verify", f"/etc/systemd/system/{name}", capture_output=True)
    problems = [line for line in (said.stdout + said.stderr).splitlines() if "latchkey" in line]
    if problems:
        raise SystemExit("\n".join(problems))
    if name == "latchkey.service":
        path = f"/etc/systemd/system/{name}"
        options = ["--offline=true", "--threshold=15", "--no-pager"]
        said = run("systemd-analyze", "security", *options, path, capture_output=True)
        print(said.stdout.splitlines()[-1], file=sys.stderr)


def systemctl(what, *arguments):
    names = [name for name in arguments if not name.startswith("--")]
    if what == "daemon-reload":
        for path in sorted(Path("/etc/systemd/system").glob("latchkey*")):
            verify(path.name)
    elif what in ("start", "enable"):
        for name in names:
            if not name.endswith(".timer"):
                start(name)
            elif what == "enable":
                run("systemd-analyze", "calendar", unit(name)["OnCalendar"][-1], stdout=subprocess.DEVNULL)
    elif what == "reload":
        for name in names:
            run(*words(unit(name)["ExecReload"][-1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elif what == "stop":
        for name in names:
            stop(name)
    else:
        raise SystemExit(f"systemctl {what} is not known to this test")


# The session.


def typed(script, answers):
    """Runs commands at a terminal, and types an answer at each question. Fails as they do."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve("/bin/bash", ["bash", "-euo", "pipefail", "-c", script], ENVIRONMENT)
    seen, answers = b"", list(answers)
    while select.select([terminal], [], [], 120)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break  # The other side is closed.
        seen += data
        if answers and re.search(rb"[Pp]assword[^\n]*: ?$", seen):
            os.write(terminal, answers.pop(0).encode() + b"\n")
            seen += b"\n"
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    output = seen.decode()
    if status or answers:
        raise SystemExit(f"{output}\n{logs()}\nThe lines of {DOCUMENT} fail with status {status}.")
    return output


def signs_in(enter):
    """A client on another machine signs in."""
    said = run(
        *enter, "curl", "-sS", "-f", "--retry", "60", "--retry-all-errors", "--retry-delay", "1",
        "-H", "X-Client-Type: native", "--json", json.dumps(ACCOUNT), f"https://{HOST}/api/v1/auth/login",
        capture_output=True,
    )  # fmt: skip
    user = json.loads(said.stdout)["user"]
    assert (user["email"], user["role"]) == (ACCOUNT["email"], "admin"), user


def session():
    os.chdir(CHECKOUT)
    enter = join_network()
    start_packages()
    passed = 0
    lines = blocks("## One machine, ten minutes").split("\n", 1)[1]
    said = typed(lines, [ACCOUNT["password"]])
    print(said)
    signs_in(enter)
    mode = Path("/etc/latchkey/latchkey.env").stat().st_mode & 0o777
    assert mode == 0o600, oct(mode)
    passed += 1
    systemctl("start", "latchkey-backup")
    dumps = list(Path("/var/lib/latchkey-backups").iterdir())
    assert [path.suffix for path in dumps] == [".dump"] and dumps[0].stat().st_mode & 0o777 == 0o600, dumps
    said = typed(blocks("**Restore.**"), [])
    assert "Restored 1 accounts" in said, said
    signs_in(enter)
    passed += 1
    print(f"first screen: {passed} passed, 0 failed")


def main():
    if sys.argv[1:2] == ["systemctl"]:
        return systemctl(*sys.argv[2:])
    if sys.argv[1:2] == ["session"]:
        return session()
    os.chroot(copy_machine())
    os.chdir(CHECKOUT)
    first = blocks("## One machine, ten minutes").splitlines()[0]
    assert first.startswith("apt install "), first
    run("bash", "-euo", "pipefail", "-c", first, env=ENVIRONMENT)
    os.execvpe("unshare", ["unshare", "--net", "python3", "/usr/local/lib/first-screen.py", "session"], ENVIRONMENT)


if __name__ == "__main__":
    main()
