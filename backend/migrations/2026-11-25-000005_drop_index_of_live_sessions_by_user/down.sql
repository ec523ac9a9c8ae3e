CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_live_by_user
    ON sessions(user_id, created_at DESC) WHERE revoked_at IS NULL;
