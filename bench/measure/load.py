"""The load: wrk for rates, oha for latencies at a fixed rate, and what a fixed request cannot do."""

import json
import re
import subprocess

# The load comes from the cores that are measured. Without this, every response would wake its generator at
# once, in the place of what answers, which no client on another machine does.
BATCH = ["chrt", "--batch", "0"]
CONNECTIONS = 32


def run(command, **options):
    done = subprocess.run(
        [*BATCH, *map(str, command)], capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr or done.stdout}")
    return done.stdout


class Tools:
    """Where the programs are, and for how long each measures."""

    def __init__(self, programs, ours, oha, seconds):
        self.programs, self.ours, self.oha, self.seconds = programs, ours, oha, seconds

    def rate(self, address, path, headers=(), connections=CONNECTIONS, script=None):
        """Requests per second with as many connections as given, each of which waits for its answer."""
        command = ["wrk", "-t", 2, "-c", connections, "-d", f"{self.seconds}s"]
        for header in headers:
            command += ["-H", header]
        if script:
            command += ["-s", script]
        output = run([*command, f"http://{address}{path}"])
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), int(failed[1]) if failed else 0

    def latency(self, address, path, headers=(), rate=50, seconds=5):
        """Milliseconds by percentile at a fixed rate, counted from when a request was due."""
        command = [self.oha, "--no-tui", "--output-format", "json", "--latency-correction", "-q", rate]
        command += ["-z", f"{seconds}s", "-c", 16]
        for header in headers:
            command += ["-H", header]
        report = json.loads(run([*command, f"http://{address}{path}"]))
        statuses = report["statusCodeDistribution"]
        if set(statuses) - {"200"}:
            raise SystemExit(f"{path}: {statuses}")
        percentiles = report["latencyPercentiles"]
        return {name: percentiles[name] * 1000 for name in ("p50", "p90", "p99")}

    def sessions(self, address, what, sessions, seconds=None, rate=None, web=False):
        """Sessions that sign in or refresh repeatedly: rate and percentiles."""
        return json.loads(run(self.sessions_command(address, what, sessions, seconds, rate, web)))

    def sessions_command(self, address, what, sessions, seconds=None, rate=None, web=False):
        command = [self.ours / "load", what, "--address", address, "--sessions", sessions]
        command += ["--seconds", seconds or self.seconds]
        if rate:
            command += ["--rate", rate]
        return command + (["--web"] if web else [])

    def tokens(self, address, web=False):
        command = [self.ours / "load", "sign-in", "--address", address, "--tokens"]
        return json.loads(run(command + (["--web"] if web else [])))

    def transactions(self, script, database, clients=CONNECTIONS):
        """Transactions per second of pgbench with this script, prepared."""
        command = [self.programs / "pgbench", "-n", "-M", "prepared", "-c", clients, "-j", 2]
        output = run([*command, "-T", self.seconds, "-f", script], env=database)
        return float(re.search(r"tps = ([\d.]+)", output)[1])

    def hashes(self):
        """Argon2id per second with the service's parameters, on all cores."""
        return float(run([self.ours / "argon2", self.seconds]))
