DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_expires_on;
