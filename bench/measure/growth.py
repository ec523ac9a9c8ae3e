"""How cost grows with the number of accounts and sessions."""

SIZES = (1_000, 100_000, 1_000_000)

# Rows as an ordinary day leaves them: one account, one session each, one administrator in 100,000.
FILL = """
INSERT INTO users (email, password_hash, role)
SELECT 'firstname' || n || '@example.com', '$argon2id$v=19$m=19456,t=2,p=1$' || substr(md5(n::text), 1, 22)
    || '$' || substr(md5('a' || n) || md5('b' || n), 1, 43), CASE WHEN n % 100000 = 7 THEN 'admin' ELSE 'user' END
FROM generate_series((SELECT count(*) FROM users) + 1, {size}) n;
INSERT INTO sessions (id, user_id, client_type, device_name, user_agent, ip, created_at, last_seen_at,
    expires_at, generation, rotated_at, is_confirmed, expires_on)
SELECT gen_random_uuid(), id, 'web', 'Chrome on Windows', 'Mozilla/5.0', '198.51.100.7', now(), now(),
    now() + INTERVAL '7 days', 1, now(), true, now()::DATE + 7
FROM users WHERE NOT EXISTS (SELECT FROM sessions WHERE sessions.user_id = users.id);
ANALYZE users, sessions;
CHECKPOINT;
"""

# Sessions that ended within the life of their access tokens, which every instance keeps in memory.
ENDED = """
INSERT INTO sessions (id, user_id, client_type, device_name, user_agent, ip, created_at, last_seen_at,
    expires_at, generation, rotated_at, is_confirmed, expires_on, revoked_at, revoked_reason, access_until,
    remembered_until)
SELECT gen_random_uuid(), id, 'web', 'Chrome on Windows', 'Mozilla/5.0', '198.51.100.7', now(), now(),
    now() + INTERVAL '7 days', 1, now(), true, now()::DATE + 7, now(), 'signed_out', now() + INTERVAL '15 minutes',
    now() + INTERVAL '15 minutes'
FROM users ORDER BY id LIMIT {count};
"""


def fill(latchkey, size):
    latchkey.sql(FILL.format(size=size))


def end_sessions(latchkey, count):
    latchkey.sql(ENDED.format(count=count))
