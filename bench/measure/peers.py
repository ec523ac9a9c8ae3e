"""Other programs that do the same work, each in a folder of `bench/peers` with a program `start`.

`start PORT` gets the address of an empty database in `DATABASE_URL`, installs what it needs into its own
folder, and ends as the server. `peer.json` says how to ask it:
{"name", "ready", "register": {"path", "body"}, "login": {"path", "body"}, "own_user": {"path"},
 "token": the name of the field of login's response with the bearer token, or "cookie"}.
"""

import http.client
import json
import os
import pathlib
import urllib.parse

from .service import Process, free_port

FOLDER = pathlib.Path(__file__).parent.parent / "peers"

SIGN_IN = """
wrk.method = "POST"
wrk.body = {body}
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = "http://{address}"
"""


def post(address, path, body):
    connection = http.client.HTTPConnection(address, timeout=30)
    headers = {"Content-Type": "application/json", "Origin": f"http://{address}"}
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    if response.status >= 300:
        raise SystemExit(f"{path}: {response.status} {text[:300]}")
    cookies = [it.split(";")[0] for it in response.headers.get_all("Set-Cookie") or []]
    return json.loads(text), "; ".join(cookies)


def measure(folder, latchkey, tools, scratch):
    """Rates and CPU of a peer at three kinds of work."""
    peer = json.loads((folder / "peer.json").read_text())
    name = f"peer_{folder.name.replace('-', '_')}"
    latchkey.sql(f"DROP DATABASE IF EXISTS {name}")
    latchkey.sql(f"CREATE DATABASE {name}")
    database = latchkey.database()
    socket = urllib.parse.quote(database["PGHOST"], safe="")
    url = f"postgresql://latchkey:{database['PGPASSWORD']}@/{name}?host={socket}"
    port = free_port()
    process = Process(
        [folder / "start", str(port)],
        {**os.environ, "DATABASE_URL": url},
        scratch / f"{folder.name}.log",
        peer["ready"],
        f"127.0.0.1:{port}",
    )
    try:
        post(process.address, peer["register"]["path"], peer["register"]["body"])
        login = peer["login"]
        answer, cookies = post(process.address, login["path"], login["body"])
        by_cookie = peer["token"] == "cookie"
        header = f"Cookie: {cookies}" if by_cookie else f"Authorization: Bearer {answer[peer['token']]}"
        script = scratch / f"{folder.name}.lua"
        # A JSON string of ASCII is a Lua string too.
        script.write_text(SIGN_IN.format(body=json.dumps(json.dumps(login["body"])), address=process.address))
        work = {
            "live": lambda: tools.rate(process.address, peer["ready"]),
            "own user": lambda: tools.rate(process.address, peer["own_user"]["path"], [header]),
            "login": lambda: tools.rate(process.address, login["path"], connections=8, script=script),
        }
        figures = {}
        for kind, once in work.items():
            before = process.cpu()
            rate, failed = once()
            if failed:
                raise SystemExit(f"{peer['name']}: {failed} of its answers to {kind} were errors")
            figures[kind] = (rate, (process.cpu() - before) / (rate * tools.seconds))
        return peer["name"], figures, process.memory()
    finally:
        process.stop()


def found():
    return sorted(it.parent for it in FOLDER.glob("*/peer.json"))
