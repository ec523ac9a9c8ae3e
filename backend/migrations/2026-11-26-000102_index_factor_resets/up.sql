-- Resets of factors that are due. Built beside the requests, since accounts may be many.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_by_factors_reset ON users (factors_reset_at)
    WHERE factors_reset_at IS NOT NULL;
