DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_remembered_until;
