"""What is measured beside what limits it, in interleaved rounds."""

import dataclasses
import statistics
from collections.abc import Callable


@dataclasses.dataclass
class Row:
    """One kind of work, and the same work done by something that does nothing else."""

    name: str
    reference: str
    measure: Callable[[], float]
    limit: Callable[[], float]
    rates: list[float] = dataclasses.field(default_factory=list)
    limits: list[float] = dataclasses.field(default_factory=list)
    cpu: list[float] = dataclasses.field(default_factory=list)

    @property
    def shares(self):
        """The share of the limit that each round reached: only what ran side by side is compared."""
        return [rate / limit for rate, limit in zip(self.rates, self.limits, strict=True)]

    def take(self, process, seconds):
        self.limits.append(self.limit())
        before = process.cpu()
        rate = self.measure()
        self.cpu.append((process.cpu() - before) / (rate * seconds))
        self.rates.append(rate)

    def median(self, values):
        return statistics.median(values)


SELECT = "SELECT id, email, role, is_active, created_at, updated_at FROM users"

# The same columns as a refresh writes, of rows that are nobody's sessions.
SESSIONS = """
CREATE TABLE bench_sessions (LIKE sessions INCLUDING ALL);
INSERT INTO bench_sessions (id, user_id, client_type, device_name, user_agent, ip, created_at, last_seen_at,
    expires_at, generation, rotated_at, is_confirmed, expires_on)
SELECT md5(n::text)::uuid, {id}, 'native', 'bench', 'bench', '127.0.0.1', now(), now(),
    now() + interval '7 days', 1, now(), false, now()::date + 7 FROM generate_series(0, 64) n;
"""
UPDATE = """UPDATE bench_sessions SET generation = generation + 1, is_confirmed = false, rotated_at = now(),
    last_seen_at = now(), expires_at = least(now() + interval '7 days', created_at + interval '90 days')
WHERE id = md5((:client_id)::text)::uuid AND revoked_at IS NULL AND expires_at > now() RETURNING *;
"""


def rows(latchkey, bare, tools, folder):
    """The rows for a service among whatever accounts it has."""
    admin, admin_id = latchkey.administrator()
    native = tools.tokens(latchkey.address)["tokens"]["access_token"]
    cookies = tools.tokens(latchkey.address, web=True)["cookies"]
    own_id = int(latchkey.sql(f"SELECT max(id) FROM users WHERE email LIKE 'bench-%'"))
    latchkey.sql("DROP TABLE IF EXISTS bench_sessions;" + SESSIONS.format(id=admin_id))

    def bearer(token):
        return [f"Authorization: Bearer {token}"]

    def got(path, headers=(), expected_failures=False):
        def measure():
            rate, failed = tools.rate(latchkey.address, path, headers)
            if failed and not expected_failures:
                raise SystemExit(f"{path}: {failed} requests failed")
            return rate

        return measure

    def handler():
        return tools.rate(bare.address, "/health/live")[0]

    def statement(text):
        script = folder / f"{abs(hash(text))}.sql"
        script.write_text(text)
        return lambda: tools.transactions(script, latchkey.database())

    def sessions(what, count, web=False):
        return lambda: tools.sessions(latchkey.address, what, count, web=web)["rate"]

    one = statement(f"{SELECT} WHERE id = {own_id};")
    update = statement(UPDATE)
    token = bearer(native)
    return [
        Row("`GET /health/live`", "bare axum handler", got("/health/live"), handler),
        Row("`GET /health/ready`", "bare axum handler", got("/health/ready"), handler),
        Row("`GET /api/v1/csrf`", "bare axum handler", got("/api/v1/csrf"), handler),
        Row(
            "refused by the token alone",
            "bare axum handler",
            got("/api/v1/audit-events", token, expected_failures=True),
            handler,
        ),
        Row("`GET /users/me`, native", "pgbench, the same row", got("/api/v1/users/me", token), one),
        Row("`GET /users/me`, web", "pgbench, the same row", got("/api/v1/users/me", [f"Cookie: {cookies}"]), one),
        Row("`GET /users/{id}`", "pgbench, the same row", got(f"/api/v1/users/{own_id}", bearer(admin)), one),
        Row("login, native", "Argon2id on all cores", sessions("sign-in", 8), tools.hashes),
        Row("login, web", "Argon2id on all cores", sessions("sign-in", 8, web=True), tools.hashes),
        Row("refresh, native", "pgbench, the same update", sessions("refresh", 32), update),
        Row("refresh, web", "pgbench, the same update", sessions("refresh", 32, web=True), update),
    ]


def lists(latchkey, tools, folder):
    """The rows of an administrator's lists, beside the statements that they send."""
    admin, _ = latchkey.administrator()
    headers = [f"Authorization: Bearer {admin}"]
    far = latchkey.path_of_page(1000, admin)
    [low] = latchkey.sql(f"SELECT id FROM users ORDER BY id DESC OFFSET 19999 LIMIT 1").splitlines()

    def row(name, path, condition):
        script = folder / f"list-{abs(hash(name))}.sql"
        script.write_text(f"{SELECT} {condition} ORDER BY id DESC LIMIT 21;")

        def measure():
            rate, failed = tools.rate(latchkey.address, path, headers)
            if failed:
                raise SystemExit(f"{path}: {failed} requests failed")
            return rate

        return Row(name, "pgbench, the same page", measure, lambda: tools.transactions(script, latchkey.database()))

    return [
        row("`GET /users`, first page", "/api/v1/users?limit=20", ""),
        row("`GET /users`, 1,000th page", far, f"WHERE id < {low}"),
        row("`GET /users?email_contains=`", "/api/v1/users?email_contains=name77777", "WHERE email LIKE '%name77777%'"),
        row("`GET /users?role=admin`", "/api/v1/users?role=admin", "WHERE role = 'admin'"),
    ]
