"""Signs in for schemathesis again every few seconds, because its requests end sessions and accounts."""

import os
import subprocess
import uuid

import requests
import schemathesis

URL = os.environ["FUZZ_URL"]
PASSWORD = os.environ["FUZZ_PASSWORD"]
IS_ADMIN = os.environ["FUZZ_AS"] == "admin"
NATIVE = {"X-Client-Type": "native"}
SECONDS = 60


def post(path, body):
    return requests.post(URL + path, json=body, headers=NATIVE, timeout=SECONDS)


def register(email):
    if IS_ADMIN:
        command = ["users", "create", "--email", email, "--admin", "--password-stdin"]
        subprocess.run(
            [os.environ["FUZZ_LATCHKEY"], *command],
            cwd=os.environ["FUZZ_FOLDER"],
            env={"LATCHKEY_DATA_DIR": os.environ["FUZZ_FOLDER"] + "/data", "PATH": os.environ["PATH"]},
            input=PASSWORD + "\n",
            text=True,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    else:
        account = {"email": email, "password": PASSWORD}
        post("/api/v1/users", account).raise_for_status()


@schemathesis.auth(refresh_interval=2)
class SignIn:
    email = None

    def get(self, case, context):
        answer = self.email and self.log_in()
        if not answer or answer.status_code != 200:
            SignIn.email = f"{uuid.uuid4()}@example.com"
            register(self.email)
            answer = self.log_in()
        answer.raise_for_status()
        return answer.json()["access_token"]

    def log_in(self):
        login = {"email": self.email, "password": PASSWORD}
        return post("/api/v1/auth/login", login)

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **NATIVE, "Authorization": f"Bearer {data}"}
