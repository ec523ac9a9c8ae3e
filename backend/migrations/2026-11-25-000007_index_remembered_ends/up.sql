-- What an instance must remember at its start.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_remembered_until ON sessions(remembered_until)
    WHERE remembered_until IS NOT NULL;
