-- All sessions of an account end by one step of its epoch, however many there are: a session is
-- alive only while its epoch is its account's. `session_kept` is the one that ended the others.
ALTER TABLE users
    ADD COLUMN session_epoch INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN sessions_ended_at TIMESTAMPTZ,
    ADD COLUMN session_kept UUID;

-- What an instance must remember at its start.
CREATE INDEX idx_users_sessions_ended_at ON users(sessions_ended_at)
    WHERE sessions_ended_at IS NOT NULL;

ALTER TABLE sessions
    ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0,
    -- The latest `exp` of any access token of the session. Tokens of the previous release are not
    -- known one by one; none of them lives longer than a day.
    ADD COLUMN access_until TIMESTAMPTZ NOT NULL DEFAULT now() + INTERVAL '1 day',
    -- `access_until` as it was when the session ended. Only ended sessions have it, so its index
    -- does not keep a refresh from staying within its page.
    ADD COLUMN remembered_until TIMESTAMPTZ,
    -- The UTC day of `expires_at`. It changes once a day at most, so its index lets nearly every
    -- refresh stay within its page; an index on `expires_at` would let none.
    ADD COLUMN expires_on DATE,
    -- Which kind of client made the newest generation, and from which network.
    ADD COLUMN rotated_family TEXT,
    ADD COLUMN rotated_network INET;

-- A user's devices, as before, but past those that ended all at once.
CREATE INDEX idx_sessions_live_by_epoch ON sessions(user_id, epoch, created_at DESC)
    WHERE revoked_at IS NULL;
DROP INDEX idx_sessions_live_by_user;

UPDATE sessions SET expires_on = (expires_at AT TIME ZONE 'UTC')::DATE;
UPDATE sessions SET remembered_until = access_until WHERE revoked_at > now() - INTERVAL '1 day';

-- What an instance must remember at its start.
CREATE INDEX idx_sessions_remembered_until ON sessions(remembered_until)
    WHERE remembered_until IS NOT NULL;

-- What retention deletes.
CREATE INDEX idx_sessions_expires_on ON sessions(expires_on);
