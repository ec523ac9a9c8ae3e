-- Fills the tables of an empty, migrated database with 1,000,000 rows each, and prints the bytes per row
-- and per row in all indexes: psql -f scripts/capacity.sql. It ends with ROLLBACK.
\set ON_ERROR_STOP on
BEGIN;
INSERT INTO users (email, password_hash)
SELECT 'firstname.lastname' || n || '@example.com', '$argon2id$v=19$m=19456,t=2,p=1$' || substr(md5(n::text), 1, 22)
    || '$' || substr(md5('a' || n) || md5('b' || n), 1, 43)
FROM generate_series(1, 1000000) n;
INSERT INTO sessions (id, user_id, client_type, device_name, user_agent, ip, created_at, last_seen_at,
    expires_at, generation, rotated_at, is_confirmed, expires_on, rotated_family, rotated_network)
SELECT gen_random_uuid(), id, 'web', 'Chrome on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    '198.51.100.7', now(), now(), now() + INTERVAL '7 days', 1, now(), true, now()::DATE + 7, 'Chrome',
    '198.51.100.0/24' FROM users;
INSERT INTO known_devices
SELECT gen_random_uuid(), id, gen_random_uuid(), 'Chrome on Windows', now(), now() FROM users;
INSERT INTO audit_events (created_at, kind, user_id, actor_id, session_id, ip, user_agent, request_id)
SELECT now(), 'signed_in', id, id, gen_random_uuid(), '198.51.100.7',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    gen_random_uuid()::text FROM users;
SELECT t AS table, pg_relation_size(t::regclass) / 1000000 AS row, pg_indexes_size(t::regclass) / 1000000 AS indexes
FROM unnest(ARRAY['users', 'sessions', 'known_devices', 'audit_events']) t;
ROLLBACK;
