-- One row for each sign-in. Refreshing moves the generation on; it never adds a row.
CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    client_type TEXT NOT NULL
        CONSTRAINT sessions_client_type_is_known CHECK (client_type IN ('web', 'native')),
    device_name TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    ip INET NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    generation INTEGER NOT NULL,
    rotated_at TIMESTAMPTZ NOT NULL,
    is_confirmed BOOLEAN NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoked_reason TEXT,
    CONSTRAINT sessions_revoked_with_a_reason
        CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) WITH (fillfactor = 70);

-- A user's devices, and what to end when the user is deactivated. No column that a refresh changes
-- is indexed, so that refreshing stays within the row's page (heap-only tuples).
CREATE INDEX idx_sessions_live_by_user ON sessions(user_id, created_at DESC)
    WHERE revoked_at IS NULL;

-- What an instance must remember at its start: the sessions that ended lately.
CREATE INDEX idx_sessions_revoked_at ON sessions(revoked_at) WHERE revoked_at IS NOT NULL;
