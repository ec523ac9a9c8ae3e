-- An account without a password gets a hash of nothing that anybody could type.
UPDATE users
SET password_hash = '$argon2id$v=19$m=19456,t=2,p=1$' || left(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), 22)
    || '$' || left(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), 43)
WHERE password_hash IS NULL;

ALTER TABLE users
    ALTER COLUMN password_hash SET NOT NULL,
    DROP COLUMN credentials_version;
