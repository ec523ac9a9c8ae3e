-- A user's devices, past those that ended all at once.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_live_by_epoch
    ON sessions(user_id, epoch, created_at DESC) WHERE revoked_at IS NULL;
