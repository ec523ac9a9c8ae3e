"""`make bench`: measures the service, what limits it, how it grows, and peers; writes docs/PERFORMANCE.md."""

import argparse
import contextlib
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

from . import growth, memory, peers, report
from .load import Tools
from .rows import lists, rows
from .service import Latchkey, Process, free_port

ROOT = pathlib.Path(__file__).parent.parent.parent
# Requests at this rate a second, as the table of latencies that was asked for has them.
FIXED_RATE = 50


def options():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement (2)")
    parser.add_argument("--rounds", type=int, default=3, help="over all rows (3)")
    parser.add_argument("--sizes", type=int, nargs="+", default=growth.SIZES, help="accounts, growing")
    parser.add_argument("--write", action="store_true", help="write tables and charts into docs/")
    for name in ("programs", "ours", "oha"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def in_rounds(work, latchkey, tools, count):
    """Each round takes every row once, so that a slow minute of the machine meets all of them alike."""
    for number in range(count):
        for row in work:
            say(f"round {number + 1} of {count}: {row.name}")
            row.take(latchkey.process, tools.seconds)
    return work


def latencies(latchkey, tools):
    """Percentiles at a fixed rate by name, with what the architecture asks of the last of them."""
    admin, own_id = latchkey.administrator()
    bearer = [f"Authorization: Bearer {admin}"]
    wanted = [
        ("`GET /health/live`", "/health/live", (), 1),
        ("`GET /health/ready`", "/health/ready", (), 10),
        ("`GET /api/v1/csrf`", "/api/v1/csrf", (), 5),
        ("`GET /users/me`", "/api/v1/users/me", bearer, 20),
        ("`GET /users/{id}`", f"/api/v1/users/{own_id}", bearer, 20),
    ]
    found = []
    for name, path, headers, most in wanted:
        say(f"latency: {name}")
        found.append((name, tools.latency(latchkey.address, path, headers, FIXED_RATE), most))
    for name, what, most in (("refresh", "refresh", 10), ("login", "sign-in", 100)):
        say(f"latency: {name}")
        found.append((name, tools.sessions(latchkey.address, what, 8, seconds=5, rate=FIXED_RATE), most))
    return found


def main():
    arguments = options()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # As root, the user of the database must be able to enter the folder.
        folder.chmod(0o711)
        tools = Tools(arguments.programs, arguments.ours, arguments.oha, arguments.seconds)
        binary = arguments.ours / "latchkey"
        latchkey = Latchkey(arguments.programs, folder, binary)
        stack.callback(latchkey.stop)
        port = free_port()
        bare = Process(
            [arguments.ours / "bare", f"127.0.0.1:{port}"], os.environ, folder / "bare.log", "/health/live", f"127.0.0.1:{port}"
        )
        stack.callback(bare.stop)

        latchkey.start()
        say("memory")
        used = [("after the start", latchkey.process.memory())]
        before = memory.connections(latchkey.process, 1)
        for count in (100, 1000, 5000):
            used.append((f"{count:,} idle connections more", memory.connections(latchkey.process, count) - before))
        latchkey.restart()

        by_size = []
        for size in arguments.sizes:
            say(f"filling to {size:,} accounts")
            growth.fill(latchkey, size)
            work = rows(latchkey, bare, tools, folder)
            if size == arguments.sizes[-1]:
                growth.end_sessions(latchkey, 100_000)
                ready = [("a million accounts and 100,000 ended sessions", latchkey.restart())]
                work = rows(latchkey, bare, tools, folder) + lists(latchkey, tools, folder)
                in_rounds(work, latchkey, tools, arguments.rounds)
            else:
                ready_small = latchkey.restart()
                work = rows(latchkey, bare, tools, folder)
                in_rounds(work, latchkey, tools, 1)
                if not by_size:
                    ready_first = ready_small
            by_size.append((size, {row.name: row for row in work}))
        ready.insert(0, (f"{arguments.sizes[0]:,} accounts", ready_first if len(by_size) > 1 else ready[0][1]))

        slow = latencies(latchkey, tools)
        admin, _ = latchkey.administrator()
        say("reads beside sign-ins on every core")
        crowded = memory.beside_sign_ins(latchkey, tools, admin, 10)
        say("a minute of mixed load")
        latchkey.restart()
        used.append(("most in a minute of mixed load", memory.mixed_load(latchkey, tools, admin, 60)))

        others = []
        for peer in peers.found():
            say(f"peer: {peer.name}")
            others.append(peers.measure(peer, latchkey, tools, folder))

        figures = report.Figures(
            rows=work,
            growth=by_size,
            latencies=slow,
            beside_sign_ins=crowded,
            memory=used,
            ready=ready,
            peers=others,
            binary_bytes=binary.stat().st_size,
            commit=subprocess.run(
                ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout.strip(),
            postgresql=latchkey.sql("SHOW server_version"),
        )
        text = report.markdown(figures)
        print(text)
        if arguments.write:
            report.write(ROOT / "docs", text, figures)


main()
