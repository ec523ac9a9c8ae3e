DROP INDEX CONCURRENTLY IF EXISTS idx_users_sessions_ended_at;
