DROP INDEX CONCURRENTLY IF EXISTS users_by_factors_reset;
