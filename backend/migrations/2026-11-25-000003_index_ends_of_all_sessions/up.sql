-- What an instance must remember at its start.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_users_sessions_ended_at ON users(sessions_ended_at)
    WHERE sessions_ended_at IS NOT NULL;
