-- What retention deletes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_expires_on ON sessions(expires_on);
