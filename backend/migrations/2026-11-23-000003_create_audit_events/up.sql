-- What happened to which account, who did it and from where. No foreign keys: an event outlives
-- what it tells of.
CREATE TABLE audit_events (
    id BIGSERIAL PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    user_id BIGINT,
    actor_id BIGINT,
    session_id UUID,
    ip INET,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL
);

-- Pages run from the newest event to the oldest, of one user, of one kind, or of both.
CREATE INDEX idx_audit_events_user ON audit_events(user_id, id DESC);
CREATE INDEX idx_audit_events_kind ON audit_events(kind, id DESC);

-- Retention deletes from the oldest; rows arrive in this order, so a block range index suffices.
CREATE INDEX idx_audit_events_created_at ON audit_events USING brin (created_at);
