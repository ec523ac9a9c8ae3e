"""What idle connections cost, and a mixed load."""

import contextlib
import socket
import subprocess
import threading
import time

from . import load

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n"


def connections(process, count):
    """MiB of the server with this number of open connections, each of which has made a request."""
    host, port = process.address.split(":")
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection((host, int(port))))
            connection.sendall(REQUEST)
            connection.recv(4096)
        time.sleep(0.5)
        return process.memory()


def mixed_load(latchkey, tools, token, seconds):
    """The most MiB that the server used while eight clients signed in, others refreshed and read."""
    commands = [
        tools.sessions_command(latchkey.address, "sign-in", 8, seconds),
        tools.sessions_command(latchkey.address, "refresh", 16, seconds),
        ["wrk", "-t", 1, "-c", 32, "-d", f"{seconds}s", "-H", f"Authorization: Bearer {token}"]
        + [f"http://{latchkey.address}/api/v1/users/me"],
    ]
    running = [subprocess.Popen([*load.BATCH, *map(str, it)], stdout=subprocess.DEVNULL) for it in commands]
    most = 0
    while any(it.poll() is None for it in running):
        most = max(most, latchkey.process.memory())
        time.sleep(0.2)
    if any(it.returncode for it in running):
        raise SystemExit("a part of the mixed load failed")
    return most


def beside_sign_ins(latchkey, tools, token, seconds):
    """Latencies of `GET /users/me` at 200 a second while sign-ins keep every core busy."""
    flood = threading.Thread(
        target=tools.sessions, args=(latchkey.address, "sign-in", 16, seconds + 4), daemon=True
    )
    flood.start()
    time.sleep(4)
    report = tools.latency(
        latchkey.address, "/api/v1/users/me", [f"Authorization: Bearer {token}"], rate=200, seconds=seconds - 1
    )
    flood.join()
    return report
