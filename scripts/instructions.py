"""Sends the same request again and again to a service under callgrind, and prints what each took."""

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


def send(method, path, body=None, headers=HEADERS):
    connection.request(method, path, body and json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    assert response.status < 300, (path, response.status, text)
    return json.loads(text)


def live():
    send("GET", "/health/live")


def own_user():
    send("GET", "/api/v1/users/me", headers={**HEADERS, "Authorization": "Bearer " + tokens["access_token"]})


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
for number, request in enumerate([live, own_user, refresh], 1):
    for _ in range(WARM_UP):
        request()
    control("--zero")
    for _ in range(COUNTED):
        request()
    control("--dump")
    path, total = dumped(number)
    path.rename(path.with_name(request.__name__))
    print(f"{request.__name__:10} {total // COUNTED:>9,} instructions")
