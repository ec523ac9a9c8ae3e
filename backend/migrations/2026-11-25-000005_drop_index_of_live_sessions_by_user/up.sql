DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_live_by_user;
