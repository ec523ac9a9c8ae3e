DROP INDEX CONCURRENTLY IF EXISTS users_by_email_beyond_ascii;
