"""Sends the same request again and again to a service under callgrind, prints what each took, and writes it
to counts.json beside the profiles."""

import http.client
import json
import pathlib
import subprocess
import sys
import time

ADDRESS, PID, PROFILE = sys.argv[1:]
WARM_UP = 60
COUNTED = 600
PATIENCE = 120
CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery staple"}
HEADERS = {"X-Client-Type": "native", "Content-Type": "application/json"}

connection = http.client.HTTPConnection(ADDRESS, timeout=PATIENCE)
tokens = {}


def send(method, path, body=None, headers=HEADERS, refused_with=None):
    connection.request(method, path, body and json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    is_wanted = response.status < 300 if refused_with is None else response.status == refused_with
    assert is_wanted, (path, response.status, text)
    return json.loads(text)


def with_token():
    return {**HEADERS, "Authorization": "Bearer " + tokens["access_token"]}


def live():
    send("GET", "/health/live")


def csrf():
    send("GET", "/api/v1/csrf", headers={})


def refused():
    """By the token alone: a user asks for what only administrators may read."""
    send("GET", "/api/v1/audit-events", headers=with_token(), refused_with=403)


def own_user():
    send("GET", "/api/v1/users/me", headers=with_token())


def refresh():
    tokens.update(send("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}))


def control(option):
    subprocess.run(["callgrind_control", option, PID], check=True, capture_output=True)


def dumped(number):
    """Waits for the dump with this number, whose last line has the total."""
    path = pathlib.Path(f"{PROFILE}.{number}")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        lines = path.read_text().splitlines() if path.exists() else []
        totals = [line for line in lines if line.startswith("totals:")]
        if totals:
            return path, int(totals[0].split()[1])
        time.sleep(0.1)
    sys.exit(f"{path} was not written")


send("POST", "/api/v1/users", CREDENTIALS)
tokens.update(send("POST", "/api/v1/auth/login", CREDENTIALS))
counts = {}
for number, request in enumerate([live, csrf, refused, own_user, refresh], 1):
    for _ in range(WARM_UP):
        request()
    control("--zero")
    for _ in range(COUNTED):
        request()
    control("--dump")
    path, total = dumped(number)
    path.rename(path.with_name(request.__name__))
    counts[request.__name__] = total // COUNTED
    print(f"{request.__name__:10} {counts[request.__name__]:>9,} instructions")
pathlib.Path(PROFILE).with_name("counts.json").write_text(json.dumps(counts, indent=2) + "\n")
