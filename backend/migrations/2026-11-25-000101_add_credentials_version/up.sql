-- Both changes touch the catalogue only, so the lock is short at any size. The previous release
-- neither reads the version nor meets an account without a password: only later releases make those.
ALTER TABLE users
    ADD COLUMN credentials_version INTEGER NOT NULL DEFAULT 0,
    ALTER COLUMN password_hash DROP NOT NULL;
