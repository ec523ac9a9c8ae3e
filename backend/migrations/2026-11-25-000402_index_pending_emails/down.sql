DROP INDEX CONCURRENTLY IF EXISTS users_by_pending_email;
